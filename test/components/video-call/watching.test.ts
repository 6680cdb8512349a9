/** The size in which a call shows the others' cameras, and how it tells their senders. */
import { expect } from 'chai';
import { extras } from '../../../components/video-call/capabilities.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { freshRoom, joinedCall, partOf, partsOf, removeCalls, together } from '../../support/browser/calls.ts';
import { eventually, pass } from '../../support/waiting.ts';

interface Told {
  readonly camera?: readonly [number, number];
  readonly screen?: readonly [number, number];
}

/** The sizes that each end has told the other over their data channel. */
const told = new Map<RTCDataChannel, { last: Told; times: number; all: string[] }>();
const { send } = RTCDataChannel.prototype;

beforeEach(() => {
  told.clear();
  RTCDataChannel.prototype.send = function record(this: RTCDataChannel, data: unknown) {
    const message = JSON.parse(data as string) as Told & { kind: string };
    if (message.kind === 'shown') {
      const before = told.get(this) ?? { last: message, times: 0, all: [] };
      told.set(this, Object.assign(before, { last: message, times: before.times + 1 }));
      before.all.push(String(message.camera));
    }
    send.call(this, data as never);
  };
});

afterEach(async () => {
  RTCDataChannel.prototype.send = send;
  cover?.remove();
  cover = null;
  await removeCalls();
});

let cover: HTMLElement | null = null;

/** Two calls of one room. The first is never displayed and tells no larger size, so `last()` is of the second. */
async function meet(): Promise<{ call: VideoCall; last(): Told; times(): number; all(): readonly string[] }> {
  const room = freshRoom('seen');
  const other = await joinedCall({ room, other: true });
  other.style.display = 'none';
  const call = await joinedCall({ room });
  await together(other, call);
  // The layout follows the shapes of the pictures, so both must be there.
  await eventually('pictures', () => partsOf(call, 'tile').every((tile) => partOf(tile, 'video').closest('.shows')));
  const channel = await eventually('a report', () =>
    [...told.keys()].find((one) => (told.get(one)!.last.camera?.[0] ?? 0) > 200),
  );
  const telling = () => told.get(channel)!;
  return { call, last: () => telling().last, times: () => telling().times, all: () => telling().all };
}

const HIDDEN = [0, 0];

