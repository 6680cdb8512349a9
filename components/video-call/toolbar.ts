/** The toolbar of a call. Holds no state: it shows the call, and reports which button was pressed. */
import { html, nothing, type LitElement, type TemplateResult } from 'lit';
import type { CallController } from '../controllers/call-controller.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { icon } from './icons.ts';
import type { More } from './more/more.ts';

/** Returns the text of a key in the element's language. */
export type Term = LocaleController['term'];

export type ToolbarAction =
  | 'microphone'
  | 'camera'
  | 'screen'
  | 'hand'
  | 'react'
  | 'fullscreen'
  | 'invite'
  | 'pip'
  | 'moderation'
  | 'check'
  | 'keys'
  | 'settings'
  | 'more'
  | 'leave';

/** What of the element the toolbar depends on. */
interface ToolbarElement extends LitElement {
  readonly room: string;
  readonly audioOnly: boolean;
  readonly noShortcuts: boolean;
  readonly invitation: string | null;
  readonly participants: readonly unknown[];
  requestPictureInPicture(): Promise<void>;
  exitPictureInPicture(): Promise<void>;
  /** Names of the buttons on the toolbar. */
  readonly buttons: string;
  /** The people who wait to be let in by this participant. */
  readonly waiting: readonly unknown[];
}

export interface ToolbarView {
  readonly call: Pick<CallController, 'microphone' | 'camera' | 'screen' | 'canShareScreen'>;
  readonly element: ToolbarElement;
  /** A hidden toolbar is still rendered, because its slot must stay. */
  readonly hidden: boolean;
  readonly moderates: boolean;
  /** A viewer has no devices to switch. */
  readonly watches: boolean;
  /** Present once it is loaded. */
  readonly more: More | undefined;
  /** Loads it. */
  readonly onSmall: () => void;
  /** What is open over the call. */
  readonly dialog: string | null;
  readonly term: Term;
  readonly onAction: (tool: Tool) => void;
}

export interface Tool {
  readonly action: ToolbarAction;
  readonly label: string;
  /** What a press does, and its key. */
  title?: string;
  readonly icon: TemplateResult;
  /** Absent if the button is not a switch. */
  readonly on?: boolean;
  /** How many people wait, on a button that leads to them. */
  readonly count?: number;
  /** What opens on a press. */
  readonly popup?: 'dialog' | 'menu';
  /** Absent if nothing of the button stays open. */
  readonly expanded?: boolean;
  /** True if a press only says why the person may not do that. */
  readonly isBlocked?: boolean;
  /** What a press does, if that is loaded late as well. */
  press?: () => Promise<unknown>;
}

/** A round button. A switch keeps its name; `aria-pressed` tells its state. */
export function renderButton(tool: Tool, onAction: ToolbarView['onAction']) {
  const { action, label, icon: picture, on, count, popup, expanded, isBlocked } = tool;
  const text = count ? `${label} (${count})` : label;
  return html`<button type="button" class="tool ${action}" part="button ${action}-button${on ? ' button-on' : ''}${
    on === false ? ' button-off' : ''
  }"
    aria-disabled=${isBlocked || nothing} aria-pressed=${on ?? nothing}
    aria-haspopup=${popup ?? nothing} aria-expanded=${expanded ?? nothing}
    data-count=${count || nothing} aria-label=${text} title=${tool.title ?? text}
    @click=${() => onAction(tool)}>${picture}</button>`;
}

export interface SwitchesView extends Pick<ToolbarView, 'watches' | 'term'> {
  readonly audioOnly: boolean;
  readonly microphone: boolean;
  readonly camera: boolean;
}

/** The switches for microphone and camera, in the toolbar and in the lobby. */
export function switchesOf({ microphone, camera, audioOnly, watches, term }: SwitchesView): Tool[] {
  if (watches) return [];
  const sound: Tool = {
    action: 'microphone',
    label: term('callMicrophone'),
    icon: icon(microphone ? 'microphone' : 'microphone-off'),
    on: microphone,
  };
  const picture: Tool = {
    action: 'camera',
    label: term('callCamera'),
    icon: icon(camera ? 'camera' : 'camera-off'),
    on: camera,
  };
  return audioOnly ? [sound] : [sound, picture];
}

/** Divides what the person can do now between the toolbar, in the order of `buttons`, and the menu. */
export function arrangeTools(view: ToolbarView): { readonly shown: readonly Tool[]; readonly rest: readonly Tool[] } {
  const { element, watches, more, term } = view;
  const { microphone, camera, screen, canShareScreen } = view.call;
  const { audioOnly } = element;
  let tools = switchesOf({ microphone, camera, audioOnly, watches, term });
  if (canShareScreen && !audioOnly && !watches)
    tools.push({ action: 'screen', label: term('callScreen'), icon: icon('screen'), on: screen });
  tools = more?.tools(view, tools) ?? tools;
  tools.push({ action: 'leave', label: term('callLeave'), icon: icon('leave') });
  const menu: Tool = {
    action: 'more',
    label: term('callMore'),
    icon: icon('more'),
    popup: 'menu',
    expanded: view.dialog === 'more',
    count: element.waiting.length,
  };
  const find = (names: string): Tool[] =>
    [...new Set(names.toLowerCase().split(/[\s,]+/))].flatMap(
      (name) => [menu, ...tools].find(({ action }) => action === name) ?? [],
    );
  let named = find(element.buttons);
  // A page that misspelt every name must not keep the person in the call.
  if (!named[0]) named = find('more leave');
  const shown = more?.fit(named, menu) ?? named;
  const rest = tools.filter((tool) => !shown.includes(tool));
  // Nobody opens an empty menu. Before it is loaded, nobody knows that it is empty.
  return { shown: rest[0] || !more ? shown : shown.filter((tool) => tool !== menu), rest };
}

export function renderToolbar(view: ToolbarView, tools: readonly Tool[]) {
  const { hidden, element, term, onAction } = view;
  const { room } = element;
  return html`
    <div part="controls" class="controls" role="group" aria-label=${term('callControls')} ?hidden=${hidden}>
      <p class="title" part="title" role="heading" aria-level="2" dir="auto" title=${room}>${room}</p>
      ${hidden ? nothing : html`<div class="tools">${tools.map((tool) => renderButton(tool, onAction))}</div>`}
      <div class="extra"><slot name="controls" @slotchange=${view.onSmall}></slot></div>
    </div>
  `;
}

/**
 * True if `buttons` names a button that is loaded late, or more than the usual six, of which five are shown: these fit
 * into each box that the styles do not take for small. Only names of late buttons have an f,
 * a k, a t or `pi`.
 */
export const hasLateButtons = (buttons: string): boolean => /[fkt]|pi|([^\s,]+[\s,]+){6}[^\s,]/i.test(buttons);
