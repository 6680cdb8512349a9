/** Pointing at a shared screen: the place is the same at both ends, whatever the shape of the box and the zoom. */
import { expect } from 'chai';
import type { VideoTile } from '../../../components/video-call/stage/video-tile.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { freshRoom, joinedCall, partOf, partsOf, removeCalls, together } from '../../support/browser/calls.ts';
import { guardedUrl, tokenFor } from '../../support/server/real-server.ts';
import { eventually, pass } from '../../support/waiting.ts';

interface Message {
  readonly topic: string;
  readonly x: number;
  readonly y: number;
  readonly stroke?: boolean;
  readonly screen?: string;
}

/** The application channels of both ends, and what arrives over them. */
let channels: RTCDataChannel[] = [];
let heard: Message[] = [];
const { createDataChannel } = RTCPeerConnection.prototype;
let painting: ReturnType<typeof setInterval> | undefined;

beforeEach(() => {
  channels = [];
  heard = [];
  RTCPeerConnection.prototype.createDataChannel = function record(this: RTCPeerConnection, label, options) {
    const channel = createDataChannel.call(this, label, options);
    if (label !== 'application') return channel;
    channels.push(channel);
    channel.addEventListener('message', ({ data }) => heard.push(JSON.parse(data as string) as Message));
    return channel;
  };
  const canvas = document.createElement('canvas');
  const context = Object.assign(canvas, { width: 640, height: 360 }).getContext('2d')!;
  // A picture that nobody paints sends no frame.
  painting = setInterval(() => context.fillRect(0, 0, 640, 360), 100);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(10);
});

afterEach(async () => {
  RTCPeerConnection.prototype.createDataChannel = createDataChannel;
  clearInterval(painting);
  delete (navigator.mediaDevices as Partial<MediaDevices>).getDisplayMedia;
  await removeCalls();
});

interface Shared {
  /** Sees the screen of `sharer`. */
  call: VideoCall;
  sharer: VideoCall;
  tile: VideoTile;
  video: HTMLVideoElement;
  /** Sends a message in both directions, as a modified page may. */
  say(message: object): void;
}

/** Two people, Ada and Bo, of whom Bo shares a screen. */
async function share(role: 'participant' | 'viewer' = 'participant'): Promise<Shared> {
  const room = freshRoom('screen');
  const server = await guardedUrl();
  const quiet = { 'camera-off': '', muted: '' };
  const token = await tokenFor(room, { role, subject: 'ada', name: 'Ada' });
  const call = await joinedCall({ room, server, attributes: { ...quiet, token } });
  const sharer = await joinedCall({
    room,
    server: server.replace('127.0.0.1', 'localhost'),
    attributes: { ...quiet, token: await tokenFor(room, { subject: 'bo', name: 'Bo' }) },
  });
  await together(call, sharer);
  // A low card has no picture.
  sharer.style.cssText = 'block-size: 800px; inline-size: 900px';
  await sharer.toggleScreenShare(true);
  const tile = (await eventually('the tile', () => partsOf(call, 'tile-screen')[0])) as VideoTile;
  await eventually('the picture', () => tile.aspect);
  await eventually('the switch of the sharer', () => partsOf(sharer, 'point-button')[0]);
  if (role !== 'viewer') await eventually('the switch', () => partsOf(tile, 'point-button')[0]);
  await eventually('both ends have greeted', () => channels.length === 2 && heard.length >= 2);
  const say = (message: object): void => channels.forEach((one) => one.send(JSON.stringify(message)));
  return { call, sharer, tile, video: tile.renderRoot.querySelector('video')!, say };
}

/** The box of the visible picture: a video is shown whole in its own box. Computed without our code. */
function pictureBox(element: HTMLVideoElement | HTMLCanvasElement) {
  const [width, height] =
    element instanceof HTMLVideoElement ? [element.videoWidth, element.videoHeight] : [element.width, element.height];
  const box = element.getBoundingClientRect();
  const scale = Math.min(box.width / width, box.height / height);
  const size = { width: width * scale, height: height * scale };
  return { ...size, left: box.left + (box.width - size.width) / 2, top: box.top + (box.height - size.height) / 2 };
}

