/** The settings of a call. Loaded when the person opens them. Holds no state. */
import { html } from 'lit';
import type { Course } from '../course.ts';
import './settings-dialog.ts';

export interface SettingsView {
  readonly audioOnly: boolean;
  readonly watches: boolean;
  readonly preview: boolean;
  /** Loads what the person sets for oneself. */
  readonly course: Course;
  readonly onClose: () => void;
}

export function renderSettings({ audioOnly, watches, preview, course, onClose }: SettingsView) {
  const own = course.more?.personal;
  // The devices are shown without it.
  course.wantMore();
  course.more?.wantPersonal();
  const spoken = audioOnly ? 'audioinput audiooutput' : 'audioinput videoinput audiooutput';
  return html`
    <sarangbang-settings-dialog .kinds=${watches ? 'audiooutput' : spoken} .preview=${preview} .own=${own}
      @close=${onClose}
      exportparts="dialog, dialog-title, dialog-section, dialog-heading, dialog-text, preference-switch, check-button,
        keys-button, close-button, icon, device-base, device-field, device-label, device-select,
        device-meter, device-preview, device-message, level-meter, level-track, level-fill, test-button, allow-button"
    ></sarangbang-settings-dialog>
  `;
}
