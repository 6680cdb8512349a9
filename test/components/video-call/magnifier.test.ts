/** The arithmetic of a shared screen that a person looks at closely. */
import { expect } from 'chai';
import { WHOLE, fitOf, panBy, zoomBy, type Look } from '../../../components/video-call/pointing/magnifier.ts';
import { ScreenTile } from '../../../components/video-call/pointing/screen-tile.ts';
import type { VideoTile } from '../../../components/video-call/stage/video-tile.ts';

const EVERYWHERE = { width: 1, height: 1 };

/** Where a place of the picture, from its centre, is seen. */
const seenAt = ({ zoom, x, y }: Look, place: { x: number; y: number }) => ({
  x: place.x * zoom + x,
  y: place.y * zoom + y,
});

it('knows what part of its box a picture takes', () => {
  expect(fitOf({ width: 1600, height: 900 }, 16 / 9)).to.deep.equal(EVERYWHERE);
  expect(fitOf({ width: 400, height: 400 }, 2)).to.deep.equal({ width: 1, height: 0.5 });
  expect(fitOf({ width: 400, height: 100 }, 2)).to.deep.equal({ width: 0.5, height: 1 });
  expect(fitOf({ width: 0, height: 0 }, 2)).to.deep.equal(EVERYWHERE);
});

it('enlarges around the place under the pointer, between once and eight times', () => {
  const at = { x: 0.3, y: -0.2 };
  const twice = zoomBy(WHOLE, 2, at, EVERYWHERE);
  expect(twice).to.deep.equal({ zoom: 2, x: -0.3, y: 0.2 });
  expect(seenAt(twice, at)).to.deep.equal(at);
  expect(zoomBy(twice, 100, at, EVERYWHERE).zoom).to.equal(8);
  expect(zoomBy(twice, 0, at, EVERYWHERE)).to.equal(WHOLE);
  expect(zoomBy(twice, 0.1, at, EVERYWHERE)).to.equal(WHOLE);
});

it('moves an enlarged picture to its edges and no further, and a whole one not at all', () => {
  const twice: Look = { zoom: 2, x: 0, y: 0 };
  expect(panBy(twice, { x: 5, y: -5 }, EVERYWHERE)).to.deep.equal({ zoom: 2, x: 0.5, y: -0.5 });
  expect(panBy(WHOLE, { x: 5, y: 5 }, EVERYWHERE)).to.deep.equal(WHOLE);
  // A letterboxed picture that is still lower than its box stays in the middle.
  expect(panBy(twice, { x: 5, y: 5 }, { width: 1, height: 0.5 })).to.deep.equal({ zoom: 2, x: 0.5, y: 0 });
});

it('begins in a page with an image of the name addEventListener, and stops pointing when the page is hidden', () => {
  const image = Object.assign(document.createElement('img'), { name: 'addEventListener' });
  document.body.append(image);
  let lifts = 0;
  const tile = Object.assign(document.createElement('div'), { aspect: 1 }) as unknown as VideoTile;
  const frame = document.createElement('div');
  try {
    expect(document.addEventListener, 'control: the name takes its place').to.equal(image as unknown);
    const screen = new ScreenTile(tile, frame, {
      isPointing: () => true,
      onPoint() {},
      onLift: () => lifts++,
      onLook() {},
    });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(lifts).to.equal(1);
    screen.close();
  } finally {
    image.remove();
  }
});
