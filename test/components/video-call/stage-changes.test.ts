/** What stays whole on the stage while something else changes: tiles, menus, the floating picture, the focus. */
import { expect } from 'chai';
import { extras } from '../../../components/video-call/capabilities.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { joinedCall, listen, partOf, partsOf, removeCalls, together } from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const { mediaDevices } = navigator;
/** Gives back what a test replaced. */
let restore = (): unknown => undefined;

afterEach(async () => {
  restore();
  delete (mediaDevices as Partial<MediaDevices>).getDisplayMedia;
  delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
  await removeCalls();
});

/** A call of two, once what loads late is there. */
async function duo(attributes: Record<string, string> = { 'camera-off': '' }) {
  const call = await joinedCall({ attributes });
  const other = await joinedCall({ room: call.room, other: true, attributes });
  await together(call, other);
  const [own, theirs] = partsOf(call, 'tile') as [HTMLElement, HTMLElement];
  await eventually('the buttons of the tiles', () => partsOf(theirs, 'tile-menu-button')[0]);
  return { call, other, own, theirs };
}

/** Lets the page share a screen without asking anybody. */
function giveScreen(): void {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 640, height: 360 });
  canvas.getContext('2d')!.fillRect(0, 0, 10, 10);
  mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
}

const boxOf = (element: Element) => element.getBoundingClientRect();

/** Two frames later: the observer of the box has reported, and what it changed stands. */
async function drawn(call: VideoCall): Promise<void> {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  await call.updateComplete;
}

const isInside = (inner: Element, outer: Element): boolean => {
  const [one, around] = [boxOf(inner), boxOf(outer)];
  return (
    one.left >= around.left - 0.5 &&
    one.right <= around.right + 0.5 &&
    one.top >= around.top - 0.5 &&
    one.bottom <= around.bottom + 0.5
  );
};

describe('the card of the own shared screen', () => {
  it('has its button whole and inside, however small it is', async () => {
    giveScreen();
    const { call, other } = await duo();
    await call.toggleScreenShare(true);
    await other.toggleScreenShare(true);
    const card = await eventually('the card', () => partsOf(call, 'presenting').find((one) => one.checkVisibility()));
    await eventually('the screen of the other participant', () => partsOf(call, 'tile-screen')[0]);
    const wrong: string[] = [];
    for (const [width, height] of [
      [1280, 720],
      [640, 420],
      [390, 700],
      [700, 390],
      [480, 360],
      [280, 600],
      [320, 180],
      [260, 200],
    ]) {
      call.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
      await drawn(call);
      const button = partOf(call, 'stop-sharing-button');
      const text = button.querySelector('span')!;
      const isWhole = isInside(button, card) && button.scrollWidth <= button.clientWidth;
      const isRead = isInside(text, button) || button.querySelector('.icon')!.checkVisibility();
      const { width: wide, height: high } = boxOf(card);
      if (!isWhole || !isRead) wrong.push(`${width}×${height}, card of ${Math.round(wide)}×${Math.round(high)}`);
    }
    expect(wrong).to.deep.equal([]);
  });
});

describe('the floating picture under a pointer', () => {
  const point = (tile: HTMLElement, type: string, x: number, y: number) =>
    tile.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true, composed: true }));

  it('stays on the stage, whatever the direction of the page', async () => {
    const { call, own } = await duo();
    await eventually('the floating picture', () => own.part.contains('tile-floating'));
    own.setPointerCapture = () => undefined;
    for (const direction of ['ltr', 'rtl'])
      for (const [x, y] of [
        [-900, -900],
        [3000, 3000],
      ] as const) {
        call.dir = direction;
        await eventually('no glide', () => own.getAnimations().length === 0);
        const { left, top } = boxOf(own);
        point(own, 'pointerdown', left + 20, top + 20);
        point(own, 'pointermove', x, y);
        expect(isInside(own, partOf(call, 'stage')), `${direction}, pointer at ${x}, ${y}`).to.equal(true);
        point(own, 'pointerup', x, y);
      }
  });

  it('follows the pointer in a call that the page shows scaled', async () => {
    const { call, own } = await duo();
    call.style.transform = 'scale(0.5)';
    await eventually('the floating picture', () => own.part.contains('tile-floating'));
    own.setPointerCapture = () => undefined;
    await eventually('no glide', () => own.getAnimations().length === 0);
    const before = boxOf(own);
    point(own, 'pointerdown', before.left + 20, before.top + 20);
    point(own, 'pointermove', before.left - 40, before.top - 10);
    expect(Math.round(before.left - boxOf(own).left)).to.equal(60);
    expect(Math.round(before.top - boxOf(own).top)).to.equal(30);
    point(own, 'pointerup', before.left - 40, before.top - 10);
  });
});

