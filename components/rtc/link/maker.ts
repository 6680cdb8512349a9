/**
 * Which of two ends makes their link.
 *
 * Owns only the rule. Both ends must come to the same result, or each waits for the offer of the other. The later of
 * two new ends makes the link, because it knows the other one first. With an older end the smaller id decides.
 */
import type { CallPresence } from '../../../server/protocol.ts';

/** What decides, of one end. */
export interface End {
  readonly id: string;
  readonly presence: Pick<CallPresence, 'since' | 'newcomerOffers'> | null;
}

/**
 * An end whose place the server has not told yet. The server tells the facts of a room in order, so all known ends came
 * before it.
 */
export const LATEST = { since: Infinity, newcomerOffers: true } as const;

/** True if `own` makes the link to `other`. */
export function isMaker(own: End, other: End): boolean {
  const mine = own.presence;
  const theirs = other.presence;
  if (
    mine?.newcomerOffers &&
    theirs?.newcomerOffers &&
    typeof mine.since === 'number' &&
    typeof theirs.since === 'number' &&
    mine.since !== theirs.since
  )
    return mine.since > theirs.since;
  return own.id < other.id;
}
