/** What the elements do to the page around them, and what the page around them does to the elements. */
import { expect } from 'chai';
import '../../components/index.ts';
import type { VideoCall } from '../../components/video-call/video-call.ts';
import { freshRoom, reaches } from '../support/browser/calls.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

const ELEMENTS = ['video-call', 'chat-room', 'room-list', 'device-picker'] as const;

/** Ways in which pages give an element its place; `*` stands where the element does. */
const LAYOUTS: Record<string, string> = {
  'a grid of 1fr and a sidebar':
    '<main style="display: grid; grid-template-columns: 1fr 340px; inline-size: 760px; block-size: 600px">*' +
    '<aside>side</aside></main>',
  'a sidebar and a grid of 1fr, by its rows':
    '<main style="display: grid; grid-template: auto 1fr auto / 200px 1fr; inline-size: 700px; block-size: 500px">' +
    '<p>head</p><p>head</p><aside>side</aside>*<p>foot</p><p>foot</p></main>',
  'a row of a flexible box':
    '<main style="display: flex; inline-size: 720px; block-size: 560px">*' +
    '<aside style="flex: none; inline-size: 300px">side</aside></main>',
  'a column of a flexible box':
    '<main style="display: flex; flex-direction: column; inline-size: 780px; block-size: 420px">' +
    '<p>head</p>*<p>foot</p></main>',
  'two columns of a flexible box, one beside the other':
    '<main style="display: flex; block-size: 640px; inline-size: 780px"><div style="flex: 1; display: flex">*</div>' +
    '<div style="flex: 1">more</div></main>',
  'cells of a dashboard':
    '<main style="display: grid; grid: repeat(2, 1fr) / repeat(3, 1fr); gap: 8px; inline-size: 780px; ' +
    'block-size: 480px">' +
    '<p>one</p>*<p>three</p><p>four</p><p>five</p><p>six</p></main>',
  'a dialog as wide as what is in it': '<dialog open style="block-size: 500px">*<p>below</p></dialog>',
  'a dialog of a given size':
    '<dialog open style="inline-size: 500px; block-size: 400px; ' +
    'display: flex; flex-direction: column">*<p>below</p></dialog>',
  'a card that is transformed':
    '<div style="transform: scale(0.8) rotate(2deg); inline-size: 600px; block-size: 700px">*</div><p>below</p>',
  'a float': '<div style="float: left; block-size: 620px">*</div><p>beside</p>',
  'a box that is as wide as what is in it':
    '<div style="inline-size: fit-content; block-size: 640px">*</div><p>below</p>',
  'a cell of a table':
    '<table style="inline-size: 700px; block-size: 720px"><tr><td>*</td><td>beside</td></tr></table>',
};

/** Layouts that give the element no height, and some of them no width. */
const PLAIN_LAYOUTS: Record<string, string> = {
  'a column of a blog':
    '<article style="max-inline-size: 44rem; margin: auto"><h1>Post</h1><p>text</p>*<p>text</p></article>',
  'a narrow column': '<article style="inline-size: 30rem">*<p>text</p></article>',
  'the column of a phone': '<article style="inline-size: 390px"><p>text</p>*<p>text</p></article>',
  'an open dialog': '<dialog open>*<p>below</p></dialog>',
  'a modal dialog': '<dialog id="modal">*<p>below</p></dialog>',
  'a popover': '<div popover="manual" style="display: block">*<p>below</p></div>',
  'a float': '<div style="float: left">*</div><p>beside</p>',
  'an inline block': '<div style="display: inline-block">*</div><p>below</p>',
  'a box that is as wide as what is in it': '<div style="inline-size: fit-content">*</div><p>below</p>',
  'a row of a flexible box': '<main style="display: flex">*<aside>side</aside></main>',
  'a cell of a table': '<table><tr><td>*</td><td>beside</td></tr></table>',
};

/** The style with which pages make an element fill its place. */
const FILL = 'flex: 1; block-size: 100%';

let fixture: HTMLElement;

beforeEach(() => {
  fixture = document.createElement('section');
  document.body.append(fixture);
});

afterEach(async () => {
  const calls = [...fixture.querySelectorAll('video-call')];
  fixture.remove();
  document.documentElement.removeAttribute('style');
  for (const call of calls) if (call.state !== 'failed') await reaches(call, 'idle');
});

