/** The values that a template may give to a boolean. */
export const VALUES = [false, true, undefined, 'false', ''];
