/**
 * Functions that run inside a page and write down what happens to its call over time, so that a test can ask
 * afterwards whether anything was ever wrong: a state that came and went, a guest who was there twice for a second,
 * a picture that stood. Each is whole in itself, because only its text travels to the page.
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
  /** Those in the call, and those in the room. */
  rosters: Record<'call' | 'room', RosterMoment[]>;
  /** By connection: the longest time in which no frame came, milliseconds. */
  stillMs: number[];
}

interface Pictures {
  frames: number;
  /** The longest time between two frames that were shown, milliseconds. */
  longestGapMs: number;
  lastAt: number;
  /** The same of a bare video with the same stream, which nobody touches: what the machine and the network do to it. */
  bareGapMs: number;
  bareAt: number;
}

declare global {
  interface Window {
    followed: Followed;
    pictures: Pictures;
  }
}

/** Follows the page's `<video-call>`, `<chat-room>` and the frames that arrive, from now on. */
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
        // Only what was looked at counts: a machine so busy that nobody looked for a while proves nothing.
        const still = last && frames === last.frames ? now - last.at : 0;
        if (still === 0) received[index] = { frames, at: now };
        followed.stillMs[index] = Math.max(followed.stillMs[index] ?? 0, still);
      }),
    );
    setTimeout(count, 200);
  };
  void count();
}

/** Notes the time of each frame that a video inside the page's first `<video-call>` shows of somebody else, from now on. */
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
  // In sight, for what is not is not drawn, and no child of the body, where it could be moved along.
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

/** A client without our measure: it never says who it was. */
export function forgetResumeToken(): void {
  const forget = <Data>(data: Data): Data =>
    typeof data === 'string' ? (data.replace(/,?"resumeToken":"[^"]*"/, '') as Data) : data;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    send.call(this, forget(data));
  };
  // After a connection that took too long the next one begins with long polling, which sends by `fetch`.
  const { fetch } = window;
  window.fetch = (input, init) => fetch(input, init && { ...init, body: forget(init.body) });
}

/** What the page holds that must be let go of. */
export function readHeld(): { liveTracks: number; openConnections: number; openSockets: number } {
  const { tracks, connections, sockets } = window.watched;
  return {
    liveTracks: tracks.filter(({ readyState }) => readyState === 'live').length,
    openConnections: connections.filter(({ signalingState }) => signalingState !== 'closed').length,
    openSockets: sockets.filter(({ readyState }) => readyState <= WebSocket.OPEN).length,
  };
}

/** The longest time in which somebody of this name stood in the list more than once, milliseconds. */
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
