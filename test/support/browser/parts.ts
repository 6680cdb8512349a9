/** For tests of parts: what a stylesheet of the page reaches inside an element, and what it does not reach. */

/** Parts that are an area of many pieces. A text in one of them needs a part of its own. */
const AREAS: Readonly<Record<string, readonly string[]>> = {
  'video-call': [
    ...['base', 'stage', 'seat', 'presenting', 'controls', 'prejoin', 'banner', 'menu', 'dialog', 'dialog-section'],
    ...['waiting', 'knock', 'participant', 'question', 'tile', 'preview', 'device-field'],
  ],
  'chat-room': [
    ...['base', 'header', 'participants', 'waiting', 'knock', 'banner', 'empty', 'log', 'message', 'announcement'],
    ...['editor', 'question', 'composer', 'rename'],
  ],
  'room-list': ['base', 'composer', 'list', 'empty'],
  'device-picker': ['base', 'field'],
};

/** A value that no style of ours has. */
const INK = 'rgb(1, 2, 3)';

/** An image that a page puts in the place of icons. */
const IMAGE = `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E")`;

/** The names in the table of icons, of the elements whose cell matches. */
async function documentedIcons(elements: RegExp): Promise<string[]> {
  const text = await (await fetch('/components/styling.md')).text();
  const table = text.split('\n## Icons\n')[1]!.split('| element | names |')[1]!.split('\n\n')[0]!;
  const rows = table.split('\n').filter((row) => elements.test(row.split('|')[1] ?? ''));
  return rows.flatMap((row) => [...row.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!));
}

/** The names in the first columns of the tables of parts in the README of the elements. */
export async function documentedParts(tagName: string): Promise<string[]> {
  const text = await (await fetch('/components/README.md')).text();
  const chapter = text.split(`### \`<${tagName}>\``)[1]!.split('\n### ')[0]!;
  const table = chapter.split('| part | |\n')[1]!.split('\n\n')[0]!;
  return table
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name!));
}

/** The parent across shadow roots. */
const parentOf = (element: Element): Element | null =>
  element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;

/** What a page calls the part `name` of an element in a shadow root of `host`. */
function exported(host: Element, name: string): string[] {
  const rules = host.getAttribute('exportparts')?.split(',') ?? [];
  return rules.flatMap((rule) => {
    const [inner = '', outer = inner] = rule.split(':').map((word) => word.trim());
    return inner === name ? [outer] : [];
  });
}

/** The names under which a page reaches an element inside `outer`. */
function partsOn(element: Element, outer: Element): string[] {
  let names = [...element.part];
  for (let { host } = element.getRootNode() as ShadowRoot; host !== outer; { host } = host.getRootNode() as ShadowRoot)
    names = names.flatMap((name) => exported(host, name));
  return names;
}

function* everythingIn(root: ParentNode): Generator<Element> {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* everythingIn(element.shadowRoot);
  }
}

const hasColour = (value: string): boolean => !/^(?:transparent|rgba\(.*, 0\)|.*\/ 0\))$/.test(value);

/** Whether it has more than a colour behind it. */
function hasFrame(style: CSSStyleDeclaration): boolean {
  const hasBorder = (['Top', 'Right', 'Bottom', 'Left'] as const).some(
    (side) =>
      style[`border${side}Style`] !== 'none' &&
      parseFloat(style[`border${side}Width`]) > 0 &&
      hasColour(style[`border${side}Color`]),
  );
  return hasBorder || style.backgroundImage !== 'none' || style.boxShadow !== 'none';
}

/** Whether an element, or a pseudo-element of it, is drawn as a box. */
function isBox(element: Element, pseudo?: string): boolean {
  const style = getComputedStyle(element, pseudo);
  if (pseudo && (style.content === 'none' || style.display === 'none' || style.opacity === '0')) return false;
  return hasColour(style.backgroundColor) || hasFrame(style);
}

const DRAWN = ['svg', 'canvas', 'video', 'input', 'select', 'textarea'];

function isSeen(element: Element): boolean {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const { width, height } = element.getBoundingClientRect();
  if (width <= 1 || height <= 1) return false;
  for (let one: Element | null = element; one; one = parentOf(one))
    if (getComputedStyle(one).clipPath.startsWith('inset(50%')) return false;
  return true;
}

const hasText = (element: Element): boolean =>
  [...element.childNodes].some(({ nodeType, nodeValue }) => nodeType === Node.TEXT_NODE && nodeValue!.trim());

const describeElement = (element: Element): string =>
  `<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${element.textContent.trim().slice(0, 30)}`;

class PartsSurvey {
  /** The parts that a stylesheet of the page has styled so far. */
  readonly reached = new Set<string>();
  /** What is seen and reached by no part. */
  readonly missed = new Set<string>();
  /** The names of icons that an image of the page has replaced so far. */
  readonly icons = new Set<string>();
  readonly #host: Element;
  readonly #sheet = new CSSStyleSheet();
  readonly #excused: string;

