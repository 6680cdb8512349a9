/**
 * Two sections of the moderation dialog: the raised hands in their order, and what everyone can do. Holds no state.
 */
import { html, nothing } from 'lit';
import type { RoomPermissions } from '../../../server/protocol.ts';
import type { RoomSessionSnapshot } from '../../client/room/room-snapshot.ts';
import { handsOf } from '../../controllers/call/raised-hands.ts';
import type { Term } from '../toolbar.ts';
import type { ModeratedCall } from './moderation-panel.ts';

export interface RulesView {
  readonly call: ModeratedCall;
  readonly snapshot: Pick<RoomSessionSnapshot, 'participants' | 'permissions'>;
  readonly term: Term;
  /** Runs an action and reports its failure. */
  readonly onAction: (action: () => Promise<unknown>) => void;
}

/** In the order of the toolbar. */
const SWITCHES = [
  ['microphone', 'callPermitMicrophone'],
  ['camera', 'callPermitCamera'],
  ['screen', 'callPermitScreen'],
  ['chat', 'callPermitChat'],
] as const satisfies readonly (readonly [keyof RoomPermissions, unknown])[];

export function renderHands({ call, snapshot, term, onAction }: RulesView) {
  const raised = handsOf(snapshot.participants);
  if (raised.length === 0) return nothing;
  const people = raised.map(({ id, displayName }, index) => {
    const label = term('callLowerName', displayName);
    return html`<li class="row" part="participant">
      <p class="who"><span class="place" part="count">${index + 1}.</span> <bdi part="name">${displayName}</bdi></p>
      <button type="button" class="outline lower" part="lower-button" aria-label=${label} title=${label}
        @click=${() => onAction(() => call.lowerHand(id))}>${term('callLower')}</button>
    </li>`;
  });
  return html`<section part="dialog-section">
    <div class="row">
      <h3 id="hands" class="who" part="dialog-heading">${term('callHands')}</h3>
      <button type="button" class="outline lower-all" part="lower-all-button"
        @click=${() => onAction(() => call.lowerHand())}>${term('callLowerAll')}</button>
    </div>
    <ol class="people" aria-labelledby="hands">${people}</ol>
  </section>`;
}

/** An older server knows no permissions. */
export function renderPermissions({ call, snapshot: { permissions }, term, onAction }: RulesView) {
  if (!permissions) return nothing;
  const switches = SWITCHES.map(([what, key]) => {
    const isFree = permissions[what] === 'everyone';
    return html`<div class="row">
      <label class="who" part="dialog-text" for=${what}>${term(key)}</label>
      <button type="button" id=${what} part="permission-switch" role="switch" aria-checked=${isFree}
        aria-describedby="permissions-hint"
        @click=${() => onAction(() => call.setPermission(what, isFree ? 'moderators' : 'everyone'))}></button>
    </div>`;
  });
  return html`<section part="dialog-section" role="group" aria-labelledby="permissions">
    <h3 id="permissions" part="dialog-heading">${term('callPermissions')}</h3>
    ${switches}
    <p class="hint" part="dialog-text" id="permissions-hint">${term('callPermissionsHint')}</p>
  </section>`;
}
