/** The call of a room without a server: roster and signals, with delays and cuts that a test sets. */
import type { CallPresence, ParticipantInfo, SignalBody } from '../../../server/protocol.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { Call, type CallAnswer, type CallOptions, type CallSignaling } from '../../../components/rtc/call.ts';
import type { LocalTrack, LocalTracks } from '../../../components/rtc/media/local-media.ts';
import { pass } from '../waiting.ts';

/** A signal that passed between two participants. */
export interface Passed {
  readonly from: string;
  readonly to: string;
  readonly link: string;
  readonly signal: SignalBody;
}

/** A participant in the room with a call, and all connections it ever made. */
export interface Member {
  readonly id: string;
  readonly call: Call;
  readonly connections: RTCPeerConnection[];
  /** `negotiationneeded` events of all its connections. */
  negotiations: number;
}

export class FakeCallRoom {
  readonly passed: Passed[] = [];
  readonly members = new Map<string, Member>();
  /** All members ever added, also those whose page disappeared without leaving and was replaced by `add(id)` again. */
  readonly pages: Member[] = [];
  /** Delay in one direction, in milliseconds; asked for each signal. */
  delayMs: () => number = () => 0;
  /** Signals that never arrive. */
  loses: (passed: Passed) => boolean = () => false;
  /** True if the server numbers those who enter the call, so that the later of two participants offers. */
  isNumbered = false;
  /** True if a participant knows the roster and the ICE servers before `join`, as from the lobby. */
  hasLobby = false;
  /** True if a participant joins before its handshake, which then carries its first offer. */
  isCold = false;
  /** Runs after a carried offer was passed on, before the answer. If false, the answer tells nothing of the offer. */
  afterOffer: (from: string) => boolean | Promise<boolean> = () => true;
  /** The server's decision about a `join`; may take its time, or reject. */
  admit: (id: string) => Promise<void> | undefined = () => undefined;
  /** Returns the roster as the participant `id` is told it. */
  shownTo: (id: string, roster: ParticipantInfo[]) => ParticipantInfo[] = (_id, roster) => roster;
  /** Ids of participants with an older client, which does not send `newcomerOffers`. */
  readonly older = new Set<string>();
  iceServers: RTCIceServer[] = [];
  iceTtlMs: number | null = null;
  joins = 0;
  readonly #roster = new Map<string, ParticipantInfo>();
  readonly #cut = new Set<string>();
  /** By participant: the pending decision about its `join`. Signals sent after the `join` wait for that decision. */
  readonly #deciding = new Map<string, Promise<void>>();
  #n = 0;

  add(id: string, options: Partial<CallOptions> = {}): Member {
    this.#roster.set(id, { id, displayName: id.toUpperCase(), role: 'participant', connected: true, call: null });
    const connections: RTCPeerConnection[] = [];
    const member: Member = {
      id,
      connections,
      negotiations: 0,
      call: new Call({
        signaling: this.#createSignaling(id),
        createPeerConnection: (configuration) => {
          const connection = new RTCPeerConnection(configuration);
          connection.addEventListener('negotiationneeded', () => member.negotiations++);
          connections.push(connection);
          return connection;
        },
        ...options,
      }),
    };
    this.members.set(id, member);
    this.pages.push(member);
    return member;
  }

  /** Several participants, all in the call. */
  async join(...ids: string[]): Promise<Member[]> {
    const members = ids.map((id) => this.members.get(id) ?? this.add(id));
    await Promise.all(members.map(({ call }) => call.join()));
    return members;
  }

  /** Disconnects one participant from the server; the others are not told. */
  cut(id: string): void {
    this.#cut.add(id);
    this.members.get(id)!.call.handleSignalingState(false);
  }

  mend(id: string): void {
    this.#cut.delete(id);
    const { call } = this.members.get(id)!;
    call.handleRoster(this.shownTo(id, this.roster));
    call.handleSignalingState(true);
  }

  /** Changes a participant's entry and tells everybody. */
  change(id: string, fields: Partial<ParticipantInfo>): void {
    const info = this.#roster.get(id);
    if (info) this.#roster.set(id, { ...info, ...fields });
    this.#tell();
  }

  remove(id: string): void {
    this.#roster.delete(id);
    this.#tell();
  }

  get roster(): ParticipantInfo[] {
    return [...this.#roster.values()];
  }

  /** Descriptions that passed, in both directions. */
  get descriptions(): number {
    return this.passed.filter(({ signal }) => signal.kind === 'description').length;
  }

  close(): void {
    for (const { call } of this.members.values()) call.leave();
    // Otherwise their links would look for the others, and make connections, during the next tests.
    for (const { call } of this.pages) call.leave({ tell: false });
  }

  #tell(): void {
    for (const [id, { call }] of this.members) if (!this.#cut.has(id)) call.handleRoster(this.shownTo(id, this.roster));
  }

  #answer(id: string): CallAnswer {
    return { participants: this.shownTo(id, this.roster), iceServers: this.iceServers, iceTtlMs: this.iceTtlMs };
  }

