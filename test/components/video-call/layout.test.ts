import { expect } from 'chai';
import { Pages } from '../../../components/video-call/stage/extras/pages.ts';
import { fitSpotlight, pickLarge } from '../../../components/video-call/stage/extras/spotlight.ts';
import {
  arrangeTiles as arrange,
  fitFloating,
  fitGrid,
  isShownWhole,
} from '../../../components/video-call/stage/layout.ts';
import type { Area, Box, LayoutTile, LayoutWishes } from '../../../components/video-call/stage/layout.ts';

/** With what loads late. */
const arrangeTiles = (area: Area, all: readonly LayoutTile[], wishes: LayoutWishes, gap: number) =>
  arrange(area, all, wishes, gap, fitSpotlight);

const GAP = 8;
const STAGES = [
  { name: 'narrowest', width: 280, height: 320 },
  { name: 'telephone, upright', width: 390, height: 700 },
  { name: 'telephone, lying', width: 780, height: 300 },
  { name: 'square', width: 640, height: 640 },
  { name: 'laptop', width: 1280, height: 720 },
  { name: 'wide', width: 1920, height: 900 },
];

const WIDE = 16 / 9;
const UPRIGHT = 9 / 16;

function tiles(cameras: number, screens = 0, aspect = WIDE): LayoutTile[] {
  return [
    ...Array.from({ length: cameras }, (_, index) => ({ key: `camera-${index}`, isScreen: false, aspect })),
    ...Array.from({ length: screens }, (_, index) => ({ key: `screen-${index}`, isScreen: true })),
  ];
}

/** What is seen of a picture in a tile: the share of its width and of its height. */
function seenOf(tile: Area, picture: LayoutTile): { across: number; down: number } {
  if (isShownWhole(tile, picture)) return { across: 1, down: 1 };
  const ratio = tile.width / tile.height / picture.aspect!;
  return { across: Math.min(ratio, 1), down: Math.min(1 / ratio, 1) };
}

/** The share of the stage that pictures cover. */
function coverage(area: Area, boxes: ReadonlyMap<string, Box>, pictures: readonly LayoutTile[]): number {
  const sum = pictures.reduce((before, picture) => {
    const { width, height } = boxes.get(picture.key)!;
    const ratio = width / height / picture.aspect!;
    const share = isShownWhole({ width, height }, picture) ? Math.min(ratio, 1 / ratio) : 1;
    return before + width * height * share;
  }, 0);
  return sum / (area.width * area.height);
}

function overlap(a: Box, b: Box): boolean {
  const slack = 0.01;
  return (
    a.start + a.width > b.start + slack &&
    b.start + b.width > a.start + slack &&
    a.top + a.height > b.top + slack &&
    b.top + b.height > a.top + slack
  );
}

function expectInside(boxes: Iterable<Box>, area: { width: number; height: number }): void {
  const all = [...boxes];
  for (const [index, box] of all.entries()) {
    expect(box.start, 'start').to.be.at.least(-0.01);
    expect(box.top, 'top').to.be.at.least(-0.01);
    expect(box.start + box.width, 'end').to.be.at.most(area.width + 0.01);
    expect(box.top + box.height, 'bottom').to.be.at.most(area.height + 0.01);
    for (const other of all.slice(index + 1)) expect(overlap(box, other), 'overlap').to.equal(false);
  }
}

const corner = { atStart: false, atTop: false };
const AUTO = { mode: 'auto', chosen: null, speaker: null, floating: null, corner } as const;

