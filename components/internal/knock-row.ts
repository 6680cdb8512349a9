/** One person who knocks, with the buttons that answer: the same row in the chat and in the call. Holds no state. */
import { html, nothing, type TemplateResult } from 'lit';
import { renderAvatar } from './look/avatar.ts';
import { isolate } from './isolate.ts';

export type KnockAnswer = 'admit' | 'refuse';

export interface KnockRowView {
  readonly person: { readonly id: string; readonly displayName: string };
  /** True while an answer is on its way; left out where the row disappears at once. */
  readonly answered?: boolean;
  readonly term: {
    (key: 'callAdmit' | 'callRefuse'): string;
    (key: 'callKnocks' | 'callAdmitName' | 'callRefuseName', name: string): string;
  };
  readonly onAnswer: (answer: KnockAnswer) => void;
}

export function renderKnockRow({ person, answered, term, onAnswer }: KnockRowView): TemplateResult {
  const { displayName } = person;
  return html`<li class="knock" part="knock">
    ${renderAvatar(person)}
    <p class="who" part="knock-text">${term('callKnocks', isolate(displayName))}</p>
    <span class="answers">
      <button type="button" class="primary" part="admit-button"
        aria-disabled=${answered ?? nothing} aria-label=${term('callAdmitName', displayName)}
        @click=${() => onAnswer('admit')}>${term('callAdmit')}</button>
      <button type="button" class="outline" part="refuse-button"
        aria-disabled=${answered ?? nothing} aria-label=${term('callRefuseName', displayName)}
        @click=${() => onAnswer('refuse')}>${term('callRefuse')}</button>
    </span>
  </li>`;
}
