import { expect } from 'chai';
import { TileMotion } from '../../../components/video-call/stage/extras/tile-motion.ts';

const stage = document.createElement('div');
stage.style.cssText = 'position: relative; inline-size: 600px; block-size: 400px';

function createTile(direction = 'ltr'): HTMLElement {
  const tile = document.createElement('div');
  tile.style.cssText = 'position: absolute; transform-origin: 0 0';
  if (direction === 'rtl') tile.style.transformOrigin = '100% 0';
  stage.style.direction = direction;
  stage.append(tile);
  return tile;
}

/** Left, top, width and height of a tile as it is drawn now, from the upper left corner of the stage. */
function seen(tile: HTMLElement): number[] {
  const { left, top } = stage.getBoundingClientRect();
  const box = tile.getBoundingClientRect();
  return [box.left - left, box.top - top, box.width, box.height].map((value) => Math.round(value * 10) / 10);
}

/** Stops the glide of a tile after a share of its time. */
function stopAt(tile: HTMLElement, share: number): void {
  for (const glide of tile.getAnimations()) {
    glide.pause();
    glide.currentTime = Number(glide.effect!.getComputedTiming().duration) * share;
  }
}

const SMALL = { start: 400.4, top: 300, width: 100, height: 50 };
const LARGE = { start: 0, top: 0, width: 300, height: 200 };
const GLIDE = { rightToLeft: false };

describe('the motion of a tile', () => {
  before(() => document.body.append(stage));
  afterEach(() => stage.replaceChildren());
  after(() => stage.remove());

  it('ends on whole pixels, and starts where the tile was', () => {
    const motion = new TileMotion();
    const tile = createTile();
    motion.place(tile, SMALL, GLIDE);
    expect(tile.getAnimations(), 'a new tile does not glide').to.have.length(0);
    expect(seen(tile)).to.deep.equal([400, 300, 100, 50]);
    motion.place(tile, LARGE, GLIDE);
    stopAt(tile, 0);
    expect(seen(tile)).to.deep.equal([400, 300, 100, 50]);
    expect([tile.style.inlineSize, tile.style.blockSize], 'the layout is final at once').to.deep.equal([
      '300px',
      '200px',
    ]);
    tile.getAnimations()[0]!.finish();
    expect(seen(tile)).to.deep.equal([0, 0, 300, 200]);
  });

  it('continues from where the tile is seen when it is sent elsewhere on its way', () => {
    const motion = new TileMotion();
    const tile = createTile();
    motion.place(tile, SMALL, GLIDE);
    motion.place(tile, LARGE, GLIDE);
    stopAt(tile, 0.4);
    const halfway = seen(tile);
    expect(halfway[0]).to.be.within(1, 399);
    motion.place(tile, SMALL, GLIDE);
    stopAt(tile, 0);
    const after = seen(tile);
    for (const [index, value] of after.entries()) expect(value).to.be.closeTo(halfway[index]!, 0.3);
  });

  it('is mirrored where the page reads from right to left', () => {
    const motion = new TileMotion();
    const tile = createTile('rtl');
    motion.place(tile, SMALL, { rightToLeft: true });
    expect(seen(tile)).to.deep.equal([100, 300, 100, 50]);
    motion.place(tile, LARGE, { rightToLeft: true });
    stopAt(tile, 0);
    expect(seen(tile)).to.deep.equal([100, 300, 100, 50]);
  });

  it('is none without a glide, and writes nothing where the place is the same', () => {
    const motion = new TileMotion();
    const tile = createTile();
    motion.place(tile, SMALL, null);
    motion.place(tile, LARGE, null);
    expect(tile.getAnimations()).to.have.length(0);
    tile.style.blockSize = '77px';
    motion.place(tile, { ...LARGE }, GLIDE);
    expect(tile.style.blockSize, 'nothing was written').to.equal('77px');
  });
});
