/**
 * Somebody else in the call, as seen from here.
 *
 * Owns what outlives a single link to it: its streams (one object each for good, so that a media element
 * never starts over), its figures, and the one truth out of what the roster and its own word say.
 * Does not own the link's life (`Mesh`).
 */
import type { ParticipantInfo, TrackInfo, TrackSource } from '../../server/protocol.ts';
import type { CallParticipant, Quality } from '../entities.ts';
import type { LinkStats } from './link/link-stats.ts';
import type { LinkRecovery } from './link/link-recovery.ts';
import type { PeerLink } from './link/peer-link.ts';
import { Speaking } from './speaking.ts';
import { syncTracks } from './media/stream-tracks.ts';

export class RemoteParticipant {
  info: ParticipantInfo;
  link: PeerLink | null = null;
  recovery: LinkRecovery | null = null;
  /** Which connection of this pair it is. */
  attempt = 0;
  /** When that was built, by the clock. */
  builtAt = -Infinity;
  /** When the roster lost it while its media went on, by the clock; `null` while it stands there. */
  lostAt: number | null = null;
  /** True once media could flow. */
  wasConnected = false;
  /** Since when its connection settles: made, or connected for the first time. */
  freshSince: number | null = null;
  /** What it says itself, over the link. */
  saidTracks: readonly TrackInfo[] | null = null;
  /** Made at the first reading: reading figures is code that comes after joining. */
  stats: LinkStats | null = null;
  readonly speaking = new Speaking();
  readonly #stream = new MediaStream();
  readonly #screenStream = new MediaStream();

  constructor(info: ParticipantInfo) {
    this.info = info;
  }

  /** Of its presence: another one is another page. */
  get joinId(): string {
    return this.info.call?.joinId ?? '';
  }

  /** True while its media do not arrive, or its connection is lost. */
  get reconnecting(): boolean {
    return !this.info.connected || this.lostAt !== null || (this.wasConnected && this.recovery?.troubled === true);
  }

  /**
   * Whether it sends `source` and does not hold it back.
   * @param signaling true while the server can be reached: then nothing counts that the roster does not allow
   */
  isOn(source: TrackSource, signaling: boolean): boolean {
    const has = (tracks: readonly TrackInfo[] | undefined) =>
      tracks?.some((track) => track.source === source && !track.muted) ?? false;
    // Nobody but the receivers can keep who only watches, or was muted, from being heard.
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

  toParticipant(signaling: boolean): CallParticipant {
    const { id, displayName, role } = this.info;
    const on = (source: TrackSource) => this.isOn(source, signaling);
    const tracks = this.link?.remoteTracks() ?? [];
    const microphone = on('microphone');
    // In a mesh nobody but the receiver can enforce a mute.
    for (const { source, track } of tracks) if (source === 'microphone') track.enabled = microphone;
    const stream = syncTracks(
      this.#stream,
      tracks.filter(({ source }) => source === 'microphone' || (source === 'camera' && on(source))),
    );
    const screen = on('screen');
    const screenStream = syncTracks(
      this.#screenStream,
      screen ? tracks.filter(({ source }) => source.startsWith('screen')) : [],
    );
    return {
      id,
      displayName,
      role,
      isSelf: false,
      microphone,
      camera: on('camera'),
      screen,
      speaking: microphone && this.speaking.active,
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
