/**
 * Which languages there are. English is shown until a different language is loaded, and where there is none. The
 * essentials of English are always loaded. Its other texts come with the view that shows them, or with the first error.
 * Every other language is loaded whole, when an element needs it.
 */
import type { Locale } from './en.ts';
import { Capability } from '../internal/capability.ts';
import { essentials } from './english/essentials.ts';

export type { Locale };

/** As far as it is loaded: what is on the page finds its texts here. */
export const en = { ...essentials } as Locale;

/** A view brings its own texts. */
export function addEnglish(terms: Partial<Locale>): void {
  Object.assign(en, terms);
}

/** Has all errors' sentences here: most pages never say one. */
export const errorSentences = new Capability((_at) =>
  import('./english/errors.ts').then(({ errorTerms }) => addEnglish(errorTerms)),
);

/** By primary language code. */
export const LANGUAGES: Readonly<Record<string, Capability<Locale>>> = {
  ko: new Capability((_at) => import('./ko.ts').then(({ ko }) => ko)),
};
