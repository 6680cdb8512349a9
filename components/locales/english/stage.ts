/** The texts of a call's stage that load with what shows them. */
export const stageTerms = {
  callEnlarge: (name: string) => `Pin ${name}`,
  callTileMenu: (name: string) => `Options for ${name}`,
  callPin: 'Pin',
  callUnpin: 'Unpin',
  callSelfFloat: 'Float my picture',
  callSelfTile: 'Show my picture as a tile',
  callSelfHide: 'Hide my picture',
  callSelfShow: 'Show my picture',
  callPresenting: 'You’re sharing your screen',
  callStopSharing: 'Stop sharing',
  callTileSpeaking: 'speaking',
  callTilePinned: 'pinned',
  callTileFloating: 'in front of the others',
  callTileDark: 'camera off',
  callNextPage: 'More people',
  callPreviousPage: 'Previous people',
};
