/**
 * Another participant in the call, as seen from here.
 *
 * Owns what outlives a single link: its streams (always the same objects, so that a media element never starts again),
 * its figures, and what it sends, combined from the roster and its own report. Does not own the link's life (`Mesh`).
 */
import type { ParticipantInfo, RoomPermissions, TrackInfo, TrackSource } from '../../server/protocol.ts';
import type { CallParticipant, Quality } from '../entities.ts';
import { formatLinkName } from './link/link-signal.ts';
import type { LinkStats } from './link/link-stats.ts';
import type { LinkRecovery } from './link/link-recovery.ts';
import type { PeerLink } from './link/peer-link.ts';
import { Speaking } from './speaking.ts';
import { syncTracks } from './media/stream-tracks.ts';
import { VIDEO_SOURCES, isHidden, isSameShown, type Shown, type VideoSource } from './uplink/shown.ts';

export class RemoteParticipant {
  info: ParticipantInfo;
  link: PeerLink | null = null;
  recovery: LinkRecovery | null = null;
  /**
   * True if this page is the maker of the pair: the end that offers first. It stays for as long as both join ids do,
   * unless the ends disagree about it (`Mesh`).
   */
  isOurs = false;
  /** The number of this pair's current connection. */
  attempt = 0;
  /** When that connection was made, by the clock. */
  builtAt = -Infinity;
  /** When this page last told it which end makes their links, by the clock. */
  greetedAt = -Infinity;
  /** When it disappeared from the roster while its media continued, by the clock; `null` while it is there. */
  lostAt: number | null = null;
  /** True once a connection was established. */
  wasConnected = false;
  /** When its connection was first examined or, later, first connected, by the clock; `null` before. */
  freshSince: number | null = null;
  /** The tracks that it reports over the data channel; `null` before the first report of a connection. */
  saidTracks: readonly TrackInfo[] | null = null;
  /** Created at the first reading, because that code loads after joining. */
  stats: LinkStats | null = null;
  /** How large it shows the pictures of this page; `null` until it says so. */
  shown: Shown | null = null;
  /** What this page asks it for: how large this page shows its pictures. */
  #wish: Shown = {};
  /** When this page began to show a picture again, by the clock. */
  readonly wishedAt: Partial<Record<VideoSource, number>> = {};
  readonly speaking = new Speaking();
  readonly #stream = new MediaStream();
  readonly #screenStream = new MediaStream();

  constructor(info: ParticipantInfo) {
    this.info = info;
  }

  /** The join id of its presence. A different one belongs to a different page. */
  get joinId(): string {
    return this.info.call?.joinId ?? '';
  }

  /** The name of a connection to it. @param joinId of this page */
  nameLink(joinId: string, attempt: number): string {
    const [makerJoinId, otherJoinId] = this.isOurs ? [joinId, this.joinId] : [this.joinId, joinId];
    return formatLinkName({ makerJoinId, otherJoinId, attempt });
  }

  /** True while its media do not arrive, or its server connection is lost. */
  get reconnecting(): boolean {
    return !this.info.connected || this.lostAt !== null || (this.wasConnected && this.recovery?.troubled === true);
  }

  /**
   * Whether it sends `source` unmuted.
   * @param signaling true while the server can be reached; then only what the roster allows counts
   */
  isOn(source: TrackSource, signaling: boolean): boolean {
    const has = (tracks: readonly TrackInfo[] | undefined) =>
      tracks?.some((track) => track.source === source && !track.muted) ?? false;
    // In a mesh, only the receivers can silence a viewer or a participant whom a moderator muted.
    if (
      this.info.role === 'viewer' ||
      this.info.call?.tracks.some((track) => track.source === source && track.mutedBy !== undefined)
    )
      return false;
    const said = this.saidTracks;
    if (signaling && this.info.connected && this.lostAt === null)
      return has(this.info.call?.tracks) && (!said || has(said));
    return has(said ?? this.info.call?.tracks);
  }

  get wish(): Shown {
    return this.#wish;
  }

  get receivesVideo(): boolean {
    return this.info.call?.receivesVideo !== false;
  }

  /** Sets how large this page shows its pictures from `now` on. */
  setWish(wish: Shown, now: number): void {
    if (isSameShown(wish, this.#wish)) return;
    for (const source of VIDEO_SOURCES)
      if (isHidden(this.#wish[source]) && !isHidden(wish[source])) this.wishedAt[source] = now;
    this.#wish = wish;
    this.link?.tellShown(wish);
  }

  /** @param permissions of the room. In a mesh, only the receivers can silence a participant who ignores them. */
  toParticipant(signaling: boolean, permissions?: RoomPermissions): CallParticipant {
    const { id, displayName, role } = this.info;
    const may = (source: TrackSource) =>
      role === 'moderator' || permissions?.[source as keyof RoomPermissions] !== 'moderators';
    const on = (source: TrackSource) => may(source) && this.isOn(source, signaling);
    const tracks = this.link?.remoteTracks() ?? [];
    const microphone = on('microphone');
    // In a mesh, only the receiver can enforce a mute.
    for (const { source, track } of tracks) if (source === 'microphone') track.enabled = microphone;
    const stream = syncTracks(
      this.#stream,
      tracks.filter(({ source }) => source === 'microphone' || (source === 'camera' && on(source))),
    );
    const screen = on('screen');
    const screenStream = syncTracks(
      this.#screenStream,
      // Speech could pass as the sound of a screen.
      screen
        ? tracks.filter(({ source }) => source === 'screen' || (source === 'screen-audio' && may('microphone')))
        : [],
    );
    const { speaking } = this;
    return {
      id,
      displayName,
      role,
      isSelf: false,
      microphone,
      camera: on('camera'),
      screen,
      // Computed at each reading. A new object whenever somebody speaks would make the elements render the whole call.
      get speaking() {
        return microphone && speaking.active;
      },
      quality: this.#quality(),
      stream,
      screenStream,
    };
  }

  #quality(): Quality {
    if (!this.wasConnected) return 'unknown';
    if (this.recovery?.troubled) return 'lost';
    return this.stats?.quality ?? 'unknown';
  }
}
