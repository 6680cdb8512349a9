/** What pages tell each other about pointers, turned from unknown into typed. */
import type { ApplicationMessage } from '../../rtc/application.ts';

/** A place on a shared screen, in fractions of its picture: 0 to 1 from the left and from the top. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface PointerMessage extends Spot {
  /** True while the person draws. */
  readonly stroke: boolean;
  /** The id of the participant whose screen is meant; `null` for the only shared screen. */
  readonly screen: string | null;
}

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/** `null` for what has the wrong shape. Fields that are not known are ignored. */
export function parsePointer({ x, y, stroke = false, screen = null }: ApplicationMessage): PointerMessage | null {
  if (!isShare(x) || !isShare(y) || typeof stroke !== 'boolean') return null;
  if (screen !== null && typeof screen !== 'string') return null;
  return { x, y, stroke, screen };
}

/** Four digits are finer than a pixel of the largest screen that is sent. */
const round = (share: number): number => Math.round(share * 1e4) / 1e4;

export function formatPointer({ x, y, stroke, screen }: PointerMessage): ApplicationMessage {
  return { topic: 'pointer', x: round(x), y: round(y), ...(stroke && { stroke }), ...(screen !== null && { screen }) };
}
