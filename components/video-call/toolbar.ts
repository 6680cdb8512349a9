/** The toolbar of a call. Holds no state: it shows the call, and reports which button was pressed. */
import { html, nothing } from 'lit';
import type { CallController } from '../controllers/call-controller.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { icon, type CallIcon } from './icons.ts';

/** Returns the text of a key in the element's language. */
export type Term = LocaleController['term'];

export type ToolbarAction = 'microphone' | 'camera' | 'screen' | 'moderation' | 'settings' | 'leave';

export interface ToolbarView {
  readonly call: Pick<CallController, 'microphone' | 'camera' | 'screen' | 'canShareScreen'>;
  /** A hidden toolbar is still rendered, because its slot must stay. */
  readonly hidden: boolean;
  readonly title: string;
  readonly audioOnly: boolean;
  readonly moderates: boolean;
  /** A viewer has no devices to switch. */
  readonly watches: boolean;
  readonly term: Term;
  readonly onAction: (action: ToolbarAction) => void;
}

interface ButtonView {
  readonly action: ToolbarAction;
  readonly label: string;
  readonly icon: CallIcon;
  /** Absent if the button is not a switch. */
  readonly on?: boolean;
}

/** A round button. A switch keeps its name; `aria-pressed` tells its state. */
export function renderButton({ action, label, icon: name, on }: ButtonView, onAction: (action: ToolbarAction) => void) {
  return html`<button type="button" class="tool ${action}" part="button ${action}-button"
    aria-pressed=${on ?? nothing} aria-haspopup=${action === 'settings' || action === 'moderation' ? 'dialog' : nothing}
    aria-label=${label} title=${label} @click=${() => onAction(action)}>${icon(name)}</button>`;
}

export interface SwitchesView extends Pick<ToolbarView, 'audioOnly' | 'watches' | 'term' | 'onAction'> {
  readonly microphone: boolean;
  readonly camera: boolean;
}

/** The switches for microphone and camera, in the toolbar and in the lobby. */
export function renderSwitches({ microphone, camera, audioOnly, watches, term, onAction }: SwitchesView) {
  if (watches) return nothing;
  const sound: ButtonView = {
    action: 'microphone',
    label: term('callMicrophone'),
    icon: microphone ? 'microphone' : 'microphone-off',
    on: microphone,
  };
  const picture: ButtonView = {
    action: 'camera',
    label: term('callCamera'),
    icon: camera ? 'camera' : 'camera-off',
    on: camera,
  };
  return html`
    ${renderButton(sound, onAction)}
    ${audioOnly ? nothing : renderButton(picture, onAction)}
  `;
}

function renderTools({ call, audioOnly, moderates, watches, term, onAction }: ToolbarView) {
  const { microphone, camera, screen, canShareScreen } = call;
  return html`<div class="tools">
    ${renderSwitches({ microphone, camera, audioOnly, watches, term, onAction })}
    ${
      canShareScreen && !audioOnly && !watches
        ? renderButton({ action: 'screen', label: term('callScreen'), icon: 'screen', on: screen }, onAction)
        : nothing
    }
    ${
      moderates
        ? renderButton({ action: 'moderation', label: term('callModerate'), icon: 'moderation' }, onAction)
        : nothing
    }
    ${renderButton({ action: 'settings', label: term('callSettings'), icon: 'settings' }, onAction)}
    ${renderButton({ action: 'leave', label: term('callLeave'), icon: 'leave' }, onAction)}
  </div>`;
}

export function renderToolbar(view: ToolbarView) {
  const { hidden, title, term } = view;
  return html`
    <div part="controls" class="controls" role="group" aria-label=${term('callControls')} ?hidden=${hidden}>
      <p class="title" dir="auto" title=${title}>${title}</p>
      ${hidden ? nothing : renderTools(view)}
      <div class="more"><slot name="controls"></slot></div>
    </div>
  `;
}
