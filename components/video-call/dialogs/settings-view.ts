/** The settings of a call. Loaded when the person opens them. Holds no state. */
import { html } from 'lit';
import './settings-dialog.ts';

export interface SettingsView {
  readonly audioOnly: boolean;
  readonly watches: boolean;
  readonly preview: boolean;
  readonly onClose: () => void;
}

export function renderSettings({ audioOnly, watches, preview, onClose }: SettingsView) {
  const spoken = audioOnly ? 'audioinput audiooutput' : 'audioinput videoinput audiooutput';
  return html`
    <sarangbang-settings-dialog .kinds=${watches ? 'audiooutput' : spoken} .preview=${preview} @close=${onClose}
      exportparts="dialog, dialog-title, close-button, icon, device-base, device-field, device-label, device-select,
        device-meter, device-preview, device-message, level-meter, level-track, level-fill, test-button, allow-button"
    ></sarangbang-settings-dialog>
  `;
}