  #enter(id: string, { newcomerOffers, ...presence }: CallPresence): CallPresence {
    if (!this.isNumbered) return presence;
    const since = ++this.#n;
    return { ...presence, since, ...(newcomerOffers && !this.older.has(id) && { newcomerOffers }) };
  }

  /** Passes a carried offer to the participant that the server chose. */
  #pass(from: string, joinId: string, { id: to, call }: ParticipantInfo, signal: SignalBody): void {
    const link = `${joinId}.${call?.joinId}.0`;
    this.passed.push({ from, to, link, signal });
    this.members.get(to)?.call.handleSignal(from, link, signal);
  }

  #createSignaling(id: string): CallSignaling {
    const isCold = () => this.isCold;
    const isNew = () => this.isNumbered && !this.older.has(id);
    return {
      selfId: id,
      get newcomerOffers() {
        return isNew();
      },
      known: () => {
        if (!this.hasLobby) return null;
        return this.#answer(id);
      },
      get isHandshakeAhead() {
        return isCold();
      },
      join: async (presence, offer) => {
        this.joins++;
        if (offer) await offer.made;
        const body = offer?.hand();
        if (this.#cut.has(id)) throw new CodedError('server-unreachable');
        const deciding = this.admit(id);
        if (deciding) {
          this.#deciding.set(id, deciding);
          await deciding.finally(() => this.#deciding.delete(id));
        }
        if (this.#roster.get(id)?.call?.joinId !== presence.joinId)
          this.change(id, { call: this.#enter(id, presence) });
        const holder = body && this.roster.find((one) => one.id !== id && one.call?.newcomerOffers);
        if (body && holder) this.#pass(id, presence.joinId, holder, body);
        if (!body || (await this.afterOffer(id))) offer?.handleAnswer(holder?.id);
        return this.#answer(id);
      },
      update: (fields) => {
        const call = this.#roster.get(id)?.call;
        if (call) this.change(id, { call: { ...call, ...fields } });
      },
      leave: () => this.change(id, { call: null }),
      send: async (to, link, signal) => {
        const passed = { from: id, to, link, signal: JSON.parse(JSON.stringify(signal)) as SignalBody };
        if (this.#cut.has(id)) throw new CodedError('server-unreachable');
        if (this.#cut.has(to)) throw new CodedError('peer-unreachable');
        this.passed.push(passed);
        await this.#deciding.get(id)?.catch(() => {
          throw new CodedError('not-in-room');
        });
        if (this.loses(passed)) return;
        const delayMs = this.delayMs();
        if (delayMs > 0) await pass(delayMs);
        this.members.get(to)?.call.handleSignal(id, link, passed.signal);
      },
    };
  }
}

const started: MediaStreamTrack[] = [];
const contexts: AudioContext[] = [];

/** A small moving picture from the fake camera, or from the one with `deviceId`. */
export async function openCamera(deviceId?: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: 160, height: 120, frameRate: 15, ...(deviceId && { deviceId: { exact: deviceId } }) },
  });
  const [track] = stream.getVideoTracks();
  started.push(track!);
  return track!;
}

/** A track with a steady tone, in place of a microphone. */
export function openMicrophone(): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const destination = context.createMediaStreamDestination();
  oscillator.connect(destination);
  oscillator.start();
  contexts.push(context);
  const [track] = destination.stream.getAudioTracks();
  started.push(track!);
  return track!;
}

/** Stops everything that the functions above started. */
export async function stopTracks(): Promise<void> {
  for (const track of started.splice(0)) track.stop();
  await Promise.all(contexts.splice(0).map((context) => context.close()));
}

/** A participant's media in the form that `LocalMedia` returns. */
export function localTracks(
  tracks: Partial<Record<LocalTrack['source'], MediaStreamTrack>>,
  muted: LocalTrack['source'][] = [],
): LocalTracks {
  const entries = Object.entries(tracks) as [LocalTrack['source'], MediaStreamTrack][];
  const streamOf = (screen: boolean) => {
    const list = entries.filter(([source]) => source.startsWith('screen') === screen).map(([, track]) => track);
    return list.length > 0 ? new MediaStream(list) : null;
  };
  return {
    tracks: entries.map(([source, track]) => ({ source, track, muted: muted.includes(source) })),
    stream: streamOf(false),
    screenStream: streamOf(true),
  };
}

/** Frames that one connection has decoded so far, over all its pictures. */
export async function framesDecoded(connection: RTCPeerConnection): Promise<number> {
  let frames = 0;
  for (const entry of (await connection.getStats()).values() as Iterable<{ type: string; framesDecoded?: number }>) {
    if (entry.type === 'inbound-rtp') frames += entry.framesDecoded ?? 0;
  }
  return frames;
}
