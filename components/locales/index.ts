/** Which languages there are: English at once, the others when an element is to speak one. */
import { en, type Locale } from './en.ts';

export { en, type Locale };

/** By primary language code. */
export const LAZY_LOCALES: Readonly<Record<string, () => Promise<Locale>>> = {
  ko: async () => (await import('./ko.ts')).ko,
};
