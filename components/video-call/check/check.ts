/** The check of devices and network, and the text for support. Loaded when somebody asks for one of them. */
import { html, render, type LitElement } from 'lit';
import { checkCall } from '../../controllers/call/connection-check.ts';
import { tellFact } from '../../controllers/removal-grace.ts';
import type { ConnectionCheck } from '../../entities.ts';
import { CheckCompleteEvent } from '../../events/check.ts';
import { checkTerms } from '../../locales/english/check.ts';
import { addEnglish } from '../../locales/index.ts';
import type { CallParts } from '../call-view.ts';
import './check-dialog.ts';
import type { CheckedCall } from './check-dialog.ts';
import { noteCheck } from './diagnostics.ts';

export { describeCall } from './diagnostics.ts';

addEnglish(checkTerms);

/** The running check of each room: a second one at the same time would halve the speed that both measure. */
const running = new WeakMap<object, Promise<ConnectionCheck>>();

/** Checks devices and network, and tells the page. @throws CodedError `not-in-room` */
export async function runCheck({ call, element }: CallParts): Promise<ConnectionCheck> {
  const key = call.room.session ?? call;
  const checking = running.get(key) ?? checkCall(call, element).finally(() => running.delete(key));
  running.set(key, checking);
  const result = await checking;
  noteCheck(call, result);
  tellFact(element, new CheckCompleteEvent(result));
  return result;
}

/** Opens the check in a dialog that removes itself when it is closed. */
export function openCheck(call: LitElement & CheckedCall): void {
  const origin = new DocumentFragment();
  render(
    html`<sarangbang-check-dialog .call=${call} exportparts="dialog, dialog-title, dialog-heading, dialog-text,
      dialog-section, close-button, icon, check-button, copy-button"></sarangbang-check-dialog>`,
    origin,
  );
  // Within the box, which has the colours and the text style.
  call.renderRoot.querySelector('.box')?.append(origin);
}
