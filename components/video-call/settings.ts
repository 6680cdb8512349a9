/** The settings of a call as the call sees them: loaded when first asked for, and shown. Holds no state. */
import { html } from 'lit';
import { CodedError } from '../internal/coded-error.ts';

/** @throws CodedError `server-unreachable` where the module does not come */
export async function loadSettings(): Promise<void> {
  try {
    await import('./settings-dialog.ts');
  } catch (cause) {
    throw new CodedError('server-unreachable', undefined, { cause });
  }
}

const kindsFor = (audioOnly: boolean, watches: boolean) => (watches ? 'audiooutput' : audioOnly ? 'audioinput audiooutput' : 'audioinput videoinput audiooutput');

export function renderSettings({ audioOnly, watches, preview, onClose }: { audioOnly: boolean; watches: boolean; preview: boolean; onClose: () => void }) {
  return html`
    <sarangbang-settings-dialog .kinds=${kindsFor(audioOnly, watches)} .preview=${preview} @close=${onClose}
      exportparts="dialog, device-field, device-label, device-select, device-meter, device-preview, device-message"></sarangbang-settings-dialog>
  `;
}
