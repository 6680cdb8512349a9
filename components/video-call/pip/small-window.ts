/**
 * A second view of a call, in a window of its own that stays in front: the participant who matters most, large, and the
 * buttons that are pressed most often.
 *
 * Owns the view, its `<video>` elements, and how large it shows each picture. The sound stays in the page. Does not own
 * the call, nor the window's look (`PageLook`) or its end (`pip.ts`).
 */
import { html, nothing, render, type CSSResult } from 'lit';
import { initialsOf } from '../../internal/look/initials.ts';
import { participantHue } from '../../internal/look/participant-hue.ts';
import { themeStyles } from '../../internal/look/styles.ts';
import { ignore } from '../../internal/ignore.ts';
import type { Shown, Size } from '../../rtc/uplink/shown.ts';
import type { CallParts } from '../call-view.ts';
import { tileMarkStyles } from '../hands/tile-marks.styles.ts';
import { icon } from '../icons.ts';
import type { More } from '../more/more.ts';
import { largeOf } from '../more/way-out.ts';
import { isShownWhole } from '../stage/layout.ts';
import type { SceneTile } from '../stage/stage-scene.ts';
import { isMirrored } from '../stage/tile-states.ts';
import { videoTileStyles } from '../stage/video-tile.styles.ts';
import { arrangeTools, renderButton, type Tool, type ToolbarAction } from '../toolbar.ts';
import { toolbarStyles } from '../toolbar.styles.ts';
import { PageLook } from './page-look.ts';
import { windowStyles } from './pip.styles.ts';

type View = Window & typeof globalThis;

interface DrawnTile {
  readonly frame: HTMLElement;
  readonly video: HTMLVideoElement;
}

/** How a tile is drawn. */
interface Drawing {
  readonly isLarge: boolean;
  /** Its icon marks a raised hand. */
  readonly hand: Tool | undefined;
}

/** The buttons of the window, in this order, of those that the call has. */
const ACTIONS: readonly ToolbarAction[] = ['microphone', 'camera', 'hand', 'leave'];
/** What others send for pictures that may be the large one in a moment: small, so that none begins with nothing. */
const WAITING: Size = [160, 90];
const HIDDEN: Size = [0, 0];
/** How long the page waits at most for the first picture of the window, in milliseconds. */
const FIRST_FRAME_MS = 1_000;
/** How long others go on to send for the window after it was closed, in milliseconds. */
const HANDOVER_MS = 1_500;

export class SmallWindow {
  /** Stands for the element in the window. */
  readonly host: HTMLElement;
  readonly #parts: CallParts;
  readonly #more: More;
  readonly #view: View;
  readonly #root: ShadowRoot;
  readonly #stage: HTMLElement;
  /** How many people are in the call, of whom it shows one, and how many hands are raised. */
  readonly #counts: HTMLElement;
  readonly #controls: HTMLElement;
  readonly #banner: HTMLElement;
  /** Gives screen readers the sentences that the page gives them: most do not read a page that is behind. */
  readonly #status: HTMLElement;
  /** The page's last sentence that is not for this window, or is in it already. */
  #said: string;
  readonly #base: HTMLElement;
  readonly #look: PageLook;
  readonly #back: Tool;
  readonly #drawn = new Map<string, DrawnTile>();
  readonly #shared: CallParts['call']['shared'];

  /** @param back the button that brings the call back into the page */
  constructor(parts: CallParts, more: More, view: View, back: Tool) {
    this.#parts = parts;
    this.#more = more;
    this.#view = view;
    this.#back = back;
    this.#shared = parts.call.shared;
    const { document } = view;
    // Nobody registers the element there: it is only what the page's rules, such as `video-call::part(button)`, match.
    this.host = document.createElement(parts.element.localName);
    this.#root = this.host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [...themeStyles, toolbarStyles, videoTileStyles, tileMarkStyles, windowStyles].map(
      (style) => makeSheet(view, style),
    );
    const make = (className: string, part: string, parent: ParentNode): HTMLElement => {
      const element = document.createElement('div');
      element.className = className;
      if (part) element.part.add(part);
      parent.append(element);
      return element;
    };
    this.#base = make('base inside', 'base', this.#root);
    const box = make('box', '', this.#base);
    this.#stage = make('stage', 'stage', box);
    this.#counts = make('counts', '', box);
    this.#banner = make('banner', 'banner', box);
    this.#controls = make('controls', 'controls', box);
    this.#base.role = 'region';
    this.#stage.role = this.#controls.role = 'group';
    this.#status = make('visually-hidden', '', box);
    this.#banner.role = this.#status.role = 'status';
    this.#said = this.#announcement;
    document.body.replaceChildren(this.host);
    this.#look = new PageLook(parts.element, this.host);
    view.addEventListener('resize', () => this.draw());
    this.draw();
  }

