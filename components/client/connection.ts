/**
 * One participant's connection to one server: the identity there, the joined rooms, and whether the server is
 * reachable.
 *
 * Owns the identity (resume token, name, grant), the room sessions and the room list, each with a count of its users.
 * Tells each of them when the connection is ready, lost or over, and handles `pagehide` and `pageshow`. Does not own
 * what happens in a room (`RoomSession`) nor how the connection is kept (`Transport`).
 */
import {
  PROTOCOL_VERSION,
  type Announcement,
  type FactName,
  type Facts,
  type Handshake,
} from '../../server/protocol.ts';
import { normalizeRoom, trimDisplayName } from '../../server/texts.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import { ignore } from '../internal/ignore.ts';
import type { ConnectionEvents, ConnectionSnapshot } from './connection-snapshot.ts';
import { friendlyName } from './friendly-name.ts';
import { ResumeToken } from './resume-token.ts';
import type { RoomDirectory, createDirectory } from './room-directory.ts';
import { RoomSession } from './room/room-session.ts';
import type { EntryOptions, RoomSessionHost } from './room/session-host.ts';
import { ROOM_FACTS, type RoomFactName } from './room/room-state.ts';
import { SocketTransport } from './transport/socket-transport.ts';
import { readToken } from './token.ts';
import { TokenNotice } from './token-notice.ts';
import { retryDelayMs, type Request, type Transport } from './transport/transport.ts';
import { isSound } from './transport/wire-guards.ts';
import { HandshakeWishes } from './transport/wishes.ts';

/** How long to try before showing the error `server-unreachable`, in milliseconds. The attempts go on after it. */
const UNREACHABLE_AFTER_MS = 5_000;

export type { ConnectionEvents, ConnectionSnapshot } from './connection-snapshot.ts';

interface Membership {
  session: RoomSession;
  /** Callers that use the session. With 0, it is kept because the server moved us there and no caller joined yet. */
  users: number;
}

export class Connection {
  readonly events = new Emitter<ConnectionEvents>();
  readonly tokenNotice = new TokenNotice(this.events);
  readonly #transport: Transport;
  readonly #resumeToken: ResumeToken;
  readonly #store: Store<ConnectionSnapshot>;
  readonly #rooms = new Map<string, Membership>();
  #directory: RoomDirectory | null = null;
  readonly #page = new AbortController();
  readonly #wishes = new HandshakeWishes();
  /** Rooms that were left here, and perhaps not on the server. */
  readonly #owed = new Set<string>();
  /** Whether the server answers wishes (commands inside the handshake), and so knows the command `ice:servers`. */
  #knowsWishes = false;
  #directoryUsers = 0;
  #token = '';
  /** The name that the server has; `''` if it has none. */
  #toldName = '';
  #unreachableTimer: ReturnType<typeof setTimeout> | undefined;
  #renameTimer: ReturnType<typeof setTimeout> | undefined;