describe('what a call tells of its tiles', () => {
  it('waits for the first picture of another participant, because its code would share the line', async () => {
    const { want, load, loaded } = extras;
    extras.loaded = null;
    // A low or narrow box loads it for its toolbar.
    extras.load = () => new Promise(() => {});
    const withPicture: boolean[] = [];
    const isPicture = (tile: HTMLElement) => (partOf(tile, 'video') as HTMLVideoElement).videoWidth > 0;
    extras.want = (onLoaded) => {
      const others = [...document.querySelectorAll('video-call')]
        .flatMap((one) => partsOf(one, 'tile'))
        .filter((tile) => !tile.part.contains('tile-self'));
      // A person who is alone loads it at once.
      if (others.length > 0) withPicture.push(others.some(isPicture));
      extras.load = load;
      // Asked more than once, and loaded only once.
      extras.loaded ??= loaded;
      if (loaded) onLoaded?.();
      else want.call(extras, onLoaded);
    };
    try {
      await meet();
    } finally {
      Object.assign(extras, { want, load });
    }
    expect(withPicture[0]).to.equal(true);
  });

  it('is their size in device pixels, and follows it', async () => {
    const { call, last } = await meet();
    const tile = partsOf(call, 'tile').find((one) => !one.part.contains('tile-self'))!;
    const sizeOf = () => {
      const { width, height } = tile.getBoundingClientRect();
      return [Math.ceil(width * devicePixelRatio), Math.ceil(height * devicePixelRatio)];
    };
    await eventually('its size', () => last().camera?.join() === sizeOf().join());
    const before = sizeOf();
    call.style.inlineSize = '320px';
    await eventually('a smaller size', () => last().camera?.join() === sizeOf().join() && sizeOf()[0]! < before[0]!);
  });

  it('is larger on a display with more pixels, and where the page enlarges the call', async () => {
    const { call, last } = await meet();
    const width = () => partsOf(call, 'tile').find((one) => !one.part.contains('tile-self'))!.offsetWidth;
    const plain = width();
    await eventually('its size', () => last().camera?.[0] === plain);
    const ratio = Object.getOwnPropertyDescriptor(window, 'devicePixelRatio')!;
    Object.defineProperty(window, 'devicePixelRatio', { configurable: true, get: () => 2 });
    try {
      window.dispatchEvent(new Event('resize'));
      await eventually('device pixels', () => last().camera?.[0] === plain * 2);
    } finally {
      Object.defineProperty(window, 'devicePixelRatio', ratio);
    }
    call.style.scale = '0.5';
    // Scaling alone fires no event. The call measures its tiles again when it comes into view.
    call.style.display = 'none';
    await eventually('hidden', () => last().camera?.join() === HIDDEN.join());
    call.style.display = '';
    await eventually('half of it', () => last().camera?.[0] === Math.ceil(plain / 2));
    expect(width(), 'without transforms').to.equal(plain);
  });

  for (const [how, grow] of Object.entries({
    'a transition': ({ style }: HTMLElement): void => {
      style.transition = 'scale 100ms';
      style.scale = '1';
    },
    'an animation by script': (box: HTMLElement) => {
      box.style.scale = '1';
      box.animate({ scale: ['0.1', '1'] }, 300);
    },
    'a style': ({ style }: HTMLElement): void => void (style.scale = '1'),
  }))
    it(`is its size after what holds the call has grown into its place by ${how}`, async () => {
      const { call, last } = await meet();
      const plain = partsOf(call, 'tile').find((one) => !one.part.contains('tile-self'))!.offsetWidth;
      // Whether this tile is in sight then never changes to the browser, so it tells nothing by itself.
      call.style.opacity = '0.9';
      call.style.scale = '0.1';
      call.style.display = 'none';
      await eventually('hidden', () => last().camera?.join() === HIDDEN.join());
      call.style.display = '';
      await eventually('a tenth', () => last().camera?.[0] === Math.ceil(plain / 10));
      grow(call);
      await eventually('its size', () => last().camera?.[0] === plain, 3_000);
    });

  it('is the size of the place to which a tile glides', async () => {
    const { call, last, all, times } = await meet();
    call.selfView = 'tile';
    await call.updateComplete;
    await Promise.all(partsOf(call, 'tile').flatMap((one) => one.getAnimations().map(({ finished }) => finished)));
    const tile = partsOf(call, 'tile').find((one) => !one.part.contains('tile-self'))!;
    const { width } = tile.getBoundingClientRect();
    const before = times();
    // Counted, because a busy machine may not look before a glide is over.
    let glides = 0;
    const animate = tile.animate.bind(tile);
    tile.animate = (...args) => {
      glides++;
      return animate(...args);
    };
    (await eventually('a button', () => partsOf(tile, 'pin-button')[0])).click();
    await eventually('a glide', () => glides > 0);
    await Promise.all(tile.getAnimations().map(({ finished }) => finished));
    expect(tile.getBoundingClientRect().width).to.be.greaterThan(width);
    await eventually(
      'the size there',
      () => last().camera?.[0] === Math.ceil(tile.getBoundingClientRect().width * devicePixelRatio),
    );
    // A size in the middle of the glide would make the sender change its picture twice.
    expect(new Set(all().slice(before)), 'sizes that were told').to.have.property('size', 1);
  });

  it('is nothing while the element is not displayed, off screen, invisible or covered', async () => {
    const { call, last } = await meet();
    const hides = async (what: string, hide: () => void, showAgain: () => void) => {
      hide();
      await eventually(`hidden: ${what}`, () => last().camera?.join() === HIDDEN.join());
      showAgain();
      await eventually(`shown after: ${what}`, () => (last().camera?.[0] ?? 0) > 200);
    };
    const { style } = call;
    await hides(
      'not displayed',
      () => (style.display = 'none'),
      () => (style.display = ''),
    );
    await hides(
      'off screen',
      () => (style.translate = '0 -5000px'),
      () => (style.translate = ''),
    );
    await hides(
      'invisible',
      () => (style.visibility = 'hidden'),
      () => (style.visibility = ''),
    );
    await hides(
      'transparent',
      () => (style.opacity = '0'),
      () => (style.opacity = ''),
    );
    cover = document.createElement('div');
    cover.style.cssText = 'position: fixed; inset: 0; background: #fff; z-index: 9';
    await hides(
      'covered',
      () => document.body.append(cover!),
      () => cover!.remove(),
    );
  }).timeout(60_000);

  it('is nothing in a hidden tab, except for a picture in picture-in-picture', async () => {
    const { call, last } = await meet();
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    try {
      document.dispatchEvent(new Event('visibilitychange'));
      await eventually('hidden', () => last().camera?.join() === HIDDEN.join());
      const tile = partsOf(call, 'tile').find((one) => !one.part.contains('tile-self'))!;
      const video = partOf(tile, 'video');
      Object.defineProperty(tile.shadowRoot!, 'pictureInPictureElement', { configurable: true, value: video });
      video.dispatchEvent(new Event('enterpictureinpicture'));
      await eventually('full size', () => last().camera === undefined);
    } finally {
      Reflect.deleteProperty(document, 'visibilityState');
    }
  });

  it('is a tiny picture for a hidden tile that never had one, and then nothing', async () => {
    const room = freshRoom('seen');
    const hidden = await joinedCall({ room, other: true });
    hidden.style.display = 'none';
    // Without a camera at first, because the picture may be faster than the code that tells.
    const call = await joinedCall({ room, attributes: { 'camera-off': '' } });
    await together(hidden, call);
    const telling = await eventually('a tiny picture', () =>
      [...told.values()].find(({ last }) => last.camera?.join() === '16,16'),
    );
    // Longer than the pause between two reports, so that the next one comes with the first frame.
    await pass(400);
    await call.toggleCamera(true);
    await eventually('nothing after the picture', () => telling.last.camera?.join() === HIDDEN.join());
    expect(telling.all).to.deep.equal(['16,16', '0,0']);
  });

  it('is the size still if what covers it lets something through', async () => {
    const { last } = await meet();
    cover = document.createElement('div');
    for (const look of ['background: rgb(0 0 0 / 0.9)', 'background: #000; opacity: 0.9', 'background: none']) {
      cover.style.cssText = `position: fixed; inset: 0; z-index: 9; ${look}`;
      document.body.append(cover);
      // Longer than the browser takes to report that something covers the tile.
      await pass(800);
      // Measuring again must not change the result.
      window.dispatchEvent(new Event('resize'));
      await pass(300);
      expect(last().camera?.[0], look).to.be.greaterThan(200);
    }
  }).timeout(60_000);

  it('comes back when what covers it begins to let something through', async () => {
    const { last } = await meet();
    cover = document.createElement('div');
    cover.style.cssText = 'position: fixed; inset: 0; z-index: 9; background: #000';
    document.body.append(cover);
    await eventually('hidden', () => last().camera?.join() === HIDDEN.join());
    // The browser's `IntersectionObserver` reports no change for this.
    cover.style.opacity = '0.5';
    await eventually('its size', () => (last().camera?.[0] ?? 0) > 200);
  });

  it('is full size from the moment when the page reads the stream', async () => {
    const { call, last } = await meet();
    call.style.display = 'none';
    await eventually('hidden', () => last().camera?.join() === HIDDEN.join());
    const other = call.participants.find(({ isSelf }) => !isSelf)!;
    expect(other.displayName).to.be.a('string');
    await pass(500);
    expect(last().camera, 'the name shows nothing').to.deep.equal(HIDDEN);
    expect(other.stream).to.be.instanceOf(MediaStream);
    await eventually('full size', () => last().camera === undefined);
    call.style.display = '';
    call.style.inlineSize = '320px';
    await pass(600);
    expect(last().camera, 'for good').to.equal(undefined);
  }).timeout(60_000);

  it('is measured seldom while only the floating picture is over a tile, and still follows at once', async () => {
    const { call, last } = await meet();
    const { observe } = IntersectionObserver.prototype;
    let looks = 0;
    IntersectionObserver.prototype.observe = function count(target) {
      if (this.root === null && call.shadowRoot!.contains(target)) looks++;
      observe.call(this, target);
    };
    try {
      await pass(3_000);
      // A look asks again for both tiles.
      expect(looks).to.be.below(4);
      const before = last().camera![0];
      const startedAt = performance.now();
      call.style.inlineSize = '420px';
      await eventually('a smaller size', () => last().camera![0] < before);
      expect(performance.now() - startedAt).to.be.below(1_000);
    } finally {
      IntersectionObserver.prototype.observe = observe;
    }
  }).timeout(60_000);

  it('comes at most four times a second', async () => {
    const { call, times } = await meet();
    const before = times();
    const startedAt = performance.now();
    for (let width = 640; width > 340; width -= 5) {
      call.style.inlineSize = `${width}px`;
      await pass(20);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(times() - before).to.be.within(2, Math.ceil(seconds * 4) + 1);
  }).timeout(60_000);

  it('gives the page the same participants until something changes', async () => {
    const { call } = await meet();
    expect(call.participants).to.equal(call.participants);
    expect(call.participants[1]!.stream, 'the stream that the tile shows').to.equal(
      (partOf(partsOf(call, 'tile')[1]!, 'video') as HTMLVideoElement).srcObject,
    );
    expect(Object.keys(call.participants[1]!)).to.include.members(['id', 'stream', 'screenStream', 'quality']);
  });
});