describe('the layout of tiles', () => {
  for (const { name, ...area } of STAGES) {
    it(`${name}: 1 to 16 equal tiles stand inside the stage, apart from each other and in sane proportions`, () => {
      for (let count = 1; count <= 16; count++) {
        const boxes = fitGrid(area, tiles(count), GAP);
        expect(boxes).to.have.length(count);
        expectInside(boxes, area);
        const [first] = boxes as [Box];
        for (const box of boxes) expect([box.width, box.height]).to.deep.equal([first.width, first.height]);
        expect(first.width / first.height).to.be.within(WIDE * 0.65 - 0.001, WIDE * 1.25 + 0.001);
      }
    });

    it(`${name}: a shared screen takes most of the stage, 0 to 16 people stand in the filmstrip`, () => {
      for (let count = 0; count <= 16; count++) {
        const boxes = arrangeTiles(area, tiles(count, 1), AUTO, GAP);
        expect(boxes.size).to.equal(count + 1);
        expectInside(boxes.values(), area);
        const screen = boxes.get('screen-0')!;
        // At least half of the area. On a tall stage the width of the stage limits the screen instead.
        expect(screen.width * screen.height).to.be.at.least(
          Math.min(area.width * area.height * 0.5, area.width ** 2 * 0.79),
        );
      }
    });
  }

  it('puts two beside each other on a wide stage and above each other on a tall one', () => {
    const [a, b] = fitGrid({ width: 1280, height: 720 }, tiles(2), GAP) as [Box, Box];
    expect(a.top).to.equal(b.top);
    expect(b.start).to.be.above(a.start);
    const [c, d] = fitGrid({ width: 390, height: 700 }, tiles(2), GAP) as [Box, Box];
    expect(c.start).to.equal(d.start);
    expect(d.top).to.be.above(c.top);
  });

  it('centres a last row that is not full', () => {
    const boxes = fitGrid({ width: 1280, height: 720 }, tiles(3), GAP);
    const last = boxes[2]!;
    expect(last.top).to.be.above(boxes[0]!.top);
    expect(last.start + last.width / 2).to.be.closeTo(640, 0.01);
  });

  it('uses the stage: nine on a laptop cover more than three quarters of it', () => {
    const boxes = fitGrid({ width: 1280, height: 720 }, tiles(9), GAP);
    const covered = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
    expect(covered / (1280 * 720)).to.be.above(0.75);
  });

  it('has the filmstrip at the inline end of a wide stage and below on a tall one', () => {
    const wide = arrangeTiles({ width: 1280, height: 720 }, tiles(3, 1), AUTO, GAP);
    expect(wide.get('camera-0')!.start).to.be.at.least(wide.get('screen-0')!.width);
    const tall = arrangeTiles({ width: 390, height: 700 }, tiles(3, 1), AUTO, GAP);
    expect(tall.get('camera-0')!.top).to.be.at.least(tall.get('screen-0')!.height);
  });

  it('gives a shared screen the width that upright pictures beside it do not need', () => {
    const area = { width: 1280, height: 720 };
    for (const [count, width] of [
      [2, 1_070],
      [3, 1_110],
    ] as const) {
      const upright = tiles(count, 1, UPRIGHT);
      const boxes = arrangeTiles(area, upright, AUTO, GAP);
      expectInside(boxes.values(), area);
      expect(boxes.get('screen-0')!.width, `beside ${count}`).to.be.at.least(width);
      const { across, down } = seenOf(boxes.get('camera-0')!, upright[0]!);
      expect(across * down, 'what is seen of a picture').to.be.at.least(0.85);
    }
    const wide = arrangeTiles(area, tiles(3, 1), AUTO, GAP);
    expect(wide.get('camera-0')!.width, 'a wide picture').to.equal(256);
  });

  it('is a grid of all tiles until what makes some of them large is loaded', () => {
    const area = { width: 1280, height: 720 };
    const all = tiles(3, 1);
    const grid = fitGrid(area, all, GAP);
    expect([...arrange(area, all, { ...AUTO, chosen: 'camera-1' }, GAP).values()]).to.deep.equal(grid);
    expect([...arrangeTiles(area, all, AUTO, GAP).values()], 'and then it is not').not.to.deep.equal(grid);
  });

  it('makes the pinned tile large, else screens, else (in spotlight) the last speaker, else the newest', () => {
    const all = tiles(3, 1);
    const keys = (wishes: Parameters<typeof pickLarge>[1], of = all) => pickLarge(of, wishes).map((tile) => tile.key);
    expect(keys(AUTO)).to.deep.equal(['screen-0']);
    expect(keys({ ...AUTO, chosen: 'camera-1' })).to.deep.equal(['camera-1']);
    expect(keys({ mode: 'grid', chosen: null, speaker: 'camera-1' })).to.deep.equal([]);
    expect(keys({ mode: 'grid', chosen: 'camera-2', speaker: null })).to.deep.equal(['camera-2']);
    expect(keys({ mode: 'spotlight', chosen: null, speaker: 'camera-1' })).to.deep.equal(['screen-0']);
    expect(keys({ mode: 'spotlight', chosen: null, speaker: 'camera-1' }, tiles(3))).to.deep.equal(['camera-1']);
    expect(keys({ mode: 'spotlight', chosen: 'gone', speaker: null }, tiles(3))).to.deep.equal(['camera-2']);
    expect(keys(AUTO, tiles(3))).to.deep.equal([]);
  });

  it('survives a stage without size', () => {
    expect(fitGrid({ width: 0, height: 0 }, tiles(4), GAP)).to.deep.equal([]);
    expect(arrangeTiles({ width: 0, height: 100 }, tiles(2, 1), AUTO, GAP).size).to.equal(0);
  });

  it('stands four upright pictures two by two on a telephone, and four wide ones in rows', () => {
    const area = { width: 390, height: 844 };
    for (const [aspect, columns, least] of [
      [UPRIGHT, 2, 0.85],
      [WIDE, 1, 0.75],
    ] as const) {
      const pictures = tiles(4, 0, aspect);
      const boxes = arrangeTiles(area, pictures, AUTO, GAP);
      expect(new Set([...boxes.values()].map(({ start }) => start)).size, 'columns').to.equal(columns);
      expect(coverage(area, boxes, pictures), `coverage by pictures of ${aspect}`).to.be.at.least(least);
    }
  });

  it('gives a wide picture almost all of the stage in a call of two, with the own picture floating', () => {
    const area = { width: 1280, height: 720 };
    const pictures = tiles(2);
    const boxes = arrangeTiles(area, pictures, { ...AUTO, floating: 'camera-0' }, GAP);
    expect(coverage(area, boxes, pictures.slice(1))).to.be.at.least(0.85);
  });

  it('shows at least 85 % of an upright picture, or the whole face in it, in calls of two, three and four', () => {
    for (const area of [
      { width: 1280, height: 900 },
      { width: 390, height: 844 },
      { width: 270, height: 480 },
    ])
      for (const count of [2, 3, 4])
        for (const others of [WIDE, UPRIGHT]) {
          const [own, ...rest] = tiles(count, 0, others);
          const pictures = [own!, { ...rest[0]!, aspect: UPRIGHT }, ...rest.slice(1)];
          const floating = count === 2 ? 'camera-0' : null;
          const box = arrangeTiles(area, pictures, { ...AUTO, floating }, GAP).get('camera-1')!;
          const { across, down } = seenOf(box, pictures[1]!);
          // The face is from 25 to 75 % of the width and 8 to 58 % of the height. What is cut off: a fifth of it above.
          const isFaceSeen = across >= 0.5 && (1 - down) * 0.2 <= 0.08 && (1 - down) * 0.2 + down >= 0.58;
          const name = `${count} at ${area.width}×${area.height}: ${across} by ${down}`;
          expect(across * down >= 0.85 || isFaceSeen, name).to.equal(true);
        }
  });

  it('shows a picture whole if it would lose more than 40 % by filling its tile', () => {
    const picture = { key: 'a', isScreen: false, aspect: WIDE };
    expect(isShownWhole({ width: 160 * 0.61, height: 90 }, picture)).to.equal(false);
    expect(isShownWhole({ width: 160 * 0.59, height: 90 }, picture)).to.equal(true);
    expect(isShownWhole({ width: 160, height: 90 * 0.59 }, picture)).to.equal(true);
    expect(isShownWhole({ width: 10, height: 900 }, { key: 'b', isScreen: true })).to.equal(false);
  });

  it('floats a picture in each corner, inside the stage and on at most a sixth of it', () => {
    for (const area of [...STAGES, { width: 280, height: 150 }, { width: 160, height: 700 }])
      for (const aspect of [WIDE, UPRIGHT, 4])
        for (const atStart of [true, false])
          for (const atTop of [true, false]) {
            const box = fitFloating(area, aspect, GAP, { atStart, atTop });
            expectInside([box], area);
            expect(box.width * box.height).to.be.at.most((area.width * area.height) / 6);
            expect(box.start + box.width / 2 < area.width / 2).to.equal(atStart);
            expect(box.top + box.height / 2 < area.height / 2).to.equal(atTop);
          }
  });
});