  /** @param excused selector of what is not looked at */
  constructor(host: Element, excused = 'never') {
    this.#host = host;
    this.#excused = excused;
    document.adoptedStyleSheets.push(this.#sheet);
  }

  close(): void {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
  }

  /** Looks at everything that is seen now. */
  look(where: string): void {
    const seen = [...everythingIn(this.#host.shadowRoot!)].filter((element) => this.#counts(element));
    for (const element of seen)
      for (const name of partsOn(element, this.#host)) if (!this.reached.has(name)) this.#style(element, name);
    for (const element of seen)
      if (element instanceof SVGElement && element.matches('.icon')) this.#replace(element, where);
    for (const element of seen) {
      const parts = partsOn(element, this.#host);
      const isDrawn =
        DRAWN.includes(element.localName) || isBox(element) || isBox(element, '::before') || isBox(element, '::after');
      if (isDrawn && parts.length === 0 && !this.#takesAfter(element))
        this.missed.add(`${where}: the box of ${describeElement(element)}`);
      if (element.localName !== 'option' && hasText(element) && !this.#inks(element))
        this.missed.add(`${where}: the text of ${describeElement(element)}`);
    }
  }

  #counts(element: Element): boolean {
    if (element.closest(this.#excused) || (element.parentElement && element.parentElement.closest('svg'))) return false;
    for (let one: Element | null = element; one && one !== this.#host; one = parentOf(one))
      if (one.matches(this.#excused)) return false;
    return isSeen(element);
  }

  #rule(name: string, declaration: string): void {
    this.#sheet.replaceSync(`${this.#host.localName}::part(${name}) { ${declaration} }`);
  }

  /** Styles one part from outside, and reads it back. */
  #style(element: Element, name: string): void {
    this.#rule(name, 'scroll-margin: 7px 6px 5px 4px');
    if (getComputedStyle(element).scrollMargin === '7px 6px 5px 4px') this.reached.add(name);
    this.#sheet.replaceSync('');
  }

  /** Whether an element is a box only by the background that a page gives to the part around it. */
  #takesAfter(element: Element): boolean {
    const { parentElement } = element;
    const [name] = parentElement ? partsOn(parentElement, this.#host) : [];
    if (!name || hasFrame(getComputedStyle(element))) return false;
    this.#rule(name, 'background: rgb(7, 6, 5)');
    const follows = getComputedStyle(element).backgroundColor === 'rgb(7, 6, 5)';
    this.#sheet.replaceSync('');
    return follows;
  }

  /** Replaces an icon from outside, and reads back that the image and not the drawing is seen; then the reverse. */
  #replace(icon: SVGElement, where: string): void {
    const name = /^var\(--sarangbang-icon-([\w-]+)\)$/.exec(icon.style.getPropertyValue('--_icon').trim())?.[1] ?? '';
    const drawing = getComputedStyle(icon.querySelector('path')!);
    const own = getComputedStyle(icon);
    const isDrawn = () => own.maskImage === 'none' && own.backgroundImage === 'none' && !drawing.stroke.includes('url');
    const wasDrawn = isDrawn();
    document.documentElement.style.setProperty(`--sarangbang-icon-${name}`, IMAGE);
    const isReplaced =
      own.maskImage.startsWith('url') && drawing.stroke.endsWith('none') && drawing.fill.endsWith('none');
    document.documentElement.style.removeProperty(`--sarangbang-icon-${name}`);
    if (wasDrawn && isReplaced && isDrawn()) this.icons.add(name);
    else this.missed.add(`${where}: the icon ${name}`);
  }

  /** Whether a part that is no area gives the text of an element its colour. */
  #inks(element: Element): boolean {
    const areas = AREAS[this.#host.localName]!;
    for (let one: Element | null = element; one && one !== this.#host; one = parentOf(one)) {
      const names = partsOn(one, this.#host).filter((name) => !areas.includes(name));
      if (names.length === 0) continue;
      return names.some((name) => {
        this.#rule(name, `color: ${INK}; transition: none`);
        const { color } = getComputedStyle(element);
        this.#sheet.replaceSync('');
        return color === INK;
      });
    }
    return false;
  }
}

const surveys: PartsSurvey[] = [];
/** The icons that the surveys of this file have replaced. */
const replaced = new Set<string>();

/** Begins to look at an element. @param excused selector of what is not looked at */
export function survey(host: Element, excused?: string): PartsSurvey {
  const made = new PartsSurvey(host, excused);
  surveys.push(made);
  return made;
}

/** Ends all surveys. Each test does it at its end. */
export function endSurveys(): void {
  for (const made of surveys.splice(0)) {
    for (const name of made.icons) replaced.add(name);
    made.close();
  }
}

/** The documented icons that no survey of this file has replaced. */
export const iconsNotReplaced = async (elements: RegExp): Promise<string[]> =>
  (await documentedIcons(elements)).filter((name) => !replaced.has(name));

/** What a survey missed, and the documented parts that it did not meet. @param elsewhere parts that it need not meet */
export async function findingsOf(made: PartsSurvey, tagName: string, elsewhere: readonly string[]) {
  const documented = await documentedParts(tagName);
  if (documented.length < 6) throw new Error('the README has no table');
  return {
    missed: [...made.missed],
    unmet: documented.filter((name) => !made.reached.has(name) && !elsewhere.includes(name)),
  };
}

export const NOTHING = { missed: [], unmet: [] };

/** Devices without names, as a page sees them that has no permission. */
export function hideNames(): void {
  const kinds = ['audioinput', 'videoinput', 'audiooutput'] as const;
  navigator.mediaDevices.enumerateDevices = async () =>
    kinds.map((kind) => ({ kind, deviceId: '', label: '', groupId: '', toJSON: () => kind }));
}