describe('the menu of a tile', () => {
  it('closes when its participant leaves, and keeps the focus in the call', async () => {
    const { call, other, theirs } = await duo();
    const button = partOf(theirs, 'tile-menu-button');
    button.focus();
    button.click();
    const menu = partOf(call, 'menu');
    expect(menu.matches(':popover-open')).to.equal(true);
    await other.leave();
    await eventually('no menu', () => !menu.matches(':popover-open'));
    await eventually('the focus', () => document.activeElement === call && call.shadowRoot!.activeElement);
  });
});

describe('the open menu of a tile', () => {
  it('closes when the page scrolls its button away, and fits into a narrow window with large text', async () => {
    const { call, theirs } = await duo();
    const spacer = document.createElement('div');
    spacer.style.blockSize = '4000px';
    document.body.append(spacer);
    try {
      call.style.setProperty('--sarangbang-font-size', `${innerWidth / 8}px`);
      partOf(theirs, 'tile-menu-button').click();
      const menu = partOf(call, 'menu');
      expect(menu.matches(':popover-open')).to.equal(true);
      expect(boxOf(menu).right).to.be.at.most(innerWidth);
      expect(boxOf(menu).bottom).to.be.at.most(innerHeight);
      scrollBy(0, 120);
      await eventually('no menu', () => !menu.matches(':popover-open'));
    } finally {
      spacer.remove();
    }
  });
});

describe('the own picture', () => {
  it('leaves the focus in the call when it is hidden and shown again by keyboard', async () => {
    const { call, own } = await duo();
    const focused = () => document.activeElement === call && call.shadowRoot!.activeElement;
    const button = partOf(own, 'tile-menu-button');
    button.focus();
    button.click();
    (partsOf(call, 'menu-item').at(-1) as HTMLElement).click();
    await eventually('hidden', () => own.hidden);
    await eventually('the focus on the way back', () => focused() === partsOf(call, 'self-view-button')[0]);
    partOf(call, 'self-view-button').click();
    await eventually('the focus on the tile', () => focused() === own && own.shadowRoot!.activeElement === button);
  });

  it('stands above the toolbar of a low box until the person moves it, and its text is never selected', async () => {
    const { call, own } = await duo();
    const isOnTop = () => boxOf(own).top - boxOf(partOf(call, 'stage')).top < boxOf(own).height / 2;
    await eventually('below', () => !isOnTop());
    call.style.cssText = 'inline-size: 260px; block-size: 200px';
    await eventually('above', isOnTop);
    const button = partOf(own, 'tile-menu-button');
    const press = (key: string) =>
      button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
    press('ArrowDown');
    await eventually('below by choice', () => !isOnTop());
    call.style.cssText = 'inline-size: 640px; block-size: 420px';
    press('ArrowUp');
    await drawn(call);
    await eventually('above by choice', isOnTop);
    expect(getComputedStyle(own).userSelect).to.equal('none');
    const drag = new DragEvent('dragstart', { bubbles: true, cancelable: true, composed: true });
    partOf(own, 'name').dispatchEvent(drag);
    expect(drag.defaultPrevented).to.equal(true);
  });

  it('glides from where it stood after the page turned its direction', async () => {
    const { call, own } = await duo();
    await eventually('no glide', () => own.getAnimations().length === 0);
    call.dir = 'rtl';
    const before = boxOf(own);
    const button = partOf(own, 'tile-menu-button');
    button.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, composed: true, cancelable: true }),
    );
    const [glide] = own.getAnimations();
    glide!.pause();
    glide!.currentTime = 0;
    expect(Math.abs(boxOf(own).left - before.left)).to.be.below(2);
    glide!.cancel();
  });
});

describe('a problem with the own camera', () => {
  it('is told in the banner alone while the own picture floats, and the banner stands beside the picture', async () => {
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    const { call, own } = await duo({});
    const saying = await eventually('the sentence', () => own.shadowRoot!.querySelector('.trouble'));
    const banner = partOf(call, 'banner');
    await eventually('no sentence over the face', () => !saying.checkVisibility() && banner.querySelector('button'));
    for (const [width, key] of [
      [900, 'ArrowDown'],
      [700, 'ArrowLeft'],
      [560, 'ArrowRight'],
    ] as const) {
      call.style.inlineSize = `${width}px`;
      await drawn(call);
      const button = partOf(own, 'tile-menu-button');
      button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
      await eventually('no glide', () => own.getAnimations().length === 0);
      const [saysFrom, standsFrom] = [boxOf(banner), boxOf(own)];
      const isClear = saysFrom.right <= standsFrom.left || saysFrom.left >= standsFrom.right;
      expect(
        isClear,
        `${width} px, after ${key}: banner to ${saysFrom.right}, picture from ${standsFrom.left}`,
      ).to.equal(true);
    }
    call.selfView = 'tile';
    await eventually('the sentence on a tile', () => saying.checkVisibility());
  });
});