  /** Starts to connect at once. @param serverUrl canonical, see `normalizeServerUrl` */
  constructor(serverUrl: string, options: { transport?: Transport; isShared?: boolean } = {}) {
    const transport = options.transport ?? new SocketTransport(serverUrl);
    this.#transport = transport;
    this.#resumeToken = new ResumeToken(serverUrl, options.isShared ?? true);
    this.#store = new Store<ConnectionSnapshot>({
      state: 'connecting',
      participantId: null,
      epoch: null,
      displayName: friendlyName(),
      error: null,
    });
    transport.state.subscribe((state) => state === 'disconnected' && this.#onLost());
    transport.refused.on('refused', (error) => {
      // The stored resume token may be damaged: connect as a new participant.
      if (error.code === 'payload-invalid' && this.#resumeToken.forget()) this.#connect();
      else this.#stop('refused', error);
    });
    this.#on('session:ready', (fact) => this.#onReady(fact));
    this.#on('session:replaced', () => {
      this.#resumeToken.forget();
      transport.setAuth(() => this.#handshake());
      this.#stop('replaced', new CodedError('replaced'));
    });
    this.#on('rooms:snapshot', (fact) => this.#directory?.handleSnapshot(fact));
    this.#on('rooms:changed', (fact) => this.#directory?.handleChanged(fact));
    this.#on('announcement:posted', (fact) => this.#onAnnouncement(fact));
    this.#on('room:moved', (fact) => this.#onMoved(fact));
    for (const name of ROOM_FACTS) this.#route(name);
    this.#on('session:answered', (fact) => this.#wishes.handleAnswered(fact));
    this.#listen();
    this.#connect();
  }

  get store(): ReadableStore<ConnectionSnapshot> {
    return this.#store;
  }

  /** Sets the name in all rooms, cut at 64 code points. A name without a visible character changes nothing. */
  setDisplayName(name: string): void {
    const displayName = trimDisplayName(name);
    if (!displayName || displayName === this.#store.get().displayName) return;
    this.#store.patch({ displayName });
    void this.#rename();
  }

  /** Sets the signed grant, for each later join and at once for the rooms already joined. `''` changes nothing. */
  setToken(token: string): void {
    if (!token || token === this.#token) return;
    this.#token = token;
    this.tokenNotice.expect(token);
    for (const { session } of [...this.#rooms.values()]) {
      const { state, error } = session.store.get();
      if ((state === 'failed' || state === 'left') && error && /^(?:token-|not-allowed|knock-)/.test(error.code))
        session.join(false);
    }
    if (!this.#isReady) return;
    if (this.#directoryUsers && this.#directory?.store.get().error) this.#directory.handleReady();
    if (this.#rooms.size) void this.#request('participant:update', { token }).catch(ignore);
  }

  /**
   * Enters a room, or shares the existing session. Each call needs its own `releaseRoom`.
   * @throws CodedError `room-invalid`
   */
  acquireRoom(room: string, { converse, ...options }: EntryOptions = {}): RoomSession {
    const name = normalizeRoom(room, true);
    if (name === null) throw new CodedError('room-invalid');
    const membership = this.#rooms.get(name) ?? this.#enter(name, options);
    membership.users++;
    if ((options.knock ?? true) && !membership.session.isOver) membership.session.join();
    if (converse) membership.session.converse(converse);
    return membership.session;
  }

  /**
   * Leaves the room with the last release. Also leaves a room that the server moved us to and that no caller has
   * joined.
   */
  releaseRoom(session: RoomSession): void {
    const { room } = session;
    const membership = this.#rooms.get(room);
    if (membership?.session !== session || --membership.users > 0) return;
    this.#rooms.delete(room);
    const { isOver } = session;
    session.handleEnded('left');
    if (!isOver) this.#leave(room);
  }

  /**
   * Watches the public list of rooms. Each call needs its own `releaseDirectory`.
   * @param create creates the list. It is handed over, so a page without a list of rooms does not load its code.
   */
  acquireDirectory(create: typeof createDirectory): RoomDirectory {
    const { state, error } = this.#store.get();
    const directory = (this.#directory ??= create({ request: this.#request, token: () => this.#token }));
    if (this.#directoryUsers++ === 0)
      if (state === 'ready') directory.handleReady();
      else directory.handleError(error);
    return directory;
  }

  releaseDirectory(): void {
    if (this.#directoryUsers === 0 || --this.#directoryUsers > 0) return;
    this.#directory?.handleLost();
    void this.#request('room:unwatch', {}).catch(ignore);
  }

  /** Leaves everything and disconnects for good. */
  close(): void {
    this.#page.abort();
    this.tokenNotice.expect('');
    for (const { session } of this.#rooms.values()) session.handleEnded('left');
    this.#rooms.clear();
    this.#stop('closed', null);
    this.#resumeToken.close();
  }

  readonly #request: Request = async (command, payload, options) => {
    const wished = this.#wishes.take(command, payload);
    const value = await (wished ?? this.#transport.request(command, payload, options));
    if (!isSound(command, value)) throw new CodedError('internal');
    return value;
  };

  get #isReady(): boolean {
    return this.#store.get().state === 'ready';
  }

  get #isTrying(): boolean {
    return ['connecting', 'ready', 'reconnecting'].includes(this.#store.get().state);
  }

  #connect(): void {
    this.#expectReady();
    const claimed = this.#resumeToken.claim();
    // Claiming may wait for a Web Lock, so the socket opens meanwhile.
    this.#transport.setAuth(async () => this.#handshake(await claimed));
    this.#transport.connect();
  }

  async #handshake(resumeToken?: string): Promise<Handshake> {
    // A room that is left first cannot be entered with the handshake.
    const open = [...this.#rooms].flatMap(([room, { session }]) =>
      session.isOver || this.#owed.has(room) ? [] : [session],
    );
    // A handshake carries the commands for one room only: best for one with a call, which starts sooner.
    const wish = await (open.find((session) => session.isInCall) ?? open[0])?.wishes();
    return {
      version: PROTOCOL_VERSION,
      ...(resumeToken && { resumeToken }),
      ...(wish && { wishes: this.#wishes.ask(wish) }),
    };
  }

  /** Stops connecting for the reason in `state`. */
  #stop(state: 'closed' | 'replaced' | 'refused', error: CodedError | null): void {
    clearTimeout(this.#unreachableTimer);
    clearTimeout(this.#renameTimer);
    this.#store.patch({ state, error });
    this.#transport.close();
    this.#owed.clear();
    this.#resumeToken.release();
    this.#directory?.handleLost();
    this.#directory?.handleError(error);
    for (const { session } of [...this.#rooms.values()])
      if (state === 'refused' && error) session.handleRefused(error);
      else session.handleEnded('replaced');
  }

  #expectReady(): void {
    clearTimeout(this.#unreachableTimer);
    const tell = (): void => this.#showError(new CodedError('server-unreachable'));
    this.#unreachableTimer = setTimeout(tell, UNREACHABLE_AFTER_MS);
  }

  #showError(error: CodedError | null): void {
    this.#store.patch({ error });
    for (const { session } of [...this.#rooms.values()]) session.handleUnreachable(error);
    if (this.#directoryUsers) this.#directory?.handleError(error);
  }

  #onReady({ participantId, resumeToken, epoch, wishes }: Facts['session:ready']): void {
    clearTimeout(this.#unreachableTimer);
    this.#knowsWishes = wishes === true;
    this.#wishes.handleReady(this.#knowsWishes);
    this.#resumeToken.keep(participantId, resumeToken);
    this.#transport.setAuth(() => this.#handshake(resumeToken));
    const { epoch: before, error } = this.#store.get();
    this.#store.patch({ state: 'ready', participantId, epoch });
    if (error) this.#showError(null);
    for (const room of [...this.#owed]) this.#settle(room);
    for (const { session } of [...this.#rooms.values()]) session.handleReady(before !== null && before !== epoch);
    if (this.#directoryUsers) this.#directory?.handleReady();
  }

  #onLost(): void {
    this.#wishes.end();
    if (!this.#isReady) return;
    this.#store.patch({ state: 'reconnecting' });
    this.#toldName = '';
    this.#expectReady();
    for (const { session } of [...this.#rooms.values()]) session.handleLost();
    this.#directory?.handleLost();
  }

  #onAnnouncement(fact: Announcement): void {
    for (const [room, { session }] of [...this.#rooms])
      if (fact.room === null || fact.room === room) session.handleAnnouncement(fact);
    this.events.emit('announcement', fact);
  }

  #onMoved(fact: Facts['room:moved']): void {
    const { from, to, added } = fact;
    const source = this.#rooms.get(from);
    // The room was released just before the server moved us, so nobody here wants to be in `to`.
    if (!source && !this.#rooms.has(to)) return this.#leave(to);
    if (!this.#rooms.has(to)) this.#enter(to, { knock: false });
    if (!added) source?.session.handleMoved(to);
    this.events.emit('moved', fact);
  }

  #on<N extends FactName>(name: N, listener: (fact: Facts[N]) => void): void {
    this.#transport.facts.on(name, (fact: Facts[N]) => isSound(name, fact) && listener(fact));
  }

  #route<N extends RoomFactName>(name: N): void {
    this.#on(name, (fact: Facts[N]) => this.#rooms.get(fact.room)?.session.handleFact(name, fact));
  }

  #enter(room: string, options: Pick<EntryOptions, 'unlisted' | 'knock'>): Membership {
    const host: RoomSessionHost = {
      request: this.#request,
      displayName: () => this.#store.get().displayName,
      entry: (options) => ({
        room,
        displayName: (this.#toldName = this.#store.get().displayName),
        ...(this.#token && { token: this.#token }),
        ...options,
      }),
      knowsWishes: () => this.#knowsWishes,
      role: () => (readToken(this.#token).role === 'viewer' ? 'viewer' : 'participant'),
      isReady: () => this.#isReady,
      isHandshakeAhead: () => !this.#isReady && this.#wishes.room === undefined,
      leave: () => this.#leave(room),
      revive: () => {
        this.#settle(room);
        this.#revive();
      },
    };
    this.#settle(room);
    const session = new RoomSession(room, host, options);
    const membership: Membership = { session, users: 0 };
    this.#rooms.set(room, membership);
    const { state, error } = this.#store.get();
    if (state === 'ready') session.handleReady();
    else if (state === 'refused' && error) session.handleRefused(error);
    else if (state === 'replaced') session.handleEnded('replaced');
    else session.handleUnreachable(error);
    return membership;
  }

  /** Leaves the room on the server, however often the connection is lost before. */
  #leave(room: string): void {
    if (!this.#isReady) return void (this.#isTrying && this.#owed.add(room));
    // The server enters the room for the handshake, then leaves it. Nobody needs the first answer any more.
    if (this.#wishes.room === room) this.#wishes.end();
    this.#request('room:leave', { room }).catch((thrown: unknown) => {
      const delayMs = retryDelayMs(CodedError.from(thrown), true);
      const isIn = this.#rooms.get(room)?.session.isOver === false;
      if (delayMs === undefined || isIn || !this.#isTrying) return;
      this.#owed.add(room);
      setTimeout(() => this.#settle(room), delayMs);
    });
  }

  /** Tells the server that this participant left the room before, if it does not know yet. */
  #settle(room: string): void {
    if (this.#owed.delete(room)) this.#leave(room);
  }

  /** After `replaced` this connects as a new participant; after `refused` the server may accept it now. */
  #revive(): void {
    const { state } = this.#store.get();
    if (state !== 'replaced' && state !== 'refused') return;
    this.#store.patch({ state: 'connecting', error: null });
    this.#connect();
  }

  async #rename(): Promise<void> {
    clearTimeout(this.#renameTimer);
    const { displayName } = this.#store.get();
    // Without a room, the next `room:join` carries the name.
    if (!this.#isReady || !this.#rooms.size || this.#toldName === displayName) return;
    this.#toldName = displayName;
    try {
      await this.#request('participant:update', { displayName });
    } catch (thrown) {
      const delayMs = retryDelayMs(CodedError.from(thrown));
      this.#toldName = '';
      if (delayMs !== undefined) this.#renameTimer = setTimeout(() => void this.#rename(), delayMs);
    }
  }

  #listen(): void {
    const page = globalThis as Partial<Pick<EventTarget, 'addEventListener'>>;
    const { signal } = this.#page;
    page.addEventListener?.(
      'pagehide',
      () => {
        if (!this.#isTrying) return;
        for (const { session } of [...this.#rooms.values()]) session.handleSuspended();
        this.#transport.close();
        this.#resumeToken.release();
        clearTimeout(this.#unreachableTimer);
      },
      { signal },
    );
    page.addEventListener?.(
      'pageshow',
      (event) => {
        if ((event as PageTransitionEvent).persisted && this.#isTrying) this.#connect();
      },
      { signal },
    );
  }
}