async function place(layout: string, style = FILL): Promise<VideoCall> {
  fixture.innerHTML = layout.replace('*', `<video-call style="${style}" camera-off muted></video-call>`);
  const call = fixture.querySelector('video-call')!;
  call.server = await serverUrl();
  call.room = freshRoom();
  await reaches(call, 'prejoin');
  await call.updateComplete;
  return call;
}

/** The boxes of all elements of the page, in whole pixels. */
function boxes(sides: readonly ('x' | 'y' | 'width' | 'height')[] = ['x', 'y', 'width', 'height']): string[] {
  return [...fixture.querySelectorAll('*'), fixture].map((element) => {
    const box = element.getBoundingClientRect();
    return `${element.localName} ${sides.map((side) => Math.round(box[side])).join(' ')}`;
  });
}

async function settle(call: VideoCall, state: VideoCall['state']): Promise<void> {
  await reaches(call, state);
  await call.updateComplete;
  // The stage measures itself after a frame and places its tiles.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

describe('joining and leaving a call moves no box of the page', () => {
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    it(name, async () => {
      const call = await place(layout);
      const before = boxes();
      await call.join();
      await settle(call, 'joined');
      expect(boxes(), 'joined').to.deep.equal(before);
      await call.leave();
      await settle(call, 'left');
      expect(boxes(), 'left').to.deep.equal(before);
    });
  }

  for (const [name, layout] of Object.entries(PLAIN_LAYOUTS)) {
    it(`that gives it no height: ${name}`, async () => {
      fixture.innerHTML = layout.replace('*', '<video-call></video-call>');
      const call = fixture.querySelector('video-call')!;
      fixture.querySelector<HTMLDialogElement>('#modal')?.showModal();
      await call.updateComplete;
      const before = boxes();
      call.server = await serverUrl();
      call.room = freshRoom();
      await settle(call, 'prejoin');
      expect(boxes(), 'in the lobby').to.deep.equal(before);
      await call.join();
      await settle(call, 'joined');
      expect(boxes(), 'joined').to.deep.equal(before);
      await call.leave();
      await settle(call, 'left');
      expect(boxes(), 'left').to.deep.equal(before);
    });
  }

  it('and in a column of a blog it has the shape of a picture', async () => {
    const call = await place('<article style="inline-size: 44rem"><h1>Post</h1><p>text</p>*<p>text</p></article>', '');
    await call.join();
    await settle(call, 'joined');
    const { width, height } = call.getBoundingClientRect();
    expect(width / height, 'shape').to.be.closeTo(1.6, 0.01);
  });
});

/** CSS properties that elements inherit, each with a value that must not reach the inside of our elements. */
const INHERITED: Record<string, string> = {
  'border-collapse': 'collapse',
  'border-spacing': '7px',
  'caret-color': 'red',
  color: 'red',
  cursor: 'wait',
  'font-family': 'cursive',
  'font-feature-settings': '"smcp"',
  'font-kerning': 'none',
  'font-size': '7px',
  'font-stretch': '200%',
  'font-style': 'italic',
  'font-variant': 'small-caps',
  'font-weight': '900',
  hyphens: 'auto',
  'letter-spacing': '5px',
  'line-break': 'anywhere',
  'line-height': '40px',
  'list-style': 'square inside',
  'overflow-wrap': 'break-word',
  quotes: 'none',
  'tab-size': '20',
  'text-align': 'center',
  'text-align-last': 'right',
  'text-emphasis': 'dot',
  'text-indent': '30px',
  'text-rendering': 'geometricPrecision',
  'text-shadow': '2px 2px red',
  'text-transform': 'uppercase',
  'text-wrap': 'nowrap',
  'user-select': 'none',
  'white-space': 'nowrap',
  'word-break': 'break-all',
  'word-spacing': '9px',
  '-webkit-text-fill-color': 'red',
  '-webkit-text-stroke': '2px red',
  'writing-mode': 'vertical-rl',
};

/** All elements in an element's shadow root, and in those of its inner elements. */
function inside(host: Element): Element[] {
  const own = [...host.shadowRoot!.querySelectorAll('*')];
  return own.flatMap((element) => (element.shadowRoot ? [element, ...inside(element)] : [element]));
}