describe('what of the stage loads late', () => {
  it('is awaited by one timer, however often tiles move', async () => {
    const loaded = await extras.load();
    const { setTimeout: start } = window;
    restore = () => Object.assign(extras, { loaded }) && Object.assign(window, { setTimeout: start });
    extras.loaded = null;
    const call = await joinedCall({ attributes: { muted: '' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '' } });
    await together(call, other);
    await eventually('the picture of the other', () => partsOf(call, 'tile')[1]?.shadowRoot!.querySelector('.shows'));
    let timers = 0;
    const count = (run: () => void, delayMs?: number): number => {
      if (delayMs === 500) timers++;
      return start(run, delayMs);
    };
    Object.assign(window, { setTimeout: count });
    const startedAt = performance.now();
    for (let placing = 0; placing < 20; placing++) {
      call.requestUpdate();
      await call.updateComplete;
    }
    // A timer that has fired meanwhile is followed by another one, because nothing has come.
    expect(timers).to.be.at.most(1 + (performance.now() - startedAt) / 500);
  });
});

describe('the picture of a participant', () => {
  it('is played by one video element through every change of the stage', async () => {
    giveScreen();
    const { call, other } = await duo({ muted: '' });
    await eventually('both pictures', () =>
      partsOf(call, 'tile').every((tile) => tile.shadowRoot!.querySelector('.shows')),
    );
    const videos = () => partsOf(call, 'tile').map((tile) => tile.shadowRoot!.querySelector('video')!);
    const before = videos();
    const again: string[] = [];
    let step = '';
    for (const video of before) video.addEventListener('emptied', () => again.push(`loaded again at: ${step}`));
    const [self, their] = call.participants;
    const steps: Record<string, () => unknown> = {
      grid: () => (call.layout = 'grid'),
      spotlight: () => (call.layout = 'spotlight'),
      'pin of the other participant': () => call.pin(their!.id),
      'pin of the own picture': () => call.pin(self!.id),
      'nobody pinned': () => call.pin(null),
      'own picture as a tile': () => (call.selfView = 'tile'),
      'own picture hidden': () => (call.selfView = 'hidden'),
      'own picture floating': () => (call.selfView = 'floating'),
      'no mirror': () => (call.mirror = 'off'),
      'a narrow call': () => (call.style.inlineSize = '280px'),
      'a low call': () => (call.style.cssText = 'inline-size: 320px; block-size: 180px'),
      'the other screen': () => other.toggleScreenShare(true),
      'the own screen': () => call.toggleScreenShare(true),
      'no other screen': () => other.toggleScreenShare(false),
      'no own screen': () => call.toggleScreenShare(false),
      'moved in the document': () => document.body.prepend(call),
    };
    for (const [name, change] of Object.entries(steps)) {
      step = name;
      await change();
      await drawn(call);
      const now = videos();
      for (const video of before) if (!now.includes(video)) again.push(`made again at: ${step}`);
    }
    expect(again).to.deep.equal([]);
    expect(call.participants).to.have.length(2);
  });

  it('stops being a mirror when the camera switches to one that faces away', async () => {
    const cameras = (await mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    const [front, back] = [cameras[0]!.deviceId, cameras.at(-1)!.deviceId];
    expect(front).not.to.equal(back);
    const { prototype } = MediaStreamTrack;
    const read = Reflect.get(prototype, 'getSettings') as () => MediaTrackSettings;
    restore = () => (prototype.getSettings = read);
    prototype.getSettings = function (this: MediaStreamTrack) {
      const settings = read.call(this);
      return { ...settings, facingMode: settings.deviceId === back ? 'environment' : 'user' };
    };
    const call = await joinedCall({ attributes: { muted: '' } });
    const video = await eventually('the picture', () =>
      partOf(call, 'tile-self').shadowRoot!.querySelector('.shows video'),
    );
    const isMirror = (): boolean => getComputedStyle(video).transform.includes('-1');
    await eventually('a mirror', isMirror);
    await call.setDevice('videoinput', back);
    await eventually('no mirror', () => !isMirror());
    expect(partOf(call, 'tile-self').shadowRoot!.querySelector('video') === video, 'the same video').to.equal(true);
  });
});

describe('a participant who speaks', () => {
  it('is told to the page by an event, and is large in the spotlight', async () => {
    const { call, other } = await duo({ 'camera-off': '' });
    const heard = listen(call, 'speaker-change') as HTMLElementEventMap['speaker-change'][];
    // The fake microphone beeps once a second.
    const spoke = await eventually('somebody who speaks', () => heard[0], 15_000);
    expect(spoke.participant?.id).to.equal(call.participants[1]!.id);
    await other.leave();
    await eventually('nobody', () => heard.at(-1)!.participant === null);
  });
});
