/** The texts of a call in a small window. */
export const smallWindowTerms = {
  callPipAway: 'The call is in a small window.',
  callPipBack: 'Bring the call back',
  callPipPeople: (count: number) => `${count} people in the call`,
  callPipHands: (count: number) => (count === 1 ? '1 raised hand' : `${count} raised hands`),
};
