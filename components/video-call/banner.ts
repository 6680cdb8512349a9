/** What a call has to say for itself, as one sentence at a time: the most pressing one. Holds no state. */
import { html, nothing } from 'lit';
import type { ErrorCode } from '../../server/protocol.ts';
import type { DeviceTrouble } from '../controllers/call-controller.ts';
import type { CallState } from '../entities.ts';
import type { CallLeaveReason } from '../events.ts';
import { reloadPage } from '../internal/capability.ts';
import { icon } from './icons.ts';
import type { Term } from './toolbar.ts';

export interface Situation {
  readonly state: CallState;
  /** What stands in the way of the room now, or why the call failed. */
  readonly error: ErrorCode | null;
  /** Why what was last pressed did not work. */
  readonly trouble: ErrorCode | null;
  /** The room is lost and comes back by itself, also where no call goes on. */
  readonly reconnecting: boolean;
  readonly mediaErrors: { readonly microphone: DeviceTrouble | null; readonly camera: DeviceTrouble | null };
  readonly playbackBlocked: boolean;
  readonly microphoneSilent: boolean;
  /** A moderator turned the microphone off, and it has been off since. */
  readonly mutedByOther: boolean;
  readonly leaveReason: CallLeaveReason;
}

export interface Saying {
  /** Key of a sentence: an error's code, or one of ours. */
  readonly term: DeviceTrouble | 'callReconnecting' | 'reconnecting' | 'callMuted' | 'callMicrophoneSilent';
  /** Calm sayings go by themselves; a warning can be put away. */
  readonly tone: 'calm' | 'warning';
}

/** The banner's sentence, or `null` while there is nothing to say. */
export function sayingOf(situation: Situation): Saying | null {
  const { state, error, trouble, reconnecting, mediaErrors, playbackBlocked, microphoneSilent, mutedByOther } =
    situation;
  if (state === 'idle' || state === 'left' || state === 'failed') return null;
  if (state === 'reconnecting') return { term: 'callReconnecting', tone: 'calm' };
  if (playbackBlocked) return { term: 'playback-blocked', tone: 'warning' };
  // Nobody here can do anything about it, and it is tried again: no warning.
  if (error === 'server-unreachable') return { term: reconnecting ? 'reconnecting' : error, tone: 'calm' };
  const found = [trouble, error, mediaErrors.camera, mediaErrors.microphone].find(
    (code) => code && code !== 'cancelled',
  );
  if (found) return { term: found, tone: 'warning' };
  if (mutedByOther) return { term: 'callMuted', tone: 'warning' };
  return microphoneSilent ? { term: 'callMicrophoneSilent', tone: 'warning' } : null;
}

/** Reasons for being out that are errors by their own names; any other but the end for all is that one went. */
const FAREWELLS = ['removed', 'replaced', 'token-expired'] as const satisfies readonly CallLeaveReason[];

/** The sentence of the view outside the call. */
export function farewellOf({ state, error, leaveReason }: Situation) {
  if (state === 'idle') return 'callIdle';
  if (state === 'failed') return error ?? 'internal';
  // A knock taken back, or a way in that was broken off: nobody has left a call.
  return error === 'cancelled'
    ? error
    : (FAREWELLS.find((code) => code === leaveReason) ?? (leaveReason === 'ended' ? 'callEnded' : 'callLeft'));
}

/** What is the matter with one's own devices is said where one looks for oneself, too, until it is put away. */
export function tellOnOwnTile(
  tile: { trouble: DeviceTrouble | null } | null,
  { camera, microphone }: Situation['mediaErrors'],
  dismissed: string | null,
): void {
  const trouble = camera ?? microphone;
  if (tile) tile.trouble = trouble === dismissed ? null : trouble;
}

export interface BannerView {
  readonly saying: Saying | null;
  /** What was announced: shown before all else, until it is closed. */
  readonly announced: string;
  readonly term: Term;
  readonly onPlay: () => void;
  readonly onDismiss: () => void;
}

/** Stays in place when it has nothing to say: only a live region that was there before is read out. */
export function renderBanner({ saying, announced, term, onPlay, onDismiss }: BannerView) {
  const tone = announced ? 'announcement' : (saying?.tone ?? 'quiet');
  const about = saying?.term;
  const key = announced ? 'announcement' : about;
  // Their buttons stand beside an announcement as well: nobody may sit in silence because of a text.
  const blocked = about === 'playback-blocked';
  const outdated = about === 'version-mismatch';
  return html`<div part="banner" class="banner ${tone}" role="status">
    ${key ? html`<p>${term(key)}${announced && `\n${announced}`}</p>` : nothing}
    ${
      blocked || outdated
        ? html`<button type="button" class="primary" @click=${blocked ? onPlay : reloadPage}>${term(blocked ? 'callPlay' : 'reload')}</button>`
        : nothing
    }
    ${
      announced || (tone === 'warning' && !blocked)
        ? html`<button type="button" class="icon-only" aria-label=${term('callClose')} title=${term('callClose')} @click=${onDismiss}>${icon('close')}</button>`
        : nothing
    }
  </div>`;
}
