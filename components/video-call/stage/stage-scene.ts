/** What a stage shows, and what its extras know of it and may change. */
import type { CSSResult, LitElement } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { CallParticipant } from '../../entities.ts';
import type { Size } from '../../rtc/uplink/shown.ts';
import type { Term } from '../toolbar.ts';
import type { Area, Box, Corner, LayoutMode, LayoutTile } from './layout.ts';
import type { MirrorMode } from './tile-states.ts';
import type { VideoTile } from './video-tile.ts';
import type { ShownReport } from './extras/watching.ts';

/** The keys of what stands on the stage beside tiles: the seat for others, and the card of the own shared screen. */
export const SEAT = 'seat';
export const PRESENTING = 'presenting';

/** Where the own picture stands. */
export type SelfView = 'auto' | 'tile' | 'floating' | 'hidden';

export interface StageView {
  readonly participants: readonly CallParticipant[];
  readonly mode: LayoutMode;
  readonly selfView: SelfView;
  readonly mirror: MirrorMode;
  readonly speakerId: string;
  /** Outside the call the stage is empty, but still rendered, because its slot must stay. */
  readonly inside: boolean;
  /** True once the call has begun: a participant who is alone then sees a hint. */
  readonly underway: boolean;
  readonly term: Term;
  readonly isReconnecting: (participantId: string) => boolean;
  /** What stands on the seat of a participant who is alone, below its words. */
  readonly invitation: unknown;
  readonly onPlaybackBlocked: () => void;
}

export interface SceneTile extends LayoutTile {
  readonly participant: CallParticipant;
}

/** The element around the stage. */
export interface StageHost extends LitElement {
  toggleScreenShare(on: boolean): Promise<boolean>;
  setVolume(id: string, volume: number): void;
}

/** How large the pictures are at most that a page asks for while it saves data, in device pixels. */
export interface SavedSizes {
  /** That of the picture which matters most. */
  readonly front: Size;
  readonly others: Size;
}

export interface StageScene {
  readonly host: StageHost;
  /** What the people in the call tell each other directly, and whether this person only watches. */
  readonly call: Pick<CallController, 'role' | 'shared'>;
  /** Takes the styles of what loads late. */
  readonly dressing: { add(styles: CSSResult): void };
  /** The element that the tiles stand in. */
  readonly element: HTMLElement | null;
  readonly view: StageView | null;
  readonly area: Area;
  /** Every tile, whether or not it has a place now. */
  readonly shown: readonly SceneTile[];
  /** Everybody in the call, as the page receives them. */
  readonly people: readonly CallParticipant[];
  /** The key of the tile that the person or the page pinned. */
  readonly pinned: string | null;
  /** The key of the participant who spoke last. */
  readonly speaker: string | null;
  /** The tile that floats over the others. */
  readonly floating: string | null;
  /** Where the person wants the own picture; `null` leaves it to the page. */
  wish: SelfView | null;
  corner: Corner;
  /** Present while this page asks others for small pictures. Set by what loads late. */
  saving?: SavedSizes | null;
  /** Tells how large this page shows the pictures of others. */
  handleShown(shown: ShownReport): void;
  tileOf(key: string): VideoTile | null;
  pin(key: string | null): void;
  /** Moves the tiles to their places. */
  place(): void;
}

/** Where each tile stands, by key. */
export type Places = ReadonlyMap<string, Box>;
