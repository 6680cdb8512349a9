/**
 * How much of this participant's pictures goes to each receiver of a mesh.
 *
 * Owns the arithmetic: sizes, frame rates, and how receivers share the budget. Does not own senders (`Encoding`) or
 * when a plan is made (`Uplink`). What receivers report is untrusted, and no report may bring the sum above the budget.
 * It is a pure function, so that tests can check this.
 */
import { BUDGET_KBPS, type Fit, type Fits, type Receiver } from './share.ts';
import { isHidden, type Size, type VideoSource } from './shown.ts';

/** What the sender of a picture that nobody sees may still send, in kbps: the browser refuses a limit of 0. */
const HIDDEN_KBPS = 1;
/** The most that a picture which was made smaller may take: 0.1 bits for each pixel at 30 frames a second. */
const KBPS_A_PIXEL = 0.003;
/**
 * The part of that rate for a picture that is also sent with fewer frames. It is more than the part of frames that are
 * left, because successive frames then differ more.
 */
const SMALL_RATIO = 0.7;
/**
 * The factors by which a picture is made smaller. It stays at least as large as it is shown, unless this machine is
 * slow (`SLOWER`). Few factors, because each change costs a key frame.
 */
const SCALES = [1, 1.5, 2, 3, 4, 6, 8, 12, 16] as const;
/** A picture that is made smaller, to at most this height in pixels, gets fewer frames, because nobody misses them. */
const SMALL_HEIGHT = 100;
const SMALL_FPS = 15;
const SMALL_SCREEN_FPS = 5;
/** What a slow machine limits at each step of `slowness`: the frames of all pictures, and the size of the camera's. */
const SLOWER = [
  { fps: Infinity, scale: 1 },
  { fps: 20, scale: 1 },
  { fps: 15, scale: 1.5 },
  { fps: 10, scale: 2 },
] as const;
/** The last step of `slowness`. */
export const SLOWEST = SLOWER.length - 1;

/** The sizes of what this participant captures. */
export type Captured = Readonly<Record<VideoSource, Size>>;

/** What a receiver asks for: the most it can use, and the weight of its part if the budget is too small for all. */
interface Demand {
  readonly kbps: number;
  readonly weight: number;
}

/** Divides `total` so that nobody gets more than the demand, and what one leaves goes to the others by weight. */
function divide(total: number, demands: readonly Demand[]): number[] {
  const shares = demands.map(() => 0);
  let left = total;
  let weights = demands.reduce((sum, { weight }) => sum + weight, 0);
  const modestFirst = [...demands.keys()].toSorted(
    (a, b) => demands[a]!.kbps / demands[a]!.weight - demands[b]!.kbps / demands[b]!.weight,
  );
  for (const index of modestFirst) {
    const { kbps, weight } = demands[index]!;
    const share = Math.min(kbps, (left * weight) / weights);
    shares[index] = Number.isFinite(share) ? Math.floor(share) : share;
    left -= shares[index];
    weights -= weight;
  }
  return shares;
}

/** How many times smaller the picture may be. A screen is shown whole; a camera fills its tile and is cut. */
function scaleOf(source: VideoSource, [width, height]: Size, [shownWidth, shownHeight]: Size): number {
  const ratios = [width / shownWidth, height / shownHeight];
  const most = source === 'screen' ? Math.max(...ratios) : Math.min(...ratios);
  return SCALES.findLast((scale) => scale <= most) ?? 1;
}

function fitOf(source: VideoSource, captured: Size, { shown, receivesVideo }: Receiver, slowness: number): Fit {
  const size = shown?.[source];
  if (!receivesVideo || isHidden(size)) return { active: false, scale: 1, fps: Infinity, kbps: HIDDEN_KBPS };
  const slower = SLOWER[slowness] ?? SLOWER[0];
  const scale = (size ? scaleOf(source, captured, size) : 1) * (source === 'camera' ? slower.scale : 1);
  const smallFps = source === 'camera' ? SMALL_FPS : SMALL_SCREEN_FPS;
  const isSmall = scale > 1 && captured[1] / scale <= SMALL_HEIGHT;
  const fps = Math.min(slower.fps, isSmall ? smallFps : Infinity);
  const pixels = (captured[0] * captured[1]) / scale ** 2;
  const kbps = scale > 1 ? Math.ceil(pixels * KBPS_A_PIXEL * (isSmall ? SMALL_RATIO : 1)) : Infinity;
  return { active: true, scale, fps, kbps };
}

/** A receiver that reports that it shows the picture at full size gets twice the part of others. */
function weightOf(source: VideoSource, captured: Size, { shown }: Receiver): number {
  if (!shown) return 1;
  const size = shown[source];
  return !size || scaleOf(source, captured, size) === 1 ? 2 : 1;
}

/**
 * Plans what each receiver gets. With two or more receivers, the sum of the limits of one source never exceeds its
 * budget, whatever receivers report.
 * @param slowness 0 where this machine keeps up, up to `SLOWEST`
 */
export function planUplink(receivers: readonly Receiver[], captured: Captured, slowness = 0): Fits[] {
  const plan = (source: VideoSource): Fit[] => {
    const fits = receivers.map((receiver) => fitOf(source, captured[source], receiver, slowness));
    const demands = fits.map(({ kbps, active }, index) => ({
      kbps,
      weight: active ? weightOf(source, captured[source], receivers[index]!) : 1,
    }));
    const shares = divide(receivers.length > 1 ? BUDGET_KBPS[source] : Infinity, demands);
    return fits.map((fit, index) => ({ ...fit, kbps: shares[index]! }));
  };
  const cameras = plan('camera');
  const screens = plan('screen');
  return receivers.map((_, index) => ({ camera: cameras[index]!, screen: screens[index]! }));
}
