/** A call in a small window: a popup stands for the window that stays in front, which needs a press of a person. */
import { expect } from 'chai';
import type { PictureInPictureChangeEvent } from '../../../components/events.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { ShownPictures } from '../../../components/rtc/uplink/shown-pictures.ts';
import type { Shown } from '../../../components/rtc/uplink/shown.ts';
import { SmallWindow } from '../../../components/video-call/pip/small-window.ts';
import {
  codeOf,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  together,
  type CallFields,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

type View = Window & typeof globalThis;
type PipWindow = { documentPictureInPicture?: { requestWindow(): Promise<Window> } };

let windows: View[] = [];
let sheets: CSSStyleSheet[] = [];
const page = window as PipWindow & Window;
const real = Object.getOwnPropertyDescriptor(window, 'documentPictureInPicture');

beforeEach(() => {
  windows = [];
  sheets = [...document.adoptedStyleSheets];
  Object.defineProperty(window, 'documentPictureInPicture', {
    configurable: true,
    value: Object.assign(new EventTarget(), {
      requestWindow: async () => {
        const view = window.open('', '', 'width=400,height=300') as View;
        windows.push(view);
        return view;
      },
    }),
  });
});

afterEach(async () => {
  await removeCalls();
  for (const view of windows) view.close();
  document.adoptedStyleSheets = sheets;
  document.documentElement.classList.remove('dark');
  if (real) Object.defineProperty(window, 'documentPictureInPicture', real);
  else delete page.documentPictureInPicture;
});

const hostIn = (view: View): HTMLElement => view.document.querySelector<HTMLElement>('video-call')!;
const activesOf = (events: readonly Event[]) => (events as PictureInPictureChangeEvent[]).map(({ active }) => active);

/** A call of two that is in a small window. */
async function out({ attributes, parent = document.body }: CallFields = {}) {
  const call = await joinedCall({ attributes: { muted: '', ...attributes }, parent });
  const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '', 'display-name': 'Bo' } });
  await together(call, other);
  const heard = listen(call, 'picture-in-picture-change');
  await call.requestPictureInPicture();
  const view = windows[0]!;
  return { call, other, heard, view, host: hostIn(view) };
}

const isPlaying = (host: Element): boolean => {
  const video = partsOf(host, 'tile')
    .find((tile) => !tile.hidden)
    ?.querySelector('video');
  return Boolean(video && video.videoWidth > 0 && !video.paused && video.muted && video.currentTime > 0);
};

