/** The values that a template may give to a boolean property. Tests name them by their index. */
export const VALUES = [false, true, undefined, 'false', ''];
