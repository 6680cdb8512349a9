/**
 * What each person sets for oneself in a call: keys, push to talk, data saver, wake lock, clock, sounds, and being told
 * about speaking while muted.
 *
 * It loads late, because nothing of it is needed to see and hear others. Owns one object for each of these, and when
 * each of them works. Does not own the volume of others (`stage/extras`), or the check of devices and network
 * (`check/`), which it only opens.
 */
import { html, render, type ReactiveController, type ReactiveElement } from 'lit';
import { pagePulse } from '../../controllers/call/page-pulse.ts';
import { prefer, preferences, type Preferences } from '../../controllers/call/preferences.ts';
import { may } from '../../controllers/call/room-permissions.ts';
import type { HandChangeEvent } from '../../events/hands.ts';
import { Capability } from '../../internal/capability.ts';
import { ignore } from '../../internal/ignore.ts';
import type { dress } from '../../internal/look/document-styles.ts';
import { windowOf } from '../../internal/platform.ts';
import { personalTerms } from '../../locales/english/personal.ts';
import { addEnglish } from '../../locales/index.ts';
import type { CallParts } from '../call-view.ts';
import type { More } from '../more/more.ts';
import { isOnlyTouched } from '../more/touch.ts';
import { isInside } from '../more/way-out.ts';
import type { Term, Tool } from '../toolbar.ts';
import { Clock, durationOf } from './clock.ts';
import { Journal } from './journal.ts';
import { actionOf } from './keys.ts';
import './keys-dialog.ts';
import type { KeyRow } from './keys-dialog.ts';
import { MutedNotice, isNoticeOn } from './muted-notice.ts';
import { NoticeLine } from './notice-line.ts';
import { personalStyles, preferenceStyles } from './personal.styles.ts';
import { renderPreferences } from './preferences-view.ts';
import { PushToTalk } from './push-to-talk.ts';
import { SAVED_SIZES, Saver } from './saver.ts';
import type { SoundName } from './sounds.ts';
import { learnLetters, letterOf, titleOf } from './titles.ts';
import { WakeLock } from './wake-lock.ts';

addEnglish(personalTerms);

const sounds = new Capability((_at) => import('./sounds.ts').then(({ Sounds }) => new Sounds()));
const check = new Capability((_at) => import('../check/check.ts'));

/** How long after joining the others, who are there already, make no sound, in milliseconds. */
const ARRIVING_MS = 1_500;

/** When each call of the page began, by the clock of the page. A new element may go on with the call of another. */
const beginnings = new WeakMap<object, number>();

export class Personal implements ReactiveController {
  /** For what `renderPreferences` renders. */
  readonly preferenceStyles = preferenceStyles;
  readonly #parts: CallParts;
  readonly #more: More;
  readonly #talk: PushToTalk;
  readonly #wake = new WakeLock();
  readonly #clock: Clock;
  readonly #notice: MutedNotice;
  /** Says how to talk while the microphone is held. */
  readonly #hint: NoticeLine;
  /** True once the person was told in this call. */
  #isHinted = false;
  readonly #journal: Journal;
  readonly #saver = new Saver();
  #since: number | null = null;
  #endPulse: (() => void) | undefined;
  #end: () => void = ignore;

