/** Microphone and camera in the lobby: which are in use, what is wrong with them, how loud it is. Holds no state. */
import { html, nothing } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import { defaultDeviceOf } from '../../controllers/call/default-device.ts';
import { canRetry } from '../../controllers/page-media.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import { icon } from '../icons.ts';
import type { DeviceSentence } from '../situation.ts';
import type { Term } from '../toolbar.ts';
import './level-meter.ts';
import { isOfLobby, sentencesOf } from './sentences.ts';

export interface LobbyDevicesView {
  readonly call: CallController;
  readonly askDevices: string;
  readonly audioOnly: boolean;
  readonly term: Term;
  /** Runs what a press asks for, and reports its failure. */
  readonly onPress: (press: () => Promise<unknown>) => void;
}

interface Kind {
  readonly name: 'microphone' | 'camera';
  readonly kind: 'audioinput' | 'videoinput';
  readonly toggle: 'toggleMicrophone' | 'toggleCamera';
  readonly label: 'callMicrophone' | 'callCamera';
}

const MICROPHONE: Kind = {
  name: 'microphone',
  kind: 'audioinput',
  toggle: 'toggleMicrophone',
  label: 'callMicrophone',
};
const CAMERA: Kind = { name: 'camera', kind: 'videoinput', toggle: 'toggleCamera', label: 'callCamera' };

export function renderDevices(view: LobbyDevicesView) {
  const { call, audioOnly } = view;
  const { microphone, camera } = call.preview;
  const { microphone: trouble, camera: other } = call.mediaErrors;
  const isOff = !microphone && !camera && !trouble && !other;
  if (!call.shared?.isMediaStarted && isOff) return renderAllow(view);
  const isBoth = trouble === other && isOfLobby(trouble);
  const spoken = [...new Set(Object.values(sentencesOf(call.mediaErrors)))].filter(isOfLobby);
  return html`<div class="devices">
    <p class="visually-hidden" role="status">${spoken.map(view.term).join(' ')}</p>
    ${
      isBoth
        ? renderTrouble('camera', trouble, view, () => retryBoth(call))
        : html`${renderDevice(MICROPHONE, view)}${audioOnly ? nothing : renderDevice(CAMERA, view)}`
    }
  </div>`;
}

/** Before anything was asked for. The browser asks when the person wants it, not when the page is opened. */
function renderAllow({ call, askDevices, audioOnly, term, onPress }: LobbyDevicesView) {
  if (askDevices === 'join') return html`<p class="allow" part="prejoin-text">${term('callAllowLater')}</p>`;
  return html`<div class="allow">
    <p part="prejoin-text">${term(audioOnly ? 'callAllowMicrophoneHint' : 'callAllowHint')}</p>
    <button class="outline" part="allow-button" type="button" @click=${() => onPress(() => call.turnOnDevices())}
      >${term(audioOnly ? 'callAllowMicrophone' : 'callAllow')}</button>
  </div>`;
}

function renderDevice(device: Kind, view: LobbyDevicesView) {
  const { call, term } = view;
  const trouble = sentencesOf(call.mediaErrors)[device.name];
  if (isOfLobby(trouble)) return renderTrouble(device.name, trouble, view, () => call[device.toggle](true));
  return html`<label class="device" part="device-field">
    ${icon(call.preview[device.name] ? device.name : `${device.name}-off`)}
    <span class="visually-hidden">${term(device.label)}</span>
    ${renderMenu(device, view)}
    ${
      device === MICROPHONE && call.preview.microphone
        ? html`<sarangbang-lobby-meter exportparts="level-meter, level-track, level-fill" .stream=${call.preview.stream}
          .label=${term('callLevel')}></sarangbang-lobby-meter>`
        : nothing
    }
  </label>`;
}

function renderMenu({ kind, label }: Kind, { call, term, onPress }: LobbyDevicesView) {
  const { devices: snapshot } = call;
  if (!snapshot) return nothing;
  const chosen = snapshot.chosen[kind];
  const standard = defaultDeviceOf(snapshot, kind);
  const devices = snapshot.devices.filter((device) => device.kind === kind && device.deviceId);
  const onChange = ({ target }: Event): void => {
    const menu = target as HTMLSelectElement;
    const switching = async (): Promise<void> => {
      try {
        await call.setDevice(kind, menu.value);
      } catch (error) {
        // The old device stays in use.
        menu.value = chosen;
        throw CodedError.from(error);
      }
    };
    onPress(switching);
  };
  return html`<select part="device-menu" aria-label=${term(label)} @change=${onChange}>
    <option value="" .selected=${!chosen}
      >${standard ? term('callDeviceDefaultOf', standard) : term('callDeviceDefault')}</option>
    ${devices.map(
      ({ deviceId, label: name }, index) =>
        html`<option value=${deviceId} .selected=${deviceId === chosen}
          >${name || term('callDeviceUnnamed', term(label), index + 1)}</option>`,
    )}
  </select>`;
}

/** Asks for both at once, as at first. */
async function retryBoth(call: CallController): Promise<void> {
  call.shared?.stopMedia();
  await call.openDevices();
}

function renderTrouble(
  name: Kind['name'],
  trouble: DeviceSentence,
  { term, onPress }: LobbyDevicesView,
  retry: () => Promise<unknown>,
) {
  // The row shows what comes of it.
  const onRetry = (): void => onPress(() => retry().catch(ignore));
  return html`<div class="device trouble" part="device-field device-message">
    ${icon(`${name}-off`)}
    <p>${term(trouble)}</p>
    ${
      canRetry(trouble)
        ? html`<button class="outline" part="allow-button" type="button" @click=${onRetry}>${term('tryAgain')}</button>`
        : nothing
    }
  </div>`;
}
