import { expect } from 'chai';
import type { CallParticipant } from '../../../components/entities.ts';
import { defineElement } from '../../../components/internal/define.ts';
import { isMirrored, type MirrorMode } from '../../../components/video-call/stage/tile-states.ts';
import { VideoTile } from '../../../components/video-call/stage/video-tile.ts';
import { eventually } from '../../support/waiting.ts';

defineElement('sarangbang-video-tile', VideoTile);

function picture(width = 160, height = 120): MediaStream {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  let hue = 0;
  const paint = setInterval(() => {
    context.fillStyle = `hsl(${(hue += 7)} 50% 50%)`;
    context.fillRect(0, 0, width, height);
  }, 30);
  paints.push(paint);
  return canvas.captureStream(20);
}

let paints: ReturnType<typeof setInterval>[] = [];
const tiles: VideoTile[] = [];

const ADA: CallParticipant = {
  id: 'p-1',
  displayName: 'Ada Lovelace',
  role: 'participant',
  isSelf: false,
  microphone: true,
  camera: true,
  screen: false,
  speaking: false,
  quality: 'good',
  stream: null,
  screenStream: null,
};

async function createTile(
  participant: Partial<CallParticipant> = {},
  fields: Partial<VideoTile> = {},
): Promise<VideoTile> {
  const tile = document.createElement('sarangbang-video-tile') as VideoTile;
  tile.style.cssText = 'inline-size: 320px; block-size: 200px';
  Object.assign(tile, { participant: { ...ADA, ...participant }, ...fields });
  document.body.append(tile);
  tiles.push(tile);
  await tile.updateComplete;
  return tile;
}

describe('a new tile', () => {
  it('reads no computed style, because that would lay out the page before the first picture', async () => {
    const { getComputedStyle } = window;
    const read: string[] = [];
    window.getComputedStyle = (element, pseudo) => {
      read.push(element.localName);
      return getComputedStyle.call(window, element, pseudo);
    };
    try {
      await createTile();
    } finally {
      window.getComputedStyle = getComputedStyle;
    }
    expect(read).to.deep.equal([]);
  });
});

afterEach(() => {
  for (const tile of tiles.splice(0)) tile.remove();
  for (const paint of paints.splice(0)) clearInterval(paint);
});

const within = <Found extends HTMLElement>(tile: VideoTile, selector: string) =>
  tile.shadowRoot!.querySelector<Found>(selector);
const videoOf = (tile: VideoTile) => within<HTMLVideoElement>(tile, 'video')!;
const shows = (tile: VideoTile) => within(tile, '.shows') !== null;

