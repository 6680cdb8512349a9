/** Up to two names, and the number of the others. */
function namesOf(names: readonly string[]): string {
  const [first, second] = names;
  if (names.length < 3) return names.join(' and ');
  return `${first}, ${second} and ${names.length - 2} more`;
}

/** The texts of raised hands and reactions, which load with them. */
export const handsTerms = {
  callHandLowered: 'A moderator lowered your hand.',
  callHandPlace: (place: number) => `Hand raised, number ${place}`,
  callHandsRaised: (names: readonly string[]) => `${namesOf(names)} raised a hand`,
  callMayNotSpeakShow: 'Only moderators can speak or show a camera now.',
  callMayNotSpeakShare: 'Only moderators can speak or share a screen now.',
  callMayNotShowShare: 'Only moderators can show a camera or share a screen now.',
  callMayNotSpeakShowShare: 'Only moderators can speak, show a camera or share a screen now.',
  callMaySpeak: 'You can speak now.',
  callMayShow: 'You can show your camera now.',
  callMayShare: 'You can share your screen now.',
  callMaySpeakShow: 'You can speak and show your camera now.',
  callMaySpeakShare: 'You can speak and share your screen now.',
  callMayShowShare: 'You can show your camera and share your screen now.',
  callMaySpeakShowShare: 'You can speak, show your camera and share your screen now.',
  callReacted: (names: readonly string[], emoji: string) => `${namesOf(names)}: ${emoji}`,
};