  constructor(parts: CallParts, more: More, styles: ReturnType<typeof dress>) {
    const { element, call } = parts;
    this.#parts = parts;
    this.#more = more;
    this.#talk = new PushToTalk(parts, () => this.#hintAtHold());
    this.#clock = new Clock(parts);
    this.#notice = new MutedNotice(parts, () => more.smallView);
    this.#hint = new NoticeLine(parts, () => more.smallView);
    this.#journal = new Journal(parts);
    styles.add(personalStyles);
    element.addEventListener('keydown', this.#onKeydown);
    element.addEventListener('hand-change', this.#onHand);
    call.events.on('participant-join', () => this.#sound('join'));
    call.events.on('participant-leave', () => this.#sound('leave'));
    call.events.on('knock', () => this.#sound('knock'));
    void learnLetters(windowOf(element).navigator).then(() => element.requestUpdate(), ignore);
    // Calls `hostConnected`.
    element.addController(this);
    element.requestUpdate();
  }

  hostConnected(): void {
    const { element } = this.#parts;
    this.#end = preferences.subscribe(() => element.requestUpdate());
    // An element that was moved renders nothing by itself.
    element.requestUpdate();
  }

  hostDisconnected(): void {
    this.#end();
    this.#endPulse?.();
    this.#endPulse = undefined;
    this.#wake.follow(null);
    this.#talk.close();
    this.#notice.close();
    this.#hint.hide();
    this.#isHinted = false;
    this.#saver.follow(null);
  }

  /** Before the stage, which is another controller of the element, puts the tiles on their places. */
  hostUpdate(): void {
    this.#parts.stage.saving = this.savesData ? SAVED_SIZES : null;
  }

  hostUpdated(): void {
    const { element, call } = this.#parts;
    if (!element.isConnected) return;
    const { smallView } = this.#more;
    this.#talk.follow(element.pushToTalk && element.role !== 'viewer' ? call.shared : null, smallView);
    // Adding it twice does nothing.
    smallView?.addEventListener('keydown', this.#onKeydown);
    const { stage } = this.#parts;
    // A press on the stage puts the focus there, so that keys work without a button that has the focus.
    if (stage.element) stage.element.tabIndex = element.pushToTalk ? 0 : -1;
    element.renderRoot.querySelector('.base')?.classList.toggle('holds', this.#talk.isActive);
    const { tracks } = call.shared?.media.store.get() ?? { tracks: [] };
    const camera = this.savesData ? tracks.find(({ source }) => source === 'camera') : undefined;
    this.#saver.follow(camera?.track ?? null);
    this.#followCall();
  }

  /** Whether this page asks others for small pictures. A choice of the person takes precedence over the page's. */
  get savesData(): boolean {
    return preferences.get().saveData ?? this.#parts.element.saveData;
  }

  /** Names what a press of each button does, with its key. */
  handleTools(tools: readonly Tool[], term: Term): void {
    for (const tool of tools) {
      // Its name says why a press does nothing, and a press says it again.
      if (tool.isBlocked) continue;
      const title = titleOf(tool, term, !this.#parts.element.noShortcuts, this.#talk.isActive);
      // Others tell more, such as how many people wait.
      if (title !== tool.label) tool.title = title;
      if (tool.action === 'microphone' && this.#talk.isActive) tool.press = this.#talk.handlePress;
    }
  }

  /** @param host what shows it, to be rendered again after a choice */
  renderPreferences(host: ReactiveElement) {
    const { element, term } = this.#parts;
    const choose = (choice: Preferences): void => {
      prefer(choice);
      host.requestUpdate();
    };
    return renderPreferences({
      term,
      savesData: this.savesData,
      isNoticeOn: element.role === 'viewer' || element.pushToTalk ? null : isNoticeOn(),
      hasKeys: !element.noShortcuts && !isOnlyTouched(element),
      onSaveData: (saveData) => choose({ saveData }),
      onNotice: (mutedNotice) => choose({ mutedNotice }),
      onKeys: () => this.openKeys(),
      onCheck: () => this.#parts.actions.carryOut(() => this.openCheck()),
    });
  }

  /** Lists the keys in a dialog. */
  openKeys(): void {
    const { element, term } = this.#parts;
    const texts = [
      ['microphone', 'callKeyMicrophone'],
      ['camera', 'callKeyCamera'],
      ['screen', 'callKeyScreen'],
      ['hand', 'callKeyHand'],
    ] as const;
    const rows: KeyRow[] = texts
      .filter(([action]) => this.#more.has(action) && !(action === 'microphone' && this.#talk.isActive))
      .map(([action, key]) => [letterOf(action)!, term(key)]);
    if (this.#talk.isActive) rows.unshift([term('callSpaceBar'), term('callHoldToTalk')]);
    if (this.#isScreenShown())
      rows.push(
        ['+ − 0', term('callKeyZoom')],
        ['← ↑ → ↓', term('callKeyPan')],
        ...(element.role === 'viewer' ? [] : [['Shift ← ↑ → ↓', term('callKeyPoint')] as const]),
      );
    rows.push(['?', term('callKeyHelp')]);
    const origin = new DocumentFragment();
    render(
      html`<sarangbang-keys-dialog .rows=${rows}
        exportparts="dialog, dialog-title, dialog-text, close-button, icon, key"></sarangbang-keys-dialog>`,
      origin,
    );
    // Within the box, which has the colours and the text style.
    element.renderRoot.querySelector('.box')?.append(origin);
  }

  /** The keys of a screen count on its tile. */
  #isScreenShown(): boolean {
    return this.#parts.call.participants.some(({ isSelf, screen }) => screen && !isSelf);
  }

  /** Opens the check of devices and network in a dialog. @throws CodedError if it cannot be loaded */
  async openCheck(): Promise<void> {
    (await check.load()).openCheck(this.#parts.element);
  }

  /** @throws CodedError `not-in-room`, or why the server does not answer */
  async check() {
    return (await check.load()).runCheck(this.#parts);
  }

  /** Text for a request for support. */
  async diagnose(): Promise<string> {
    const { describeCall } = await check.load();
    const { lastsMs } = this.#clock;
    return describeCall(this.#parts, {
      lines: this.#journal.lines,
      lasts: lastsMs === null ? null : durationOf(lastsMs),
    });
  }

  #followCall(): void {
    const { element, call } = this.#parts;
    const isIn = isInside(this.#parts);
    const { participants, shared } = call;
    if (shared && !isIn) beginnings.delete(shared);
    else if (shared && !beginnings.has(shared)) beginnings.set(shared, performance.now());
    this.#since = (shared && beginnings.get(shared)) ?? null;
    this.#clock.follow(this.#since);
    this.#wake.follow(isIn ? element.ownerDocument : null);
    this.#notice.follow(this.#maySpeak(isIn));
    this.#followHold(isIn);
    if (element.sounds && isIn && participants[0]) sounds.want();
    if (!isIn) this.#endPulse?.();
    this.#endPulse = isIn ? (this.#endPulse ?? pagePulse.add(this.#onBeat)) : undefined;
  }

  /** A microphone that is off looks like one that a press turns on. */
  #followHold(isIn: boolean): void {
    const { microphone, room } = this.#parts.call;
    const isHeld = isIn && this.#talk.isActive && may('microphone', room.snapshot);
    if (!isHeld || microphone) this.#hint.hide();
    // The same call may be left and joined again.
    if (!isIn) this.#isHinted = false;
    if (!isHeld || this.#isHinted) return;
    this.#isHinted = true;
    this.#hintAtHold();
  }

  #hintAtHold(): void {
    const { element, term } = this.#parts;
    const hasKeys = !element.noShortcuts && !isOnlyTouched(element);
    const hasButton = element.renderRoot.querySelector('.controls:not([hidden]) .tool.microphone') !== null;
    if (hasButton) this.#hint.show(term(hasKeys ? 'callHoldHint' : 'callHoldButtonHint'));
    else if (hasKeys) this.#hint.show(term('callHoldSpaceHint'));
  }

  /** Whether the person could be heard but for the microphone that is off. */
  #maySpeak(isIn: boolean): boolean {
    const { element, call } = this.#parts;
    if (!may('microphone', call.room.snapshot)) return false;
    return isIn && element.role !== 'viewer' && !element.pushToTalk;
  }

  readonly #onBeat = (): void => {
    // Whether the microphone is off is told otherwise; whether the page is seen and was pressed is not.
    if (this.#clock.tick() && !this.#parts.call.microphone) this.#notice.follow(this.#maySpeak(true));
  };

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const { element } = this.#parts;
    const view = event.currentTarget as Element;
    const action = isInside(this.#parts) && !element.noShortcuts ? actionOf(event, view) : null;
    if (!action || (action === 'microphone' && this.#talk.isActive)) return;
    // A small window has keys for its buttons.
    if (view !== element && !view.shadowRoot!.querySelector(`.${action}`)) return;
    if (action === 'help') this.openKeys();
    else if (!this.#more.press(action)) return;
    // The page does not act on the same key.
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onHand = ({ raised, participant }: HandChangeEvent): void => {
    if (raised && !participant.isSelf) this.#sound('hand');
  };

  #sound(name: SoundName): void {
    const { element, call } = this.#parts;
    const isArriving = this.#clock.lastsMs === null || this.#clock.lastsMs < ARRIVING_MS;
    if (!element.sounds || (isArriving && name !== 'knock')) return;
    void sounds.load().then((player) => player.play(name, windowOf(element), call.speakerId), ignore);
  }
}
