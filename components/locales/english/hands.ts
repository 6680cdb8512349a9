/** Up to two names, and the number of the others. */
function namesOf(names: readonly string[]): string {
  const [first, second] = names;
  if (names.length < 3) return names.join(' and ');
  return `${first}, ${second} and ${names.length - 2} more`;
}

/** The texts of raised hands and reactions, which load with them. */
export const handsTerms = {
  callHandPlace: (place: number) => `Hand raised, number ${place}`,
  callHandsRaised: (names: readonly string[]) => `${namesOf(names)} raised a hand`,
  callReacted: (names: readonly string[], emoji: string) => `${namesOf(names)}: ${emoji}`,
};