/** Where a pointer is drawn on a picture, in fractions of it. */
function drawnAt(pointer: Element, picture: HTMLVideoElement | HTMLCanvasElement): { x: number; y: number } {
  const { left, top, width, height } = pictureBox(picture);
  const box = pointer.getBoundingClientRect();
  return { x: (box.left - left) / width, y: (box.top - top) / height };
}

const isNear = (a: { x: number; y: number }, b: { x: number; y: number }): boolean =>
  Math.abs(a.x - b.x) <= 0.01 && Math.abs(a.y - b.y) <= 0.01;

const press = (tile: Element, key: string, shiftKey = false): boolean =>
  tile.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, composed: true, cancelable: true }));

function mouse(tile: HTMLElement, type: string, at: { x: number; y: number }, fields: PointerEventInit = {}): void {
  tile.setPointerCapture = () => undefined;
  const place = { clientX: at.x, clientY: at.y, pointerId: 1, pointerType: 'mouse', bubbles: true, composed: true };
  tile.dispatchEvent(new PointerEvent(type, { ...place, ...fields }));
}

const SHAPES = [
  [900, 500],
  [400, 620],
  [900, 200],
  [300, 300],
] as const;

/** How the person looks at the screen: keys pressed on its tile. */
const LOOKS: Readonly<Record<string, readonly string[]>> = {
  whole: ['0'],
  enlarged: ['0', '+', '+'],
  'enlarged and moved': ['0', '+', '+', '+', 'ArrowRight', 'ArrowDown', 'ArrowDown'],
};

describe('a pointer', () => {
  it('is within 1 % of the same place at both ends, in four shapes of box, enlarged and not', async () => {
    const { call, sharer, tile, video, say } = await share();
    partOf(tile, 'point-button').click();
    await eventually('pointing is on', () => partOf(tile, 'point-button').getAttribute('aria-pressed') === 'true');
    const card = partOf(sharer, 'presenting-picture') as HTMLCanvasElement;
    for (const [width, height] of SHAPES) {
      call.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
      await eventually('the new box', () => Math.abs(call.getBoundingClientRect().width - width) < 1);
      await eventually('no glide', () => tile.getAnimations().length === 0);
      for (const [look, keys] of Object.entries(LOOKS)) {
        for (const key of keys) press(tile, key);
        expect(tile.hasAttribute('zoomed'), look).to.equal(look !== 'whole');
        for (const spot of [
          { x: 0.45, y: 0.55 },
          { x: 0.6, y: 0.4 },
        ]) {
          const where = `${spot.x},${spot.y} in ${width}×${height}, ${look}`;
          say({ topic: 'pointer', ...spot });
          const pointer = await eventually('a pointer', () => partsOf(tile, 'pointer').find((one) => !one.hidden));
          await eventually(`drawn at ${where}`, () => isNear(drawnAt(pointer, video), spot), 3_000);
          const { left, top, ...size } = pictureBox(video);
          heard = [];
          mouse(tile, 'pointermove', { x: left + spot.x * size.width, y: top + spot.y * size.height });
          // A pointer that rested before is told again, so an earlier place may arrive first.
          await eventually(`told as ${where}`, () => heard.some((one) => one.screen && isNear(one, spot)), 3_000);
          const onCard = await eventually('on the card', () => partsOf(sharer, 'pointer')[0]);
          await eventually(`on the card at ${where}`, () => isNear(drawnAt(onCard, card), spot), 3_000);
          // Thirty messages a second are taken.
          await pass(70);
        }
      }
    }
  }).timeout(60_000);

  it('has the name and colour of the roster, and goes with its stroke when nobody points any more', async () => {
    const { call, tile, say } = await share();
    say({ topic: 'pointer', x: 0.1, y: 0.1, name: 'Mallory', color: 'red', stroke: true });
    await pass(50);
    say({ topic: 'pointer', x: 0.3, y: 0.3, stroke: true });
    const pointer = await eventually('a pointer', () => partsOf(tile, 'pointer')[0]);
    expect(pointer.dataset.name).to.equal('Bo');
    const line = await eventually('a stroke', () =>
      [...tile.renderRoot.querySelectorAll('polyline')].find((one) => one.getAttribute('points')!.endsWith(' 0.3,0.3')),
    );
    expect(line.style.getPropertyValue('--_hue')).to.equal(pointer.style.getPropertyValue('--_hue'));
    expect(pointer.getBoundingClientRect().width).to.be.above(5);
    await eventually(
      'all gone',
      () => !partsOf(tile, 'pointer')[0] && !tile.renderRoot.querySelector('polyline'),
      8_000,
    );
    expect(call.state).to.equal('joined');
  }).timeout(20_000);

  it('is drawn by nobody if it names no shared screen, or two are shared and it names none', async () => {
    const { call, sharer, tile, say } = await share();
    const sharerId = call.participants[1]!.id;
    say({ topic: 'pointer', x: 0.5, y: 0.5, screen: call.participants[0]!.id });
    say({ topic: 'pointer', x: 0.5, y: 0.5, screen: 'nobody' });
    await pass(200);
    await call.toggleScreenShare(true);
    await eventually('both screens', () => partsOf(sharer, 'tile-screen')[0]);
    say({ topic: 'pointer', x: 0.5, y: 0.5 });
    await pass(200);
    expect(partsOf(tile, 'pointer')).to.have.length(0);
    say({ topic: 'pointer', x: 0.5, y: 0.5, screen: sharerId });
    await eventually('the right screen', () => partsOf(tile, 'pointer').length === 1);
    expect(partsOf(call, 'pointer'), 'not the own card').to.have.length(0);
  });

  it('of a viewer is drawn by nobody, and a viewer has no switch and sees those of others', async () => {
    const { sharer, tile, say } = await share('viewer');
    expect(partsOf(tile, 'point-button')).to.have.length(0);
    say({ topic: 'pointer', x: 0.5, y: 0.5 });
    await eventually('the viewer sees a pointer', () => partsOf(tile, 'pointer').length === 1);
    await pass(200);
    expect(partsOf(sharer, 'pointer')).to.have.length(0);
  });
});

