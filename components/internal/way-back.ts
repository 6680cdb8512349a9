/** Refusals and ends that the same person cannot change by asking again: another grant, page or room is needed. */
const FINAL = /^(?:removed|not-a|token|origin|version)/;

/**
 * What the button back into a room says, or `null` where no button can help.
 * @param reason the code of what ended or prevented the stay, if there is one
 * @param failed whether the room or the call was never entered
 */
export function wayBackOf(reason: string | undefined, failed: boolean) {
  if (FINAL.test(`${reason}`)) return null;
  if (reason === 'knock-refused') return 'askAgain';
  return failed || reason === 'cancelled' ? 'tryAgain' : 'joinAgain';
}
