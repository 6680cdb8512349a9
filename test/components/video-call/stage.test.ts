import { expect } from 'chai';
import { joinedCall, listen, partOf, partsOf, removeCalls, together } from '../../support/browser/calls.ts';
import { Ground } from '../../../components/video-call/stage/extras/ground.ts';
import type { VideoTile } from '../../../components/video-call/stage/video-tile.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(() => removeCalls());

describe('the stage', () => {
  const boxOf = (element: Element) => element.getBoundingClientRect();

  it('makes a tile large by choice, and all alike again', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '', 'self-view': 'tile' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    const [own, theirs] = partsOf(call, 'tile') as [HTMLElement, HTMLElement];
    await eventually('equal tiles', () => boxOf(own).width > 0 && boxOf(own).width === boxOf(theirs).width);
    await eventually('the button', () => partsOf(theirs, 'pin-button')[0]);
    theirs.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await eventually('a large tile', () => boxOf(theirs).width > boxOf(own).width * 2);
    expect([...theirs.part]).to.include('tile-pinned');
    theirs.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await eventually('equal tiles again', () => boxOf(own).width === boxOf(theirs).width);
    call.layout = 'spotlight';
    await eventually('the newest large', () => boxOf(theirs).width > boxOf(own).width * 2);
  });

  it('has no round clip over moving pictures, and makes no page scroll', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '', 'self-view': 'tile' } });
    const base = partOf(call, 'base');
    expect(getComputedStyle(base).overflow).to.equal('visible');
    const frame = document.createElement('div');
    frame.style.cssText = 'inline-size: 900px; block-size: 320px; overflow: auto';
    frame.append(call);
    document.body.append(frame);
    call.style.cssText = 'block-size: 320px';
    await eventually('the size of the page', () => boxOf(base).height === 320);
    expect(frame.scrollHeight).to.equal(320);
    document.body.append(call);
    frame.remove();
  });

  it('follows its own size, not the window’s', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '', 'self-view': 'tile' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    const [own, theirs] = partsOf(call, 'tile') as [HTMLElement, HTMLElement];
    await eventually(
      'beside each other',
      () => boxOf(own).top === boxOf(theirs).top && boxOf(own).left < boxOf(theirs).left,
    );
    call.style.inlineSize = '300px';
    await eventually(
      'above each other',
      () => boxOf(own).left === boxOf(theirs).left && boxOf(own).top < boxOf(theirs).top,
    );
    call.style.inlineSize = '640px';
    call.dir = 'rtl';
    await eventually(
      'beside each other from the right',
      () => boxOf(own).top === boxOf(theirs).top && boxOf(own).left > boxOf(theirs).left,
    );
    for (const tile of [own, theirs]) {
      const [stage, box] = [boxOf(partOf(call, 'stage')), boxOf(tile)];
      expect(
        box.left >= stage.left - 1 &&
          box.right <= stage.right + 1 &&
          box.top >= stage.top - 1 &&
          box.bottom <= stage.bottom + 1,
      ).to.equal(true);
    }
  });

  it('shows a card instead of the own shared screen, which stops it', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    canvas.getContext('2d')!.fillRect(0, 0, 10, 10);
    const { mediaDevices } = navigator;
    mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    const heard = listen(call, 'screen-share-change');
    try {
      partOf(call, 'screen-button').click();
      const card = await eventually('the card', () => partsOf(call, 'presenting').find((one) => one.checkVisibility()));
      expect(partsOf(call, 'tile-screen')).to.have.length(0);
      const picture = card.querySelector('canvas')!;
      await eventually('a small picture', () => picture.width > 0);
      expect([picture.width, picture.height]).to.deep.equal([320, 180]);
      expect(partOf(call, 'screen-button').getAttribute('aria-pressed')).to.equal('true');
      partOf(call, 'stop-sharing-button').click();
      await eventually('no card', () => partsOf(call, 'presenting').length === 0);
      expect(heard.map((event) => (event as unknown as { enabled: boolean }).enabled)).to.deep.equal([true, false]);
    } finally {
      delete (mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    }
  });

  it('gives the shared screen of another participant a tile of its own', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.fillRect(0, 0, 10, 10);
    const { mediaDevices } = navigator;
    mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    try {
      await other.toggleScreenShare(true);
      const tile = await eventually('the tile', () => partsOf(call, 'tile-screen')[0]);
      expect([...tile.part]).to.include.members(['tile', 'tile-screen']);
      await other.toggleScreenShare(false);
      await eventually('no tile', () => partsOf(call, 'tile-screen').length === 0);
    } finally {
      delete (mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    }
  });
});

