/** How a sender divides its budget of bit rate among the receivers, without connections. */
import { expect } from 'chai';
import { SLOWEST, planUplink } from '../../../components/rtc/uplink/budget.ts';
import type { Fit, Receiver } from '../../../components/rtc/uplink/share.ts';
import type { Size } from '../../../components/rtc/uplink/shown.ts';

const CAPTURED = { camera: [640, 360], screen: [1_920, 1_080] } as const;
const CAMERAS_KBPS = 768;
const SCREENS_KBPS = 2_500;

const showing = (...sizes: (Size | null)[]): Receiver[] =>
  sizes.map((size) => ({ shown: size && { camera: size, screen: size }, receivesVideo: true }));
const camerasOf = (receivers: readonly Receiver[], slowness = 0): Fit[] =>
  planUplink(receivers, CAPTURED, slowness).map(({ camera }) => camera);
const sum = (fits: readonly Fit[]) => fits.reduce((total, { kbps }) => total + kbps, 0);

describe('the budget of a sender', () => {
  const FULL: Size = [640, 360];
  const TILE: Size = [160, 90];

  it('has no limit for one receiver that shows the picture at full size', () => {
    expect(camerasOf(showing(FULL))).to.deep.equal([{ active: true, scale: 1, fps: Infinity, kbps: Infinity }]);
    expect(planUplink(showing(FULL), CAPTURED)[0]!.screen.kbps, 'nor a limit for its screen').to.be.greaterThan(400);
  });

  it('gives a small tile a small picture at half of the frames and at most 100 kbps', () => {
    const [fit] = camerasOf(showing(TILE));
    expect(fit).to.include({ active: true, scale: 4, fps: 15 });
    // 0.1 bits for each pixel at 30 frames a second, and seven tenths of that for half of the frames.
    expect(fit!.kbps).to.equal(Math.ceil(160 * 90 * 0.003 * 0.7));
  });

  it('gives a small screen fewer frames than a small camera, because it hardly moves', () => {
    const [plan] = planUplink(showing(TILE), CAPTURED);
    expect([plan!.camera.fps, plan!.screen.fps]).to.deep.equal([15, 5]);
  });

  for (const [shown, scale] of [
    [[640, 360], 1],
    [[430, 242], 1],
    [[426, 240], 1.5],
    [[320, 180], 2],
    [[320, 320], 1],
    [[100, 360], 1],
    [[1, 1], 16],
    [[16, 16], 16],
    [[5_000, 5_000], 1],
  ] as const) {
    it(`makes a camera picture ${scale} times smaller for a tile of ${shown.join('×')}`, () => {
      const [fit] = camerasOf(showing(shown));
      expect(fit!.scale).to.equal(scale);
    });
  }

  it('shows a screen whole, so that the narrower side decides', () => {
    expect(planUplink(showing([960, 960]), CAPTURED)[0]!.screen.scale).to.equal(2);
  });

  it('sends nothing to a receiver that hides the picture, or that takes only sound', () => {
    expect(camerasOf(showing([0, 0], FULL))[0]).to.include({ active: false, kbps: 1 });
    expect(camerasOf(showing([0, 90], FULL))[0]).to.include({ active: false });
    expect(camerasOf(showing([NaN, NaN], FULL))[0], 'a size that is none').to.include({ active: false });
    const [fit] = camerasOf([{ shown: null, receivesVideo: false }, ...showing(FULL)]);
    expect(fit).to.include({ active: false });
  });

  it('shares equally among older clients', () => {
    expect(camerasOf(showing(null, null)).map(({ kbps }) => kbps)).to.deep.equal([384, 384]);
    expect(camerasOf(showing(null, null, null, null)).map(({ kbps }) => kbps)).to.deep.equal([192, 192, 192, 192]);
  });

  it('gives an older client, which tells no size, half of the part of a full-size receiver', () => {
    expect(camerasOf(showing(null, FULL)).map(({ kbps }) => kbps)).to.deep.equal([256, 512]);
  });

  it('gives what small and hidden tiles leave to the receiver that shows the picture large', () => {
    const [large, ...small] = camerasOf(showing(FULL, TILE, TILE, [0, 0]));
    expect(large!.kbps).to.be.greaterThan(CAMERAS_KBPS / 2);
    expect(large).to.include({ scale: 1, fps: Infinity });
    expect(small[0]!.kbps).to.equal(small[1]!.kbps);
    expect(sum([large!, ...small])).to.equal(CAMERAS_KBPS - 0);
  });

  it('gives a full-size receiver twice the part of others that want more than there is', () => {
    const [large, ...others] = camerasOf(showing(FULL, [320, 180], [320, 180], [320, 180], [320, 180]));
    expect(large!.kbps).to.equal(256);
    expect(others.map(({ kbps }) => kbps)).to.deep.equal([128, 128, 128, 128]);
  });

  it('lets a picture that the page holds itself count as full size', () => {
    const [held, small] = camerasOf([{ shown: {}, receivesVideo: true }, ...showing(TILE)]);
    expect(held).to.include({ active: true, scale: 1 });
    expect(held!.kbps).to.be.greaterThan(small!.kbps * 5);
  });

  it('gives a picture that the page holds itself the same part as one at full size', () => {
    const fits = camerasOf([{ shown: {}, receivesVideo: true }, ...showing(FULL)]);
    expect(fits.map(({ kbps }) => kbps)).to.deep.equal([384, 384]);
  });

  const HOSTILE: readonly (readonly [unknown, unknown])[] = [
    [NaN, NaN],
    [NaN, 360],
    [-1, -1],
    [-640, 360],
    [Infinity, Infinity],
    [-Infinity, Infinity],
    [1e308, 1e308],
    [1e-308, 1e-308],
    [Number.MAX_SAFE_INTEGER, 1],
    [0, 0],
    [1, 1],
    [640, 360],
    [160, 90],
    ['640', '360'],
    [null, undefined],
  ];

  for (let people = 3; people <= 7; people++) {
    it(`is kept among ${people} people, whatever each of them reports`, () => {
      const others = people - 2;
      for (const hostile of [...HOSTILE, null])
        for (const honest of [FULL, TILE, [0, 0] as const, null])
          for (let slowness = 0; slowness <= SLOWEST; slowness++) {
            for (const hostiles of [1, others + 1]) {
              const sizes = Array.from({ length: others + 1 }, (_, index) => (index < hostiles ? hostile : honest));
              const plan = planUplink(showing(...(sizes as (Size | null)[])), CAPTURED, slowness);
              const what = `${String(hostile)} beside ${String(honest)}`;
              for (const [source, most] of [
                ['camera', CAMERAS_KBPS],
                ['screen', SCREENS_KBPS],
              ] as const) {
                const fits = plan.map((fit) => fit[source]);
                expect(sum(fits), `${source}: ${what}`).to.be.at.most(most);
                for (const { kbps, scale, fps } of fits) {
                  expect(kbps, what).to.be.at.least(1);
                  expect(Number.isInteger(kbps), `${what}: ${kbps}`).to.equal(true);
                  expect(scale, what).to.be.within(1, 32);
                  expect(fps, what).to.be.greaterThan(4);
                }
              }
            }
          }
    });

    it(`leaves an honest receiver among ${people} people at least half of its equal part`, () => {
      const fair = CAMERAS_KBPS / (people - 1);
      for (const hostile of HOSTILE) {
        const sizes = [FULL, ...Array.from({ length: people - 2 }, () => hostile)] as Size[];
        const [honest] = camerasOf(showing(...sizes));
        expect(honest!.kbps, String(hostile)).to.be.at.least(Math.floor(fair / 2));
      }
    });
  }

  it('steps down with a slow machine: fewer frames first, then fewer pixels', () => {
    const steps = Array.from({ length: SLOWEST + 1 }, (_, slowness) => camerasOf(showing(FULL, FULL), slowness)[0]!);
    expect(steps.map(({ fps, scale }) => [fps, scale])).to.deep.equal([
      [Infinity, 1],
      [20, 1],
      [15, 1.5],
      [10, 2],
    ]);
  });

  it('keeps the pixels of a screen on a slow machine, because text must stay readable', () => {
    const steps = Array.from(
      { length: SLOWEST + 1 },
      (_, slowness) => planUplink(showing(FULL, FULL), CAPTURED, slowness)[0]!.screen,
    );
    expect(new Set(steps.map(({ scale }) => scale)).size).to.equal(1);
    expect(steps.at(-1)!.fps).to.equal(10);
  });
});
