/**
 * Which of two ends is the maker of their link, and makes its first offer. An end is one participant's page in the
 * call.
 *
 * Owns only the rule. Both ends must come to the same result, or each waits for the offer of the other. If both
 * presences say `newcomerOffers`, the end that entered the call later is the maker, because it knows of the other one
 * first. With an older client, which does not say it, the smaller participant id decides.
 */
import type { CallPresence, ParticipantInfo } from '../../../server/protocol.ts';

/** What the rule reads of one end. */
export interface End {
  readonly id: string;
  readonly presence: Pick<CallPresence, 'since' | 'newcomerOffers'> | null;
}

/**
 * An end whose `since` the server has not told yet. The server tells the facts of a room in order, so all ends that are
 * known by then entered before it.
 */
const LATEST = { since: Infinity, newcomerOffers: true } as const;

/**
 * This page's end in the call.
 * @param isNumbered whether the server tells `since`
 */
export function findOwn(
  participants: readonly ParticipantInfo[],
  id: string,
  joinId: string,
  isNumbered: boolean,
): End {
  const presence = participants.find((one) => one.id === id && one.call?.joinId === joinId)?.call ?? null;
  return { id, presence: isNumbered && presence?.since === undefined ? LATEST : presence };
}

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