  /** Shows the call as it is now. */
  draw(): void {
    const { element, stage, term, locale } = this.#parts;
    const large = largeOf(stage);
    this.#view.document.title = this.#base.ariaLabel = term('callRegion', element.room);
    this.#base.lang = locale.textLang;
    this.#stage.ariaLabel = term('callParticipants');
    this.#controls.ariaLabel = term('callControls');
    this.#drawBanner();
    this.#repeat();
    const hand = this.#drawTools();
    this.#drawTiles(stage.shown, large, hand);
    this.#drawCounts(hand);
    // With push to talk, a press on the picture puts the focus where the space bar works.
    this.#stage.tabIndex = element.pushToTalk ? 0 : -1;
    this.#tellShown(large);
  }

  /** Resolves when the large picture was drawn, or at once if there is none. */
  async whenDrawn(): Promise<void> {
    const large = largeOf(this.#parts.stage);
    const isShown = large && (large.isScreen ? large.participant.screen : large.participant.camera);
    const { video } = (isShown && this.#drawn.get(large.key)) || {};
    await new Promise<void>((resolve) => {
      video?.requestVideoFrameCallback(() => resolve());
      setTimeout(resolve, video ? FIRST_FRAME_MS : 0);
    });
  }

  close(): void {
    this.#look.close();
    for (const { video } of this.#drawn.values()) video.srcObject = null;
    this.#drawn.clear();
    // The page finds out a moment later that its pictures are seen again. Until then others must not pause them.
    setTimeout(() => this.#shared?.shown.setReport(this, null), HANDOVER_MS);
  }

  /** Each tile keeps its video for as long as it is there: a new one would begin without a picture. */
  #drawTiles(tiles: readonly SceneTile[], large: SceneTile | undefined, hand: Tool | undefined): void {
    for (const [key, { frame, video }] of this.#drawn) {
      if (tiles.some((tile) => tile.key === key)) continue;
      video.srcObject = null;
      frame.remove();
      this.#drawn.delete(key);
    }
    for (const tile of tiles) {
      if (tile.participant.isSelf && tile !== large) continue;
      const drawn = this.#drawn.get(tile.key) ?? this.#addTile(tile.key);
      this.#drawTile(drawn, tile, { isLarge: tile === large, hand });
    }
  }

  #addTile(key: string): DrawnTile {
    const frame = this.#view.document.createElement('div');
    const video = this.#view.document.createElement('video');
    // The sound stays in the page: nobody hears it twice.
    Object.assign(video, { muted: true, autoplay: true, playsInline: true, ariaHidden: 'true' });
    video.part.add('video');
    for (const type of ['loadeddata', 'resize', 'emptied']) video.addEventListener(type, () => this.draw());
    frame.append(video);
    this.#stage.append(frame);
    const drawn = { frame, video };
    this.#drawn.set(key, drawn);
    return drawn;
  }

  #drawTile({ frame, video }: DrawnTile, { participant, isScreen }: SceneTile, { isLarge, hand }: Drawing): void {
    const { term, element, call } = this.#parts;
    const { displayName, isSelf, camera, screen, speaking } = participant;
    const stream = isScreen ? participant.screenStream : participant.stream;
    if (video.srcObject !== stream) {
      video.srcObject = stream;
      if (stream) video.play().catch(ignore);
    }
    const shows = video.videoWidth > 0 && (isScreen ? screen : camera);
    const { innerWidth: width, innerHeight: height } = this.#view;
    const aspect = video.videoHeight ? video.videoWidth / video.videoHeight : 1;
    const isWhole = shows && isShownWhole({ width, height }, { key: '', isScreen, aspect });
    const name = isSelf ? term('callSelf', displayName) : displayName;
    const title = isScreen ? term('callScreenOf', name) : name;
    const classes = { screen: isScreen, shows, whole: isWhole, speaking: speaking && !isScreen };
    frame.className = ['tile', 'frame', ...Object.entries(classes).flatMap(([one, on]) => (on ? [one] : []))].join(' ');
    frame.part.value = ['tile', ...partsOf(participant, isScreen)].join(' ');
    frame.role = 'group';
    frame.ariaLabel = title;
    frame.hidden = !isLarge;
    frame.style.setProperty('--_hue', `${participantHue(participant.id)}`);
    video.classList.toggle('mirrored', !isScreen && isMirrored(participant, element.mirror));
    const isOff = !isScreen && !participant.microphone;
    const place = call.given.find(({ id }) => id === participant.id)?.handPlace;
    const around = html`
      ${isScreen || shows ? nothing : html`<div part="avatar" aria-hidden="true">${initialsOf(displayName)}</div>`}
      <div class="foot"><div part="plate" class="plate">${isOff ? this.#renderOff() : nothing}<span
        part="name" dir="auto">${title}</span></div></div>
      ${
        place && !isScreen
          ? html`<div class="marks"><span part="hand" role="img"
            aria-label=${term('callHandPlace', place)}>${hand?.icon}${place}</span></div>`
          : nothing
      }
      <div part="ring"></div>
    `;
    render(around, frame);
  }

  #renderOff() {
    return html`<span part="badge" class="muted" role="img"
      aria-label=${this.#parts.term('callMicrophoneIsOff')}>${icon('microphone-off')}</span>`;
  }