/** A call of two with the cameras off, and its tiles. */
async function duo(attributes: Record<string, string> = {}) {
  const call = await joinedCall({ attributes: { 'camera-off': '', ...attributes } });
  const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
  await together(call, other);
  const [own, theirs] = partsOf(call, 'tile') as [HTMLElement, HTMLElement];
  const menuButton = (tile: HTMLElement) => eventually('a menu button', () => partsOf(tile, 'tile-menu-button')[0]);
  const choose = async (tile: HTMLElement, label: string): Promise<void> => {
    (await menuButton(tile)).click();
    const item = partsOf(call, 'menu-item').find(({ textContent }) => textContent.trim() === label);
    if (!item) throw new Error(`no “${label}” in the menu`);
    item.click();
    await call.updateComplete;
  };
  return { call, other, own, theirs, menuButton, choose };
}

const centre = (element: Element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

/** Whether the tile is in the left and in the upper half of the stage. */
function cornerOf(call: HTMLElement, tile: Element): string {
  const [at, middle] = [centre(tile), centre(partOf(call, 'stage'))];
  return `${at.y < middle.y ? 'upper' : 'lower'} ${at.x < middle.x ? 'left' : 'right'}`;
}

const settled = (tile: HTMLElement) => eventually('no glide', () => tile.getAnimations().length === 0);

describe('the own picture', () => {
  it('floats in a call of two, and is a tile for a page that wishes so and from three people on', async () => {
    const { call, own, theirs } = await duo();
    const video = own.shadowRoot!.querySelector('video');
    const floats = () => own.part.contains('tile-floating');
    await eventually('the own picture floats', floats);
    await Promise.all([settled(own), settled(theirs)]);
    const [stage, box, other] = [partOf(call, 'stage'), own, theirs].map((one) => one.getBoundingClientRect());
    expect(box!.width * box!.height).to.be.at.most((stage!.width * stage!.height) / 6);
    expect(other!.width * other!.height).to.be.above(stage!.width * stage!.height * 0.8);
    expect(cornerOf(call, own)).to.equal('lower right');
    call.scrollIntoView();
    const { x, y } = centre(own);
    // A failed comparison of elements would print them whole.
    expect(call.shadowRoot!.elementFromPoint(x, y) === own, 'on top').to.equal(true);
    call.selfView = 'tile';
    await eventually('a tile', () => !floats());
    call.setAttribute('self-view', 'hidden');
    await eventually('nothing', () => own.hidden);
    call.removeAttribute('self-view');
    await eventually('floating again', () => floats() && !own.hidden);
    expect(own.shadowRoot!.querySelector('video') === video, 'the same video').to.equal(true);
  });

  it('goes to a corner by the arrow keys and by a pointer, and stays there', async () => {
    const { call, own, menuButton } = await duo();
    const button = await menuButton(own);
    const press = async (key: string): Promise<void> => {
      button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
      await settled(own);
    };
    await press('ArrowUp');
    expect(cornerOf(call, own)).to.equal('upper right');
    await press('ArrowLeft');
    expect(cornerOf(call, own)).to.equal('upper left');
    const from = centre(own);
    const to = centre(partOf(call, 'stage'));
    const point = (type: string, { x, y }: { x: number; y: number }) =>
      own.dispatchEvent(
        new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true, composed: true }),
      );
    own.setPointerCapture = () => undefined;
    point('pointerdown', from);
    point('pointermove', { x: to.x + 20, y: to.y + 20 });
    expect(Math.round(centre(own).x), 'under the pointer').to.equal(Math.round(to.x + 20));
    point('pointerup', { x: to.x + 20, y: to.y + 20 });
    await settled(own);
    expect(cornerOf(call, own)).to.equal('lower right');
    call.requestUpdate();
    await call.updateComplete;
    expect(cornerOf(call, own), 'after a change').to.equal('lower right');
  });

  it('can be hidden in its menu and shown again', async () => {
    const { call, own, choose } = await duo();
    await choose(own, 'Hide my picture');
    await eventually('hidden', () => own.hidden);
    partOf(call, 'self-view-button').click();
    await eventually('shown', () => !own.hidden && own.part.contains('tile-floating'));
    await choose(own, 'Show my picture as a tile');
    await eventually('a tile', () => !own.part.contains('tile-floating') && !own.hidden);
  });

  it('leaves the name of the other participant readable', async () => {
    const { call, own, theirs, menuButton } = await duo();
    const button = await menuButton(own);
    call.style.inlineSize = '400px';
    for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown']) {
      button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
      await Promise.all([settled(own), settled(theirs)]);
      const over = own.getBoundingClientRect();
      for (const part of ['plate', 'tile-menu-button']) {
        const { left, right, top, bottom } = partOf(theirs, part).getBoundingClientRect();
        const isClear = right <= over.left || left >= over.right || bottom <= over.top || top >= over.bottom;
        expect(isClear, `${part} after ${key}`).to.equal(true);
      }
    }
  });
});

