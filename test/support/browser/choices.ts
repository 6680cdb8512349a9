/** Every property of a call that has a list of values, the default first. */
export const CHOICES: Record<string, readonly [string, string, ...string[]]> = {
  askDevices: ['auto', 'load', 'join'],
  layout: ['auto', 'grid', 'spotlight'],
  mirror: ['auto', 'on', 'off'],
  selfView: ['auto', 'tile', 'floating', 'hidden'],
};