describe('a pointer that nobody moves any more', () => {
  it('goes at once when its participant leaves the call', async () => {
    const { call, sharer, say } = await share();
    say({ topic: 'pointer', x: 0.5, y: 0.5 });
    await eventually('on the card', () => partsOf(sharer, 'pointer')[0]);
    await call.leave();
    await eventually('alone', () => sharer.participants.length === 1);
    await eventually('no pointer', () => partsOf(sharer, 'pointer').length === 0, 1_000);
  });

  it('of keys stays at both ends until the focus is elsewhere or the page is hidden', async () => {
    const { sharer, tile } = await share();
    partOf(tile, 'point-button').click();
    const own = () => partsOf(tile, 'pointer').filter((one) => one.checkVisibility());
    press(tile, 'ArrowRight', true);
    const drawnAt = performance.now();
    // Without a message a pointer goes after three seconds.
    await eventually('told again and again', () => performance.now() - drawnAt > 3_300, 5_000);
    expect([own().length, partsOf(sharer, 'pointer').length]).to.deep.equal([1, 1]);
    tile.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    expect(own()).to.have.length(0);
    press(tile, 'ArrowRight', true);
    expect(own()).to.have.length(1);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(own()).to.have.length(0);
  }).timeout(20_000);

  it('of keys begins in the part of the screen that is seen, which follows it', async () => {
    const { tile } = await share();
    partOf(tile, 'point-button').click();
    for (const key of ['+', '+', '+', '+', 'ArrowRight', 'ArrowRight', 'ArrowRight']) press(tile, key);
    const isSeen = (): boolean => {
      const box = tile.renderRoot.querySelector('.frame')!.getBoundingClientRect();
      const { left, top } = partOf(tile, 'pointer').getBoundingClientRect();
      return left >= box.left - 1 && left <= box.right + 1 && top >= box.top - 1 && top <= box.bottom + 1;
    };
    press(tile, 'ArrowUp', true);
    expect(isSeen(), 'at first').to.equal(true);
    for (let count = 0; count < 60; count++) press(tile, 'ArrowLeft', true);
    expect(isSeen(), 'far away').to.equal(true);
  });
});

