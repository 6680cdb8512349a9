/** The toolbar of a call. Holds no state: it shows what the call is, and says which button was pressed. */
import { html, nothing } from 'lit';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { icon, type CallIcon } from './icons.ts';

/** Says a key in the element's language. */
export type Term = LocaleController['term'];

export type ToolbarAction = 'microphone' | 'camera' | 'screen' | 'moderation' | 'settings' | 'leave';

export interface ToolbarView {
  /** Stays, for the sake of its slot. */
  readonly hidden: boolean;
  readonly title: string;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  readonly canShareScreen: boolean;
  readonly audioOnly: boolean;
  readonly moderates: boolean;
  /** Who only watches has nothing to switch. */
  readonly watches: boolean;
  readonly term: Term;
  readonly onAction: (action: ToolbarAction) => void;
}

interface ButtonView {
  readonly action: ToolbarAction;
  readonly label: string;
  readonly icon: CallIcon;
  /** Left out for a button that is not a switch. */
  readonly on?: boolean;
}

/** A round button. A switch keeps its name in both states and says which by `aria-pressed`. */
export function renderButton({ action, label, icon: name, on }: ButtonView, onAction: (action: ToolbarAction) => void) {
  return html`<button type="button" class="tool ${action}" part="button ${action}-button"
    aria-pressed=${on ?? nothing} aria-haspopup=${action === 'settings' || action === 'moderation' ? 'dialog' : nothing}
    aria-label=${label} title=${label} @click=${() => onAction(action)}>${icon(name)}</button>`;
}

/** The switches for one's own devices, in the toolbar and before the call alike. */
export function renderSwitches({
  microphone,
  camera,
  audioOnly,
  watches,
  term,
  onAction,
}: Pick<ToolbarView, 'microphone' | 'camera' | 'audioOnly' | 'watches' | 'term' | 'onAction'>) {
  if (watches) return nothing;
  return html`
    ${renderButton({ action: 'microphone', label: term('callMicrophone'), icon: microphone ? 'microphone' : 'microphone-off', on: microphone }, onAction)}
    ${
      audioOnly
        ? nothing
        : renderButton(
            { action: 'camera', label: term('callCamera'), icon: camera ? 'camera' : 'camera-off', on: camera },
            onAction,
          )
    }
  `;
}

export function renderToolbar(view: ToolbarView) {
  const { hidden, title, screen, canShareScreen, audioOnly, moderates, watches, term, onAction } = view;
  return html`
    <div part="controls" class="controls" role="group" aria-label=${term('callControls')} ?hidden=${hidden}>
      <p class="title" dir="auto" title=${title}>${title}</p>
      ${
        hidden
          ? nothing
          : html`<div class="tools">
            ${renderSwitches(view)}
            ${
              canShareScreen && !audioOnly && !watches
                ? renderButton({ action: 'screen', label: term('callScreen'), icon: 'screen', on: screen }, onAction)
                : nothing
            }
            ${moderates ? renderButton({ action: 'moderation', label: term('callModerate'), icon: 'moderation' }, onAction) : nothing}
            ${renderButton({ action: 'settings', label: term('callSettings'), icon: 'settings' }, onAction)}
            ${renderButton({ action: 'leave', label: term('callLeave'), icon: 'leave' }, onAction)}
          </div>`
      }
      <div class="more"><slot name="controls"></slot></div>
    </div>
  `;
}
