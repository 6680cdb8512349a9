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

export function renderSettings({ audioOnly, preview, onClose }: { audioOnly: boolean; preview: boolean; onClose: () => void }) {
  return html`
    <sarangbang-settings-dialog .kinds=${audioOnly ? 'audioinput audiooutput' : 'audioinput videoinput audiooutput'} .preview=${preview} @close=${onClose}
      exportparts="dialog, device-field, device-label, device-select, device-meter, device-preview, device-message"></sarangbang-settings-dialog>
  `;
}