describe('a tile', () => {
  it('shows the avatar with the initials until there is a picture, and again when the camera goes off', async () => {
    const tile = await createTile({ stream: picture() });
    expect(within(tile, '[part="avatar"]')!.textContent).to.equal('AL');
    await eventually('a picture', () => shows(tile));
    expect(within(tile, '[part="avatar"]')!.hidden).to.equal(true);
    tile.participant = { ...tile.participant, camera: false };
    await tile.updateComplete;
    expect(shows(tile)).to.equal(false);
    expect(within(tile, '[part="avatar"]')!.hidden).to.equal(false);
  });

  it('sets srcObject once for a stream, however often it is rendered', async () => {
    const stream = picture();
    const tile = await createTile({ stream });
    let sets = 0;
    const video = videoOf(tile);
    const { set, get } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')!;
    Object.defineProperty(video, 'srcObject', {
      configurable: true,
      get: () => get!.call(video) as MediaStream | null,
      set: (value: MediaStream | null) => {
        sets++;
        set!.call(video, value);
      },
    });
    for (const speaking of [true, false, true]) {
      tile.participant = { ...tile.participant, speaking };
      await tile.updateComplete;
    }
    expect(sets).to.equal(0);
    tile.participant = { ...tile.participant, stream: picture() };
    await tile.updateComplete;
    expect(sets).to.equal(1);
  });

  it('shows the ring while the participant speaks, and renders nothing for it', async () => {
    let speaking = false;
    const tile = await createTile();
    tile.participant = {
      ...ADA,
      get speaking() {
        return speaking;
      },
    };
    await tile.updateComplete;
    const ring = () => getComputedStyle(within(tile, '[part="ring"]')!).opacity;
    for (const [now, opacity] of [
      [true, '1'],
      [false, '0'],
    ] as const) {
      speaking = now;
      tile.showStates();
      expect(tile.isUpdatePending).to.equal(false);
      await eventually(`the ring has the opacity ${opacity}`, () => ring() === opacity);
    }
  });

  it('plays on after it was out of the document for a moment', async () => {
    const tile = await createTile({ stream: picture() });
    await eventually('a picture', () => shows(tile));
    const video = videoOf(tile);
    video.autoplay = false;
    const paused = new Promise((resolve) => video.addEventListener('pause', resolve, { once: true }));
    tile.remove();
    await paused;
    document.body.append(tile);
    await eventually('the video plays', () => !video.paused);
    const before = video.currentTime;
    await eventually('time goes on', () => video.currentTime > before);
  });

  it('mirrors oneself unless the camera looks away, as the page wishes, and never anybody else', async () => {
    const mirrored = (participant: Partial<CallParticipant>, mode: MirrorMode) =>
      isMirrored({ ...ADA, stream: picture(), ...participant }, mode);
    const away = picture();
    away.getVideoTracks()[0]!.getSettings = () => ({ facingMode: 'environment' });
    for (const [mode, facing, turned] of [
      ['auto', true, false],
      ['on', true, true],
      ['off', false, false],
    ] as const) {
      expect(mirrored({ isSelf: true }, mode), `${mode}, facing`).to.equal(facing);
      expect(mirrored({ isSelf: true, stream: away }, mode), `${mode}, away`).to.equal(turned);
      expect(mirrored({}, mode), `${mode}, another participant`).to.equal(false);
    }
    const transform = (tile: VideoTile) => getComputedStyle(videoOf(tile)).transform;
    expect(transform(await createTile({ isSelf: true, stream: picture() }, { mirrored: true }))).to.contain('-1');
    expect(transform(await createTile({ isSelf: true, stream: picture() }))).to.equal('none');
  });

  it('tells its states as parts, and the shape of its picture', async () => {
    const tile = await createTile({ microphone: false, quality: 'poor' }, { pinned: true });
    expect([...tile.part]).to.have.members(['tile-muted', 'tile-weak', 'tile-pinned']);
    tile.participant = { ...ADA, quality: 'lost', speaking: true };
    tile.pinned = false;
    await tile.updateComplete;
    expect([...tile.part]).to.have.members(['tile-lost', 'tile-speaking']);
    expect(tile.aspect).to.equal(undefined);
    const told = new Promise((resolve) => tile.addEventListener('tile-shape', resolve, { once: true }));
    tile.participant = { ...ADA, stream: picture(90, 160) };
    await told;
    expect(tile.aspect).to.equal(9 / 16);
    tile.toggleAttribute('whole', true);
    expect(getComputedStyle(videoOf(tile)).objectFit).to.equal('contain');
  });

  it('shows a camera cut to the tile and a screen whole', async () => {
    expect(getComputedStyle(videoOf(await createTile({ stream: picture() }))).objectFit).to.equal('cover');
    const screen = await createTile({ screen: true, screenStream: picture() }, { screen: true });
    expect(getComputedStyle(videoOf(screen)).objectFit).to.equal('contain');
    expect(within(screen, '[part="avatar"]')).to.equal(null);
    expect(within(screen, '[part="name"]')!.textContent).to.equal('Ada Lovelace’s screen');
    await eventually('the screen', () => shows(screen));
  });

  it('mutes the own tile and plays the others’ aloud', async () => {
    expect(videoOf(await createTile({ isSelf: true }, { silent: true })).muted).to.equal(true);
    expect(videoOf(await createTile()).muted).to.equal(false);
  });

  it('shows the name, a microphone that is off, and a bad connection', async () => {
    const tile = await createTile({ isSelf: true, microphone: false });
    expect(within(tile, '[role="group"]')!.getAttribute('aria-label')).to.equal('Ada Lovelace (you)');
    expect(within(tile, '.plate [part="badge"]')!.getAttribute('aria-label')).to.equal('muted');
    const sayingOf = () => within(tile, '.quality')?.textContent ?? null;
    expect(sayingOf()).to.equal(null);
    tile.participant = { ...tile.participant, quality: 'poor', microphone: true };
    await tile.updateComplete;
    expect(within(tile, '.plate [part="badge"]')).to.equal(null);
    expect(sayingOf()).to.equal('Weak connection');
    tile.reconnecting = true;
    await tile.updateComplete;
    expect(sayingOf()).to.equal('Reconnecting…');
  });

  it('treats a name as text, whatever it holds', async () => {
    const tile = await createTile({ displayName: '<img src=x onerror=alert(1)> \u202Eabc 👩‍👩‍👧' });
    expect(within(tile, '[part="name"]')!.textContent).to.equal('<img src=x onerror=alert(1)> \u202Eabc 👩‍👩‍👧');
    expect(within(tile, 'img')).to.equal(null);
    expect(within(tile, '[part="name"]')!.dir).to.equal('auto');
  });

  it('tells that the browser will not play', async () => {
    const tile = await createTile();
    const told = new Promise((resolve) => tile.addEventListener('playback-blocked', resolve));
    videoOf(tile).play = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    tile.play();
    await told;
  });

  it('has the speaker set once and only when another', async () => {
    const tile = await createTile();
    const set: string[] = [];
    videoOf(tile).setSinkId = async (id: string) => void set.push(id);
    tile.speakerId = 'speaker-1';
    await tile.updateComplete;
    tile.participant = { ...tile.participant, speaking: true };
    await tile.updateComplete;
    expect(set).to.deep.equal(['speaker-1']);
  });
});

describe('the shape of a picture', () => {
  it('is the same for a smaller picture of the same camera, whose sides the sender rounds', async () => {
    const tile = await createTile();
    const video = videoOf(tile)!;
    const shapeOf = (width: number, height: number): string | undefined => {
      Object.defineProperty(video, 'videoWidth', { configurable: true, value: width });
      Object.defineProperty(video, 'videoHeight', { configurable: true, value: height });
      return tile.aspect?.toFixed(2);
    };
    expect(shapeOf(0, 0), 'before the first picture').to.equal(undefined);
    expect([shapeOf(640, 480), shapeOf(148, 112), shapeOf(152, 112)]).to.deep.equal(['1.33', '1.33', '1.33']);
    expect([shapeOf(128, 72), shapeOf(72, 40)], 'a wider camera').to.deep.equal(['1.78', '1.78']);
    expect([shapeOf(72, 128), shapeOf(40, 72)], 'a phone that was turned').to.deep.equal(['0.56', '0.56']);
  });
});