describe('the pages of a stage', () => {
  const area = { width: 270, height: 300 };

  it('are one where all tiles are readable, and more where they are not', () => {
    const pages = new Pages();
    expect(pages.pick({ width: 1280, height: 720 }, tiles(16), AUTO, GAP)).to.have.length(16);
    expect([pages.hasEarlier, pages.hasLater]).to.deep.equal([false, false]);
    const seen = new Set<string>();
    for (;;) {
      const page = pages.pick(area, tiles(16), AUTO, GAP);
      for (const { key } of page) seen.add(key);
      for (const { width, height } of arrangeTiles(area, page, AUTO, GAP).values())
        expect(width * height).to.be.at.least(110 * 80);
      if (!pages.hasLater) break;
      pages.turn(1);
    }
    expect(pages.hasEarlier).to.equal(true);
    expect(seen.size, 'everybody on some page').to.equal(16);
  });

  it('have the participant who spoke last on the first one, and large tiles on each', () => {
    const pages = new Pages();
    const wishes: LayoutWishes = { ...AUTO, speaker: 'camera-14' };
    const keys = (of = wishes) => pages.pick(area, tiles(16), of, GAP).map(({ key }) => key);
    expect(keys()).to.include('camera-14');
    const pinned = { ...wishes, chosen: 'camera-9' };
    expect(keys(pinned)).to.include('camera-9');
    pages.turn(1);
    expect(keys(pinned)).to.include('camera-9');
  });

  it('go back to the last one there is when people leave', () => {
    const pages = new Pages();
    pages.pick(area, tiles(16), AUTO, GAP);
    pages.turn(1);
    expect(pages.pick(area, tiles(2), AUTO, GAP)).to.have.length(2);
    expect(pages.hasEarlier).to.equal(false);
  });
});