async function mount(name: (typeof ELEMENTS)[number], parent: HTMLElement): Promise<HTMLElement> {
  const element = document.createElement(name);
  Object.assign(element, { server: await serverUrl(), room: 'hall' });
  element.setAttribute('camera-off', '');
  element.setAttribute('muted', '');
  parent.append(element);
  await element.updateComplete;
  if ('state' in element) await eventually(`${name} is in`, () => ['prejoin', 'joined'].includes(element.state));
  if (name === 'video-call')
    await eventually('what its lobby loads late', () =>
      ['.people', '.allow, .devices'].every((part) => element.shadowRoot!.querySelector(part)),
    );
  await element.updateComplete;
  return element;
}

/** Two elements of this name. The parent of `strange` gets unusual styles, that of `plain` does not. */
async function pair(name: (typeof ELEMENTS)[number]) {
  const [first, parent] = [document.createElement('div'), document.createElement('div')];
  fixture.append(first, parent);
  const [plain, strange] = [await mount(name, first), await mount(name, parent)];
  for (const element of [plain, strange]) element.style.width = '600px';
  return { plain, strange, parent };
}

function readStyles(host: HTMLElement, names: readonly string[]): string[] {
  return inside(host).flatMap((element) => {
    const style = getComputedStyle(element);
    const name = `${element.localName}.${element.getAttribute('class') ?? ''}`;
    return names.map((property) => `${name} ${property}: ${style.getPropertyValue(property)}`);
  });
}

function expectSame(found: readonly string[], wanted: readonly string[], what: string): void {
  expect(found.length, what).to.equal(wanted.length);
  const others = found.flatMap((style, index) =>
    style === wanted[index] ? [] : `${style} instead of ${wanted[index]}`,
  );
  expect(others.slice(0, 20), what).to.deep.equal([]);
}

describe('what the page says of its text does not come in', () => {
  for (const name of ELEMENTS) {
    it(`into <${name}>`, async () => {
      const { plain, strange, parent } = await pair(name);
      const names = Object.keys(INHERITED);
      const before = getComputedStyle(parent);
      const unset = names.map((property) => before.getPropertyValue(property));
      for (const [property, value] of Object.entries(INHERITED)) parent.style.setProperty(property, value);
      const set = getComputedStyle(parent);
      const ignored = names.filter((property, index) => set.getPropertyValue(property) === unset[index]);
      expect(ignored, 'what the page sets in vain').to.deep.equal([]);
      expect(inside(strange).length, 'something to look at').to.be.above(3);
      expectSame(readStyles(strange, names), readStyles(plain, names), 'inside');
    });

    it(`but <${name}> is hidden, tinted and let through with the page`, async () => {
      const { strange, parent } = await pair(name);
      parent.style.cssText += 'visibility: hidden; color-scheme: dark; pointer-events: none';
      const { visibility, colorScheme, pointerEvents } = getComputedStyle(strange.shadowRoot!.querySelector('.base')!);
      expect([visibility, colorScheme, pointerEvents]).to.deep.equal(['hidden', 'dark', 'none']);
    });
  }
});

const SIZES = [
  'font-size',
  'line-height',
  'inline-size',
  'block-size',
  'min-block-size',
  'padding-inline-start',
  'padding-block-start',
  'margin-block-start',
  'column-gap',
  'border-start-start-radius',
];

describe('the size of text of the root element', () => {
  for (const name of ELEMENTS) {
    it(`makes nothing of <${name}> smaller than it is at 16 px`, async () => {
      const { plain } = await pair(name);
      const usual = readStyles(plain, SIZES);
      for (const size of ['62.5%', '10px', '1px']) {
        document.documentElement.style.fontSize = size;
        expectSame(readStyles(plain, SIZES), usual, size);
      }
    });

    it(`makes the text of <${name}> larger`, async () => {
      const { plain } = await pair(name);
      // In a small box, buttons stay as small as they need to be to fit.
      plain.style.cssText += 'inline-size: 900px; block-size: 900px';
      const base = plain.shadowRoot!.querySelector('.base')!;
      const sizeOf = () => Number.parseFloat(getComputedStyle(base).fontSize);
      expect(sizeOf()).to.equal(15);
      document.documentElement.style.fontSize = '200%';
      expect(sizeOf()).to.equal(30);
      const controls = inside(plain).filter(({ localName }) => localName === 'button' || localName === 'input');
      for (const button of controls) {
        if (button.checkVisibility())
          expect(button.getBoundingClientRect().height, button.outerHTML).to.be.at.least(64);
      }
    });
  }
});