describe('a call in a small window', () => {
  it('shows the other participant there, with buttons, and says in the page where it went', async () => {
    const { call, heard, view, host } = await out();
    expect(activesOf(heard)).to.deep.equal([true]);
    await eventually('a moving picture', () => isPlaying(host));
    expect(partOf(host, 'name').textContent).to.equal('Bo');
    expect(view.document.title).to.equal(`Call: ${call.room}`);
    const names = partsOf(host, 'button').map(({ ariaLabel }) => ariaLabel);
    expect(names).to.deep.equal(['Microphone', 'Camera', 'Raise hand', 'Leave', 'Bring the call back']);
    partOf(host, 'hand-button').click();
    await eventually('the hand of the call', () => call.participants[0]!.hand);
    await eventually('the button of the hand knows', () => partOf(host, 'hand-button').ariaPressed === 'true');
    partOf(host, 'microphone-button').click();
    await eventually('the microphone is on', () => call.participants[0]!.microphone);
    await eventually('the button knows', () => partOf(host, 'microphone-button').ariaPressed === 'true');
    expect(partOf(call, 'pip-text').textContent).to.equal('The call is in a small window.');
    partOf(host, 'pip-button').click();
    await eventually('back', () => heard.length === 2);
    expect(activesOf(heard)).to.deep.equal([true, false]);
    expect(partsOf(call, 'pip-place')).to.have.length(0);
    await eventually('the window is closed', () => view.closed);
    expect(call.state).to.equal('joined');
  });

  it('says there why a person may not speak, and opens no microphone', async () => {
    const ann = await joinedCall({ attributes: { muted: '' } });
    const ben = await joinedCall({ room: ann.room, other: true, attributes: { muted: '', 'display-name': 'Ben' } });
    await together(ann, ben);
    await ann.setPermission('microphone', 'moderators');
    await eventually('Ben knows', () => ben.permissions.microphone === 'moderators');
    await ben.requestPictureInPicture();
    const button = () => partOf(hostIn(windows[0]!), 'microphone-button');
    await eventually('the reason', () => button().ariaLabel!.includes('Only moderators can speak'));
    expect(button().getAttribute('aria-disabled')).to.equal('true');
    button().click();
    const sentence = (call: Element) => partsOf(call, 'banner-text')[0]?.textContent ?? '';
    await eventually('the sentence', () => sentence(ben).includes('Only moderators can speak'));
    await eventually('the sentence there', () => sentence(hostIn(windows[0]!)) === sentence(ben));
    partOf(ben, 'banner-button').click();
    await eventually('no sentence', () => sentence(hostIn(windows[0]!)) === '');
    expect(ben.participants[0]!.microphone).to.equal(false);
  });

  const ENDS: Readonly<Record<string, (call: VideoCall, view: View) => unknown>> = {
    'the method': (call) => call.exitPictureInPicture(),
    'the command': (call) =>
      call.dispatchEvent(Object.assign(new Event('command'), { command: '--toggle-picture-in-picture' })),
    'the button in the page': (call) => eventually('the button', () => (partOf(call, 'pip-button').click(), true)),
    leaving: (call) => call.leave(),
    'removing the element': (call) => call.remove(),
    'closing the window': (_call, view) => view.close(),
  };
  it('ends by the button, the method, the command, leaving, removing and closing, and leaves nothing', async () => {
    for (const [how, end] of Object.entries(ENDS)) {
      const { call, other, heard, view } = await out();
      await end(call, view);
      await eventually(`the end by ${how}`, () => activesOf(heard).join() === 'true,false' && view.closed);
      expect(partsOf(call, 'pip-place'), how).to.have.length(0);
      expect(other.state, 'the other one').to.equal('joined');
      await removeCalls();
      windows = [];
    }
  }).timeout(60_000);

  it('looks as the page wants: its sheets, its theme on any ancestor, and rules for parts', async () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      @layer base { video-call::part(leave-button) { outline: 3px solid rgb(1, 2, 3); } }
      .dark video-call::part(name) { color: rgb(4, 5, 6); }
      .frame-of-page video-call::part(plate) { color: rgb(7, 8, 9); }
      .frame-of-page { --sarangbang-accent: rgb(10, 20, 30); }
    `);
    document.adoptedStyleSheets = [...sheets, sheet];
    const { call, view, host } = await out();
    const around = document.createElement('div');
    around.className = 'frame-of-page';
    const style = (part: string) => view.getComputedStyle(partOf(host, part));
    expect(style('leave-button').outlineColor).to.equal('rgb(1, 2, 3)');
    const plain = style('name').color;
    document.documentElement.classList.add('dark');
    await eventually('the dark theme', () => style('name').color === 'rgb(4, 5, 6)');
    expect(plain).to.not.equal('rgb(4, 5, 6)');
    expect(style('plate').color, 'another ancestor does not count').to.not.equal('rgb(7, 8, 9)');
    await call.exitPictureInPicture();
    call.before(around);
    around.append(call);
    await call.updateComplete;
    await call.requestPictureInPicture();
    const again = hostIn(windows[1]!);
    expect(getComputedStyle(again).getPropertyValue('--sarangbang-accent')).to.equal('rgb(10, 20, 30)');
    expect(windows[1]!.getComputedStyle(again).position).to.equal('fixed');
    around.replaceWith(call);
  });

  it('shows what the person pinned, or a shared screen, without a new video for those it has', async () => {
    const { call, other, host } = await out();
    await eventually('a moving picture', () => isPlaying(host));
    const video = host.shadowRoot!.querySelector('video');
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.fillRect(0, 0, 10, 10);
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    const large = () => partsOf(host, 'tile').find((tile) => !tile.hidden)!;
    try {
      await other.toggleScreenShare(true);
      await eventually('the screen', () => large().part.contains('tile-screen'));
      call.pin(call.participants[1]!.id);
      await eventually('the pinned picture', () => !large().part.contains('tile-screen'));
      expect(large().querySelector('video') === video, 'the same video').to.equal(true);
      await other.toggleCamera(false);
      await eventually('the avatar', () => large().querySelector('[part="avatar"]')?.textContent === 'B');
    } finally {
      delete (navigator.mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    }
  });

  it('goes on when people leave, is one window however often it is asked for, and ends with the room', async () => {
    const call = await joinedCall({ attributes: { muted: '' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '', 'display-name': 'Bo' } });
    await together(call, other);
    const heard = listen(call, 'picture-in-picture-change');
    await Promise.all([call.requestPictureInPicture(), call.requestPictureInPicture()]);
    await call.requestPictureInPicture();
    expect(windows).to.have.length(1);
    const host = hostIn(windows[0]!);
    await eventually('a moving picture', () => isPlaying(host));
    await other.leave();
    await eventually('the own picture', () => {
      const tiles = partsOf(host, 'tile').filter((tile) => !tile.hidden);
      return tiles.length === 1 && tiles[0]!.querySelector('video')!.className.includes('mirrored');
    });
    expect(activesOf(heard)).to.deep.equal([true]);
    call.room = freshRoom();
    await eventually('the end', () => activesOf(heard).join() === 'true,false' && windows[0]!.closed);
    await reaches(call, 'joined');
    expect(partsOf(call, 'pip-place')).to.have.length(0);
    // And at once back, if the page changes its mind while the window opens.
    const going = call.requestPictureInPicture();
    await call.exitPictureInPicture();
    await going;
    await eventually('no window', () => windows[1]!.closed);
    expect(activesOf(heard)).to.deep.equal([true, false, true, false]);
  });

  it('fills the window whatever the page does with its element and its body', async () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      body { transform: translateX(3px); padding: 20px; }
      .away video-call { display: none !important; inline-size: 100px !important; position: static !important; }
    `);
    document.adoptedStyleSheets = [...sheets, sheet];
    document.body.classList.add('away');
    const { call, view, host } = await out();
    call.hidden = call.inert = true;
    document.body.classList.remove('away');
    await eventually('the class of the body', () => !view.document.body.classList.contains('away'));
    document.body.classList.add('away');
    await eventually('the class again', () => view.document.body.classList.contains('away'));
    const { x, y, width, height } = host.getBoundingClientRect();
    expect([x, y, width, height]).to.deep.equal([0, 0, view.innerWidth, view.innerHeight]);
    expect(host.inert).to.equal(false);
    document.body.classList.remove('away');
  });

  it('follows a theme on an ancestor, a sheet that loads later, and imported sheets', async () => {
    const around = document.createElement('div');
    document.body.append(around);
    const { call, view, host } = await out({ parent: around });
    const accent = () => view.getComputedStyle(host).getPropertyValue('--sarangbang-accent');
    around.style.setProperty('--sarangbang-accent', 'rgb(1, 1, 1)');
    await eventually('the theme', () => accent() === 'rgb(1, 1, 1)');
    const css = (text: string) => URL.createObjectURL(new Blob([text], { type: 'text/css' }));
    const inner = css('video-call::part(name) { color: rgb(9, 8, 7); }');
    const link = Object.assign(document.createElement('link'), {
      rel: 'stylesheet',
      href: css(`@import url("${inner}") layer(base); video-call::part(plate) { border: 2px solid rgb(7, 7, 7); }`),
    });
    document.head.append(link);
    try {
      await eventually(
        'the imported sheet',
        () => view.getComputedStyle(partOf(host, 'name')).color === 'rgb(9, 8, 7)',
      );
      expect(view.getComputedStyle(partOf(host, 'plate')).borderTopColor).to.equal('rgb(7, 7, 7)');
    } finally {
      link.remove();
      document.body.append(call);
      around.remove();
    }
  });

  it('gives the focus back, and keeps it from the pictures that are covered meanwhile', async () => {
    const call = await joinedCall({ attributes: { muted: '', buttons: 'microphone pip leave' } });
    const button = await eventually('the button', () => partOf(call, 'pip-button'));
    button.focus();
    button.click();
    const back = await eventually('the place', () => partsOf(call, 'pip-place')[0]?.querySelector('button'));
    expect(partOf(call, 'stage').inert).to.equal(true);
    back.focus();
    back.click();
    await eventually('the focus on the button', () => call.shadowRoot!.activeElement === partOf(call, 'pip-button'));
    expect(partOf(call, 'stage').inert).to.equal(false);
    // The focus is on the button in the place when the page itself brings the call back.
    await call.requestPictureInPicture();
    await eventually('the place again', () => partsOf(call, 'pip-place')[0]);
    partOf(call, 'pip-place').querySelector('button')!.focus();
    await call.exitPictureInPicture();
    expect(call.shadowRoot!.activeElement === partOf(call, 'pip-button')).to.equal(true);
  });

  it('has the keys of its buttons', async () => {
    const { call, host } = await out();
    const { element, key } = { element: partOf(host, 'hand-button'), key: { bubbles: true, composed: true } };
    const press = (code: string, fields: KeyboardEventInit = {}) =>
      element.dispatchEvent(new KeyboardEvent('keydown', { ...key, code, cancelable: true, ...fields }));
    await eventually('the keys', () => press('KeyH') === false);
    await eventually('the hand', () => call.participants[0]!.hand);
    expect(press('KeyS'), 'a screen is shared from the page').to.equal(true);
    expect(press('Slash', { key: '?', shiftKey: true }), 'the list of keys opens in the page').to.equal(true);
    expect(press('KeyH', { ctrlKey: true })).to.equal(true);
  });

  it('has push to talk, which closes when the window loses the focus or is closed', async () => {
    const { call, view, host } = await out({ attributes: { 'push-to-talk': '' } });
    const isOn = (): boolean => call.participants[0]!.microphone;
    const mic = (): HTMLElement => partOf(host, 'microphone-button');
    const fire = (target: EventTarget, type: string) =>
      target.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, cancelable: true, button: 0 }));
    const space = (type: string) =>
      partOf(host, 'stage').dispatchEvent(
        new KeyboardEvent(type, { bubbles: true, composed: true, cancelable: true, code: 'Space', key: ' ' }),
      );
    await eventually('the list of titles', () => mic().title.includes('Hold'));
    const ENDINGS: Readonly<Record<string, () => unknown>> = {
      'the release': () => fire(mic(), 'pointerup'),
      'the blur of the window': () => view.dispatchEvent(new Event('blur')),
      'the loss of the focus': () => mic().dispatchEvent(new FocusEvent('focusout', { bubbles: true, composed: true })),
    };
    for (const [name, end] of Object.entries(ENDINGS)) {
      fire(mic(), 'pointerdown');
      await eventually(`on before ${name}`, isOn);
      end();
      await eventually(`off by ${name}`, () => !isOn());
    }
    space('keydown');
    await eventually('on by the space bar', isOn);
    space('keyup');
    await eventually('off by the space bar', () => !isOn());
    fire(mic(), 'pointerdown');
    await eventually('on for the last time', isOn);
    view.close();
    await eventually('off with the window', () => !isOn());
  });

  it('asks others for a small picture while the page saves data', async () => {
    const { setReport } = ShownPictures.prototype;
    const reports: Shown[] = [];
    ShownPictures.prototype.setReport = function spy(element, report) {
      if (element instanceof SmallWindow && report) reports.push(...report.values());
      setReport.call(this, element, report);
    };
    try {
      const { call } = await out();
      const camera = () => reports.at(-1)?.camera ?? [0, 0];
      await eventually('the size of the window', () => camera()[0] >= 400);
      call.saveData = true;
      await eventually('a small picture', () => camera().join() === '320,180');
      call.saveData = false;
      await eventually('the size of the window again', () => camera()[0] >= 400);
    } finally {
      ShownPictures.prototype.setReport = setReport;
    }
  });

  it('rejects outside a call, without a press, and where the browser has nothing', async () => {
    const call = await joinedCall({ attributes: { muted: '' } });
    const refuse = (name: string) => () => Promise.reject(new DOMException('no', name));
    page.documentPictureInPicture!.requestWindow = refuse('NotAllowedError');
    expect(await codeOf(call.requestPictureInPicture())).to.equal('not-allowed');
    Object.defineProperty(window, 'documentPictureInPicture', { configurable: true, value: undefined });
    Object.defineProperty(document, 'pictureInPictureEnabled', { configurable: true, value: false });
    try {
      expect(await codeOf(call.requestPictureInPicture())).to.equal('unsupported-browser');
    } finally {
      delete (document as { pictureInPictureEnabled?: boolean }).pictureInPictureEnabled;
    }
    await call.leave();
    expect(await codeOf(call.requestPictureInPicture())).to.equal('not-in-room');
  });

  it('is the picture of one participant where there is no window for documents', async () => {
    Object.defineProperty(window, 'documentPictureInPicture', { configurable: true, value: undefined });
    const call = await joinedCall({ attributes: { muted: '' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '' } });
    await together(call, other);
    const heard = listen(call, 'picture-in-picture-change');
    const shown: HTMLVideoElement[] = [];
    const { requestPictureInPicture } = HTMLVideoElement.prototype;
    HTMLVideoElement.prototype.requestPictureInPicture = async function fake(this: HTMLVideoElement) {
      shown.push(this);
      Object.defineProperty(this.getRootNode(), 'pictureInPictureElement', { configurable: true, value: this });
      return {} as PictureInPictureWindow;
    };
    try {
      await call.requestPictureInPicture();
    } finally {
      HTMLVideoElement.prototype.requestPictureInPicture = requestPictureInPicture;
    }
    const theirs = partsOf(call, 'tile')[1]!.shadowRoot!.querySelector('video');
    expect(shown[0] === theirs, 'the picture of the other participant').to.equal(true);
    theirs!.dispatchEvent(new Event('leavepictureinpicture'));
    expect(activesOf(heard)).to.deep.equal([true, false]);
  });
});
