/**
 * Functions that run inside a page and record what happens to its call over time. A test can ask afterwards whether
 * anything was wrong for a moment: a brief state, a doubled guest, a frozen picture. Each is self-contained, because
 * only its text travels to the page.
 */

/** `name:id` of everybody in a list, from a moment on. */
export interface RosterMoment {
  at: number;
  people: string[];
}

interface Followed {
  states: string[];
  /** What the banner said while the server was out of reach. */
  banners: string[];
  /** The participants of the call and of the room. */
  rosters: Record<'call' | 'room', RosterMoment[]>;
  /** By connection: the longest time without a frame, in milliseconds. */
  stillMs: number[];
}

interface Pictures {
  frames: number;
  /** The longest time between two shown frames, in milliseconds. */
  longestGapMs: number;
  lastAt: number;
  /** The same for a bare video with the same stream, which no code touches: the effect of machine and network. */
  bareGapMs: number;
  bareAt: number;
}

declare global {
  interface Window {
    followed: Followed;
    pictures: Pictures;
  }
}

/** Follows the page's `<video-call>`, `<chat-room>` and the arriving frames, from now on. */
export function followCall(): void {
  type Listed = HTMLElement & { state: string; participants: readonly { id: string; displayName: string }[] };
  const call = document.querySelector('video-call') as unknown as Listed;
  const chat = document.querySelector('chat-room') as unknown as Listed;
  const followed: Followed = { states: [call.state], banners: [], rosters: { call: [], room: [] }, stillMs: [] };
  window.followed = followed;
  call.addEventListener('state-change', () => followed.states.push(call.state));
  const look = (): void => {
    for (const [name, element] of [
      ['call', call],
      ['room', chat],
    ] as const) {
      const people = element.participants.map(({ id, displayName }) => `${displayName}:${id}`).toSorted();
      if (people.join() !== followed.rosters[name].at(-1)?.people.join())
        followed.rosters[name].push({ at: performance.now(), people });
    }
    const banner = call.shadowRoot?.querySelector<HTMLElement>('[part~=banner]');
    const text = banner && banner.getBoundingClientRect().height > 0 ? banner.innerText.trim() : '';
    if (call.state === 'reconnecting' && text && !followed.banners.includes(text)) followed.banners.push(text);
  };
  look();
  setInterval(look, 50);
  const received: { frames: number; at: number }[] = [];
  const count = async (): Promise<void> => {
    await Promise.all(
      window.watched.connections.map(async (connection, index) => {
        if (connection.connectionState === 'closed') return;
        let frames = 0;
        for (const report of (await connection.getStats()).values() as Iterable<{
          type: string;
          framesReceived?: number;
        }>) {
          if (report.type === 'inbound-rtp') frames += report.framesReceived ?? 0;
        }
        const now = performance.now();
        const last = received[index];
        // Measured between looks that find no new frame, because a machine too busy to look is no frozen picture.
        const still = last && frames === last.frames ? now - last.at : 0;
        if (still === 0) received[index] = { frames, at: now };
        followed.stillMs[index] = Math.max(followed.stillMs[index] ?? 0, still);
      }),
    );
    setTimeout(count, 200);
  };
  void count();
}

/** Records the time of each frame of another participant that the page's first `<video-call>` shows, from now on. */
export function followPictures(): void {
  type Participant = { isSelf: boolean; stream: MediaStream | null };
  const call = document.querySelector('video-call') as unknown as HTMLElement & {
    participants: readonly Participant[];
  };
  const pictures: Pictures = {
    frames: 0,
    longestGapMs: 0,
    lastAt: performance.now(),
    bareGapMs: 0,
    bareAt: performance.now(),
  };
  window.pictures = pictures;
  const seen = new WeakSet<HTMLVideoElement>();
  const bare = document.createElement('video');
  bare.muted = true;
  bare.width = 40;
  // Visible, because browsers do not draw what is out of sight. Not in the body, whose elements a test may move.
  bare.style.cssText = 'position: fixed; inset: 0 0 auto auto; pointer-events: none; z-index: 9;';
  document.documentElement.append(bare);
  const noteBare = (now: number): void => {
    pictures.bareGapMs = Math.max(pictures.bareGapMs, now - pictures.bareAt);
    pictures.bareAt = now;
    bare.requestVideoFrameCallback(noteBare);
  };
  bare.requestVideoFrameCallback(noteBare);
  const visit = (root: ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (!(element instanceof HTMLVideoElement) || seen.has(element)) continue;
      if (!call.participants.some(({ isSelf, stream }) => !isSelf && stream && stream === element.srcObject)) continue;
      seen.add(element);
      const note = (now: number): void => {
        pictures.frames++;
        pictures.longestGapMs = Math.max(pictures.longestGapMs, now - pictures.lastAt);
        pictures.lastAt = now;
        element.requestVideoFrameCallback(note);
      };
      element.requestVideoFrameCallback(note);
    }
  };
  const look = (): void => {
    if (call.shadowRoot) visit(call.shadowRoot);
    const stream = call.participants.find((one) => !one.isSelf)?.stream ?? null;
    if (bare.srcObject !== stream) {
      bare.srcObject = stream;
      void bare.play().catch(() => undefined);
    }
    pictures.bareGapMs = Math.max(pictures.bareGapMs, performance.now() - pictures.bareAt);
    pictures.longestGapMs = Math.max(pictures.longestGapMs, performance.now() - pictures.lastAt);
  };
  setInterval(look, 20);
}

/** Runs before any script of the page: makes its client one that never sends its resume token. */
export function forgetResumeToken(): void {
  const forget = <Data>(data: Data): Data =>
    typeof data === 'string' ? (data.replace(/,?"resumeToken":"[^"]*"/, '') as Data) : data;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    send.call(this, forget(data));
  };
  // After a connection that took too long, the next one starts with long polling, which sends by `fetch`.
  const { fetch } = window;
  window.fetch = (input, init) => fetch(input, init && { ...init, body: forget(init.body) });
}

/** What the page holds and must release. */
export function readHeld(): { liveTracks: number; openConnections: number; openSockets: number } {
  const { tracks, connections, sockets } = window.watched;
  return {
    liveTracks: tracks.filter(({ readyState }) => readyState === 'live').length,
    openConnections: connections.filter(({ signalingState }) => signalingState !== 'closed').length,
    openSockets: sockets.filter(({ readyState }) => readyState <= WebSocket.OPEN).length,
  };
}

/** The longest time in which a name was in the list more than once, in milliseconds. */
export function longestDoubleMs(rosters: readonly RosterMoment[], name: string, untilMs: number): number {
  let longest = 0;
  let since: number | null = null;
  for (const { at, people } of [...rosters, { at: untilMs, people: [] }]) {
    const doubled = people.filter((person) => person.startsWith(`${name}:`)).length > 1;
    if (since !== null) longest = Math.max(longest, at - since);
    if (!doubled) since = null;
    else since ??= at;
  }
  return longest;
}