  #drawCounts(hand: Tool | undefined): void {
    const { call, term } = this.#parts;
    // Of two, the window shows the other one.
    const { length: people } = call.given;
    const { length: hands } = call.given.filter(({ handPlace }) => handPlace);
    const renderCount = (count: number, label: string, picture: unknown) =>
      html`<span part="plate" class="plate" role="img" aria-label=${label}>${picture}${count}</span>`;
    render(
      html`${hands > 0 ? renderCount(hands, term('callPipHands', hands), hand?.icon) : nothing}
      ${people > 2 ? renderCount(people, term('callPipPeople', people), this.#more.peopleIcon) : nothing}`,
      this.#counts,
    );
  }

  /** The sentence of the page's own banner, such as why a press did nothing. */
  #drawBanner(): void {
    const banner = this.#parts.element.renderRoot.querySelector('.banner');
    const text = banner?.querySelector('p')?.textContent ?? '';
    this.#banner.className = text && banner ? banner.className : 'banner quiet';
    render(text ? html`<p part="banner-text">${text}</p>` : nothing, this.#banner);
  }

  get #announcement(): string {
    return this.#parts.element.renderRoot.querySelector('.box > [role=status].visually-hidden')?.textContent ?? '';
  }

  #repeat(): void {
    const text = this.#announcement;
    if (text === this.#said) return;
    this.#said = this.#status.textContent = text;
  }

  /** @returns the tool of the own hand, if the call has one */
  #drawTools(): Tool | undefined {
    const { element, actions } = this.#parts;
    const view = {
      ...this.#parts,
      more: this.#more,
      hidden: false,
      moderates: false,
      watches: element.role === 'viewer',
      dialog: null,
      onSmall: ignore,
      onAction: actions.onToolbar,
    };
    const { shown, rest } = arrangeTools(view);
    const all = [...shown, ...rest];
    const tools = ACTIONS.flatMap((name) => all.find(({ action }) => action === name) ?? []);
    render(
      html`<div class="tools">${[...tools, this.#back].map((tool) => renderButton(tool, actions.onToolbar))}</div>`,
      this.#controls,
    );
    return tools.find(({ action }) => action === 'hand');
  }

  /** The page may be hidden, and then tells that it shows nothing. */
  #tellShown(large: SceneTile | undefined): void {
    const { innerWidth, innerHeight, devicePixelRatio } = this.#view;
    const full: Size = [Math.ceil(innerWidth * devicePixelRatio), Math.ceil(innerHeight * devicePixelRatio)];
    const { saving } = this.#parts.stage;
    const front = saving ? smallerOf(full, saving.front) : full;
    const report = new Map<string, Shown>();
    for (const { id, isSelf, screen } of this.#parts.call.participants) {
      if (isSelf) continue;
      const isLarge = large?.participant.id === id;
      const camera = isLarge && !large.isScreen ? front : WAITING;
      report.set(id, screen ? { camera, screen: isLarge && large.isScreen ? full : HIDDEN } : { camera });
    }
    this.#shared?.shown.setReport(this, report);
  }
}

const smallerOf = ([width, height]: Size, [w, h]: Size): Size => [Math.min(width, w), Math.min(height, h)];

function partsOf({ microphone, speaking }: SceneTile['participant'], isScreen: boolean): string[] {
  if (isScreen) return ['tile-screen'];
  return [...(speaking ? ['tile-speaking'] : []), ...(microphone ? [] : ['tile-muted'])];
}

function makeSheet(view: View, { cssText }: CSSResult): CSSStyleSheet {
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(cssText);
  return sheet;
}