describe('the switch', () => {
  it('comes back when the sharer stops telling that nobody may point, although its last word was lost', async () => {
    const { tile, say } = await share();
    say({ topic: 'pointing', allowed: false });
    await eventually('no switch', () => partsOf(tile, 'point-button').length === 0);
    await eventually('the switch', () => partsOf(tile, 'point-button').length === 1, 6_000);
  });

  it('of a sharer stays inside the card on a phone and in a small box, without covering its neighbour', async () => {
    const { sharer } = await share();
    for (const [width, height] of [
      [390, 844],
      [640, 480],
      [700, 300],
    ]) {
      const where = `in ${width}×${height}`;
      sharer.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
      await eventually(`both buttons lie in the card ${where}`, () => {
        const card = partOf(sharer, 'presenting').getBoundingClientRect();
        const [stop, allow] = ['stop-sharing-button', 'point-button'].map((name) => partOf(sharer, name));
        const boxes = [stop!, allow!].map((one) => one.checkVisibility() && one.getBoundingClientRect());
        const isInside = boxes.every((box) => box && box.left >= card.left && box.bottom <= card.bottom);
        const [first, second] = boxes as [DOMRect, DOMRect];
        return isInside && second.right <= card.right && (first.right <= second.left || first.bottom <= second.top);
      });
    }
  });

  it('of a sharer takes pointers and the switches of others away, until it is on again', async () => {
    const { call, sharer, tile, say } = await share();
    partOf(tile, 'point-button').click();
    say({ topic: 'pointer', x: 0.5, y: 0.5 });
    await eventually('pointers', () => partsOf(tile, 'pointer')[0] && partsOf(sharer, 'pointer')[0]);
    partOf(sharer, 'point-button').click();
    await eventually('no switch', () => partsOf(tile, 'point-button').length === 0);
    expect(tile.hasAttribute('pointing')).to.equal(false);
    expect([...partsOf(tile, 'pointer'), ...partsOf(sharer, 'pointer')]).to.have.length(0);
    say({ topic: 'pointer', x: 0.5, y: 0.5 });
    await pass(200);
    expect([...partsOf(tile, 'pointer'), ...partsOf(sharer, 'pointer')]).to.have.length(0);
    expect(partOf(sharer, 'point-button').getAttribute('aria-pressed')).to.equal('false');
    partOf(sharer, 'point-button').click();
    await eventually('the switch is back', () => partsOf(tile, 'point-button')[0]);
    await sharer.toggleScreenShare(false);
    await eventually('no screen', () => partsOf(call, 'tile-screen').length === 0);
  });

  it('off, dragging moves an enlarged screen; on, it draws, and keys and the wheel move it', async () => {
    const { tile, video } = await share();
    const placeOf = () => video.getBoundingClientRect().left;
    const middle = { x: 0, y: 0 };
    const look = (): void => {
      const box = tile.getBoundingClientRect();
      Object.assign(middle, { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    };
    look();
    const wheel = (fields: WheelEventInit) =>
      tile.dispatchEvent(
        new WheelEvent('wheel', { clientX: middle.x, clientY: middle.y, bubbles: true, cancelable: true, ...fields }),
      );
    expect(wheel({ deltaY: 20 }), 'the page scrolls').to.equal(true);
    expect(wheel({ deltaY: -300, ctrlKey: true }), 'taken').to.equal(false);
    expect(tile.hasAttribute('zoomed')).to.equal(true);
    const before = placeOf();
    mouse(tile, 'pointerdown', middle);
    mouse(tile, 'pointermove', { x: middle.x + 40, y: middle.y });
    mouse(tile, 'pointerup', { x: middle.x + 40, y: middle.y });
    expect(Math.round(placeOf() - before)).to.equal(40);
    expect(heard.some(({ topic }) => topic === 'pointer')).to.equal(false);

    partOf(tile, 'point-button').click();
    const there = placeOf();
    mouse(tile, 'pointerdown', middle);
    mouse(tile, 'pointermove', { x: middle.x + 20, y: middle.y });
    await eventually('a stroke', () => heard.some(({ stroke }) => stroke));
    mouse(tile, 'pointerup', { x: middle.x + 20, y: middle.y });
    await eventually('its end', () => heard.at(-1)!.topic === 'pointer' && !heard.at(-1)!.stroke);
    expect(placeOf()).to.equal(there);
    expect(wheel({ deltaX: 30 })).to.equal(false);
    expect(Math.round(there - placeOf())).to.equal(30);
    expect(press(tile, 'ArrowLeft'), 'taken').to.equal(false);
    expect(placeOf()).to.be.above(there - 30);
    heard = [];
    press(tile, 'ArrowRight', true);
    await eventually('the keys point', () => heard.some(({ topic }) => topic === 'pointer'));
    expect(
      partsOf(tile, 'pointer').some((one) => one.checkVisibility()),
      'the own pointer',
    ).to.equal(true);
    press(tile, '0');
    expect(tile.hasAttribute('zoomed')).to.equal(false);
    expect(press(tile, 'ArrowLeft'), 'the page has the key').to.equal(true);
    expect(press(tile, 'a')).to.equal(true);
  });

  it('is not needed to zoom from the menu of the tile, and no tile without a screen offers that', async () => {
    const { call, tile } = await share();
    const choose = async (label: string): Promise<string[]> => {
      partOf(tile, 'tile-menu-button').click();
      const lines = await eventually('the menu', () => {
        const found = [...call.shadowRoot!.querySelectorAll<HTMLElement>('.tile-menu:popover-open [part="menu-item"]')];
        return found.some((line) => line.textContent === label) ? found : null;
      });
      const labels = lines.map((line) => line.textContent);
      let isClosed = false;
      call.shadowRoot!.querySelector('.tile-menu')!.addEventListener('toggle', (event) => {
        isClosed = (event as ToggleEvent).newState === 'closed';
      });
      lines.find((line) => line.textContent === label)!.click();
      await eventually('closed', () => isClosed);
      return labels;
    };
    expect(await choose('Zoom in')).not.to.include('Show the whole screen');
    expect(getComputedStyle(tile.renderRoot.querySelector('.frame')!).getPropertyValue('--_zoom')).to.equal('2');
    expect(call.shadowRoot!.querySelector('.tile-menu:popover-open') === null).to.equal(true);
    await choose('Zoom in');
    expect(await choose('Zoom in'), 'the third').to.include('Show the whole screen');
    // Eight times is the most.
    expect(await choose('Show the whole screen')).not.to.include('Zoom in');
    expect(tile.hasAttribute('zoomed')).to.equal(false);
    const camera = partsOf(call, 'tile').find((one) => one !== tile)!;
    partOf(camera, 'tile-menu-button').click();
    await eventually('another menu', () => call.shadowRoot!.querySelector('.tile-menu:popover-open'));
    expect(call.shadowRoot!.querySelector('.tile-menu')!.textContent).not.to.include('Zoom');
  });

  it('lets two fingers enlarge, and one of them point no more', async () => {
    const { tile } = await share();
    partOf(tile, 'point-button').click();
    const { left, top, width, height } = tile.getBoundingClientRect();
    const middle = { x: left + width / 2, y: top + height / 2 };
    const finger = (type: string, pointerId: number, aside: number) =>
      mouse(tile, type, { x: middle.x + aside, y: middle.y }, { pointerId, pointerType: 'touch' });
    finger('pointerdown', 1, -20);
    finger('pointerdown', 2, 20);
    finger('pointermove', 1, -60);
    finger('pointermove', 2, 60);
    expect(tile.hasAttribute('zoomed')).to.equal(true);
    const zoom = Number(tile.renderRoot.querySelector<HTMLElement>('.frame')!.style.getPropertyValue('--_zoom'));
    expect(zoom).to.be.within(2.5, 3.5);
    await pass(100);
    const { length } = heard;
    finger('pointerup', 1, -60);
    finger('pointermove', 2, 90);
    finger('pointerup', 2, 90);
    await pass(100);
    expect(heard.slice(length).filter(({ stroke }) => stroke)).to.deep.equal([]);
  });
});
