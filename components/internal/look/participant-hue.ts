/**
 * The hue (0 to 359) by which a participant is told from others of the same name: the same for one id on
 * every page. Styles make it a colour of fixed lightness (`oklch`), so that contrast does not depend on the hue.
 */
export function participantHue(id: string): number {
  // FNV-1a; ids that differ in one character end up far apart.
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  // Twenty-four steps: neighbouring hues would not be told apart anyway.
  return ((hash >>> 0) % 24) * 15;
}
