/** The text in place of a view that did not load. It is there at once on pages with such an element. */
export const missingTerms = {
  viewMissing: 'This part didn’t load. We’ll keep trying.',
};
