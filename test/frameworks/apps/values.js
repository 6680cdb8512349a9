/** What a template may say of a boolean. */
export const VALUES = [false, true, undefined, 'false', ''];
