/**
 * Functions that run inside a page: what relays give it, and what reaches it through the server. Each is
 * self-contained.
 */

declare global {
  interface Window {
    /** Everything received over WebSockets. */
    heard: string[];
  }
}

/** Runs before any script of the page, after `watchConnections`. */
export function listenToSockets(): void {
  const heard: string[] = [];
  window.heard = heard;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => heard.push(String(data)));
    }
  };
}

/** Types and addresses of the candidates that the page received, in signals and in descriptions. */
export function heardCandidates(): { types: string[]; addresses: string[] } {
  const found = window.heard.join('\n').matchAll(/candidate:\S+ \d \S+ \d+ (\S+) \d+ typ (\S+)(?: raddr (\S+))?/g);
  const types = new Set<string>();
  const addresses = new Set<string>();
  for (const [, address = '', type = '', related] of found) {
    types.add(type);
    addresses.add(address);
    if (related) addresses.add(related);
  }
  return { types: [...types].toSorted(), addresses: [...addresses].toSorted() };
}

/** For each open connection: the types of the local and the remote candidate of the selected pair. */
export async function selectedTypes(): Promise<string[]> {
  type Entry = {
    type: string;
    id: string;
    selectedCandidatePairId?: string;
    localCandidateId?: string;
    remoteCandidateId?: string;
    candidateType?: string;
  };
  const open = window.watched.connections.filter(({ connectionState }) => connectionState === 'connected');
  return Promise.all(
    open.map(async (connection) => {
      const report = (await connection.getStats()) as unknown as Map<string, Entry>;
      const pairId = [...report.values()].find(({ type }) => type === 'transport')?.selectedCandidatePairId ?? '';
      const pair = report.get(pairId);
      return [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => report.get(id ?? '')?.candidateType).join();
    }),
  );
}

/** How many of `times` connections get a candidate from the relay, and the codes with which the relay refused. */
export async function gatherRelayed(server: RTCIceServer, times = 1): Promise<{ relayed: number; refusals: number[] }> {
  const refusals: number[] = [];
  let relayed = 0;
  const connections = Array.from(
    { length: times },
    () => new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' }),
  );
  try {
    for (const connection of connections) {
      await new Promise<void>((resolve) => {
        let has = false;
        connection.addEventListener('icecandidate', ({ candidate }) => {
          if (candidate?.candidate.includes('typ relay')) has = true;
          if (candidate) return;
          if (has) relayed++;
          resolve();
        });
        connection.addEventListener('icecandidateerror', ({ errorCode }) => refusals.push(errorCode));
        connection.createDataChannel('probe');
        void connection.setLocalDescription();
      });
    }
  } finally {
    for (const connection of connections) connection.close();
  }
  return { relayed, refusals };
}

/** Whether two connections of this page reach each other by `server` alone. */
export async function connectsThrough(server: RTCIceServer, patienceMs: number): Promise<boolean> {
  const pair = [0, 1].map(() => new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' })) as [
    RTCPeerConnection,
    RTCPeerConnection,
  ];
  try {
    pair.forEach((connection, index) =>
      connection.addEventListener(
        'icecandidate',
        ({ candidate }) => void pair[1 - index]?.addIceCandidate(candidate ?? undefined),
      ),
    );
    const channel = pair[0].createDataChannel('probe');
    await pair[0].setLocalDescription();
    await pair[1].setRemoteDescription(pair[0].localDescription!);
    await pair[1].setLocalDescription();
    await pair[0].setRemoteDescription(pair[1].localDescription!);
    return await new Promise<boolean>((resolve) => {
      channel.addEventListener('open', () => resolve(true));
      setTimeout(() => resolve(false), patienceMs);
    });
  } finally {
    for (const connection of pair) connection.close();
  }
}
