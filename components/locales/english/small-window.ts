/** The texts of a call in a small window. */
export const smallWindowTerms = {
  callPipAway: 'The call is in a small window.',
  callPipBack: 'Bring the call back',
};
