/**
 * The visible part of a picker: the preview, a field for each kind of device, and messages. Holds no state.
 * It stands apart so that only a page with a picker loads it.
 */
import { html, nothing } from 'lit';
import type { ErrorCode } from '../../server/protocol.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { canRetry } from '../controllers/page-media.ts';
import { defineElement } from '../internal/define.ts';
import { createIcons } from '../internal/look/icon-set.ts';
import { deviceTerms } from '../locales/english/devices.ts';
import { errorTerms } from '../locales/english/errors.ts';
import { addEnglish } from '../locales/index.ts';
import { LevelMeter } from './level-meter.ts';

export { DeviceChoice } from './device-choice.ts';
export { devicePickerStyles } from './device-picker.styles.ts';
export { playTestTone } from './test-tone.ts';

addEnglish({ ...errorTerms, ...deviceTerms });
defineElement('sarangbang-level-meter', LevelMeter);

const icon = createIcons({
  speaker: 'M4.5 10v4h3l4.5 4V6L7.5 10ZM15.5 9a4.25 4.25 0 0 1 0 6M18 6.5a7.75 7.75 0 0 1 0 11',
});

const LABELS = {
  audioinput: 'deviceAudioinput',
  videoinput: 'deviceVideoinput',
  audiooutput: 'deviceAudiooutput',
} as const;

export interface DevicesView {
  /** In the order of the fields. */
  readonly kinds: readonly MediaDeviceKind[];
  readonly devices: readonly MediaDeviceInfo[];
  readonly preview: boolean;
  /** True while the preview has a picture. */
  readonly pictured: boolean;
  /** Why devices cannot be used. */
  readonly refused: ErrorCode | null;
  /** True if a permission would make the names of devices known. */
  readonly asks: boolean;
  /** Shows the button that asks for permission. It stays after an error that a further attempt may mend. */
  readonly canAsk: boolean;
  readonly term: LocaleController['term'];
  readonly readLevel: () => number;
  readonly onChoose: (kind: MediaDeviceKind, deviceId: string) => void;
  readonly onAllow: () => void;
  readonly onTest: () => void;
}

export function renderDevices(view: DevicesView) {
  const { kinds, preview, devices, refused, pictured } = view;
  // An empty box would say nothing: the message says why there is no picture.
  const isBlank = !pictured && (refused !== null || !devices.some(({ kind }) => kind === 'videoinput'));
  return html`
    ${
      preview && kinds.includes('videoinput')
        ? html`<video part="preview" muted autoplay playsinline aria-hidden="true" .muted=${true}
          ?hidden=${isBlank}></video>`
        : nothing
    }
    ${renderMessage(view)}
    ${kinds.map((kind) => renderField(kind, view))}
  `;
}

function renderField(kind: MediaDeviceKind, { devices: all, preview, term, readLevel, onChoose, onTest }: DevicesView) {
  const label = term(LABELS[kind]);
  const devices = all.filter((device) => device.kind === kind);
  const none = devices.length === 0 && kind !== 'audiooutput';
  // Stopped, because a listener outside the picker would still read the old `value`. `DeviceChoice` fires another one.
  const onInput = (event: Event): void => event.stopPropagation();
  const onChange = ({ target }: Event): void => onChoose(kind, (target as HTMLSelectElement).value);
  return html`
    <div part="field" class="field">
      <label part="label" for=${kind}>${label}</label>
      <select part="select" id=${kind} name=${kind} ?disabled=${none} @input=${onInput} @change=${onChange}>
        <option value="">${none ? term('deviceNone') : term('deviceDefault')}</option>
        ${devices.map(({ deviceId, label: name }, index) => {
          const text = name || term('deviceNumber', label, index + 1);
          // Without a permission devices have no id, so they cannot be selected.
          return html`<option value=${deviceId} ?disabled=${!deviceId}>${text}</option>`;
        })}
      </select>
      ${
        kind === 'audioinput' && preview
          ? html`<sarangbang-level-meter part="meter level-meter" exportparts="level-track, level-fill"
            .label=${term('deviceLevel')} .read=${readLevel}></sarangbang-level-meter>`
          : nothing
      }
      ${
        kind === 'audiooutput'
          ? html`<button class="outline" part="test-button" type="button"
            @click=${onTest}>${icon('speaker')}${term('deviceTest')}</button>`
          : nothing
      }
    </div>
  `;
}

function renderMessage({ refused, asks, canAsk, term, onAllow }: DevicesView) {
  return html`<div part="message" class="message ${refused ? 'refused' : ''}" role="status">
    ${refused ? html`<p>${term(refused)}</p>` : nothing}
    ${asks ? html`<p>${term('deviceAllowHint')}</p>` : nothing}
    ${
      canAsk && canRetry(refused)
        ? html`<button class="primary" part="allow-button" type="button"
          @click=${onAllow}>${term('deviceAllow')}</button>`
        : nothing
    }
  </div>`;
}
