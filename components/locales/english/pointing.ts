/** The texts of pointing at a shared screen. */
export const pointingTerms = {
  callPoint: 'Point',
  callPointHint: 'Point at the screen. Press and move to draw.',
  callPointAllow: 'Let others point',
  callZoomIn: 'Zoom in',
  callWholeScreen: 'Show the whole screen',
};
