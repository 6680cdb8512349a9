/** What a person sets for oneself, in the settings of a call. Holds no state. */
import { html, nothing } from 'lit';
import type { Term } from '../toolbar.ts';

export interface PreferencesView {
  readonly term: Term;
  readonly savesData: boolean;
  /** `null` for a person who may not speak. */
  readonly isNoticeOn: boolean | null;
  readonly hasKeys: boolean;
  readonly onSaveData: (on: boolean) => void;
  readonly onNotice: (on: boolean) => void;
  readonly onKeys: () => void;
  readonly onCheck: () => void;
}

interface Preference {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

const renderPreference = ({ id, label, hint, on, onChange }: Preference) => html`
  <div class="preference">
    <p><label part="dialog-text" for=${id}>${label}</label><br><span class="hint" part="dialog-text"
      id="${id}-hint">${hint}</span></p>
    <button type="button" part="preference-switch" id=${id} role="switch" aria-checked=${on}
      aria-describedby="${id}-hint" @click=${() => onChange(!on)}></button>
  </div>`;

export function renderPreferences(view: PreferencesView) {
  const { term, isNoticeOn, hasKeys } = view;
  const saving = {
    id: 'save-data',
    label: term('callSaveData'),
    hint: term('callSaveDataHint'),
    on: view.savesData,
    onChange: view.onSaveData,
  };
  const notice = {
    id: 'muted-notice',
    label: term('callMutedNotice'),
    hint: term('callMutedNoticeHint'),
    on: isNoticeOn ?? false,
    onChange: view.onNotice,
  };
  return html`
    <section class="preferences" part="dialog-section">
      <h3 part="dialog-heading">${term('callPersonal')}</h3>
      ${renderPreference(saving)}
      ${isNoticeOn === null ? nothing : renderPreference(notice)}
      <div class="row">
        <button type="button" class="outline" part="check-button" @click=${view.onCheck}>${term('callCheck')}</button>
        ${
          hasKeys
            ? html`<button type="button" class="outline" part="keys-button"
              @click=${view.onKeys}>${term('callKeys')}</button>`
            : nothing
        }
      </div>
    </section>`;
}
