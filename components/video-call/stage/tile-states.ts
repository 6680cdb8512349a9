/** The states of a tile that a page can style: parts of their own, because CSS cannot look at a part's attributes. */
import type { CallParticipant } from '../../entities.ts';

/** Whether the person sees the own picture `auto` only of cameras that face them, or always, or never as a mirror. */
export type MirrorMode = 'auto' | 'on' | 'off';

/** Sets or removes the parts `tile-speaking`, `tile-muted` and so on. In jsdom elements have no parts. */
export function showStates(tile: Element, states: Readonly<Record<string, boolean>>): void {
  for (const [state, on] of Object.entries(states)) tile.part?.toggle(`tile-${state}`, on);
}

/** The own picture is a mirror. That of a camera that faces away is not, and others never see a mirrored picture. */
export function isMirrored({ isSelf, stream }: CallParticipant, mode: MirrorMode): boolean {
  if (!isSelf || mode === 'off') return false;
  return mode === 'on' || stream?.getVideoTracks()[0]?.getSettings().facingMode !== 'environment';
}