describe('the menu of a tile', () => {
  it('pins by keyboard alone, gives the focus back, and tells the page', async () => {
    const { call, theirs, menuButton } = await duo({ 'self-view': 'tile' });
    const heard = listen(call, 'pin-change');
    const button = await menuButton(theirs);
    button.focus();
    button.click();
    const menu = partOf(call, 'menu');
    expect(menu.matches(':popover-open')).to.equal(true);
    const [first] = partsOf(call, 'menu-item') as [HTMLElement];
    expect(call.shadowRoot!.activeElement === first, 'the focus').to.equal(true);
    first.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    expect(menu.matches(':popover-open')).to.equal(false);
    await eventually('the focus is back', () => theirs.shadowRoot!.activeElement === button);
    button.click();
    (partsOf(call, 'menu-item')[0] as HTMLElement).click();
    await eventually('pinned', () => heard.length === 1);
    const [own, other] = call.participants;
    expect((heard[0] as HTMLElementEventMap['pin-change']).participant?.id).to.equal(other!.id);
    expect([own!.isPinned, other!.isPinned]).to.deep.equal([false, true]);
    call.pin(own!.id);
    await eventually('the other one pinned', () => heard.length === 2);
    call.pin('nobody');
    await call.updateComplete;
    expect(own!.isPinned, 'after an id of nobody').to.equal(true);
    call.pin(null);
    await eventually('nobody pinned', () => heard.length === 3);
    expect((heard[2] as HTMLElementEventMap['pin-change']).participant).to.equal(null);
    expect([...theirs.part]).not.to.include('tile-pinned');
  });

  it('has a button on every tile that a keyboard and a finger reach', async () => {
    const { own, theirs, menuButton } = await duo();
    for (const tile of [own, theirs]) {
      const button = await menuButton(tile);
      button.focus();
      await eventually('visible with the focus', () => getComputedStyle(button).opacity === '1');
      expect(button.getAttribute('aria-label')).to.match(/^Options for /);
      expect(button.getBoundingClientRect().width).to.be.at.least(28);
    }
  });
});

describe('the states of a call', () => {
  it('tell that it is alone and that a screen is shared, beside the main one', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    await eventually('alone', () => call.matches(':state(alone):state(joined)'));
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    await eventually('not alone', () => !call.matches(':state(alone)'));
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.fillRect(0, 0, 10, 10);
    const { mediaDevices } = navigator;
    mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    try {
      await call.toggleScreenShare(true);
      await eventually('sharing', () => call.matches(':state(sharing):state(joined)'));
      await call.toggleScreenShare(false);
      await eventually('not sharing', () => !call.matches(':state(sharing)'));
    } finally {
      delete (mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    }
  });
});

describe('a picture that would lose more than 40 %', () => {
  it('is shown whole on a small still of itself, which is drawn again', async () => {
    const call = await joinedCall();
    const other = await joinedCall({ room: call.room, other: true });
    await together(call, other);
    const theirs = await eventually('a tile', () => partsOf(call, 'tile')[1]);
    await eventually('a picture', () => theirs.shadowRoot!.querySelector('.shows'));
    // A stage this wide and low, shared with a third tile, leaves no box of the picture's shape.
    const { width, height } = theirs.getBoundingClientRect();
    expect(theirs.hasAttribute('whole'), `${width}×${height}`).to.equal(false);
    expect(theirs.shadowRoot!.querySelector('.ground') === null).to.equal(true);
    const ground = new Ground();
    ground.handleTiles([theirs as VideoTile]);
    const canvas = theirs.shadowRoot!.querySelector<HTMLCanvasElement>('.ground')!;
    expect([canvas.width, canvas.height]).to.deep.equal([32, 24]);
    const before = canvas.toDataURL();
    await eventually('a new still', () => canvas.toDataURL() !== before, 5_000);
    ground.handleTiles([]);
    expect(theirs.shadowRoot!.querySelector('.ground') === null, 'none').to.equal(true);
    ground.close();
  });
});

describe('the ring of a participant who speaks', () => {
  /** Relative luminance, as WCAG defines it. */
  const luminance = (colour: string): number => {
    const context = new OffscreenCanvas(1, 1).getContext('2d')!;
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const contrast = (a: string, b: string): number => {
    const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
    return (light + 0.05) / (dark + 0.05);
  };

  it('has a line of at least 3 to 1 on every picture and every page, and so have the marks', async () => {
    const { call, theirs } = await duo();
    const element = theirs.shadowRoot!.querySelector('[part="ring"]')!;
    const colours = (text: string) => text.match(/(?:rgb|oklch|color)\([^)]*\)/g)!;
    const ring = colours(getComputedStyle(element).boxShadow);
    expect(ring).to.have.length(4);
    const pageColour = getComputedStyle(partOf(call, 'base')).backgroundColor;
    for (const under of ['#fff', '#000', '#808080', '#2f7d6b', '#f7f3eb', pageColour])
      expect(Math.max(...ring.map((line) => contrast(line, under))), under).to.be.at.least(3);
    // The veil behind the marks, over a white picture.
    const veil = 'rgb(88, 86, 83)';
    for (const mark of ['#f3b3a7', '#f0c36b', '#fffdf8']) expect(contrast(mark, veil), mark).to.be.at.least(3);
  });
});
