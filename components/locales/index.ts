/**
 * Which languages there are. English is shown until a different language is loaded, and where there is none. The
 * essentials of English are always loaded. Its other texts come with the view that shows them, or with the first error.
 * Every other language is loaded whole, when an element needs it.
 */
import type { Locale } from './en.ts';
import { Capability } from '../internal/capability.ts';
import { essentials } from './english/essentials.ts';

export type { Locale };

/** The English texts that are loaded so far: the essentials, and those of each view on the page. */
export const en = { ...essentials } as Locale;

/** Adds texts to `en`. Each view calls this with its own. */
export function addEnglish(terms: Partial<Locale>): void {
  Object.assign(en, terms);
}

/** Adds the sentences of all errors to `en`. Loaded late, because most pages never show one. */
export const errorSentences = new Capability((_at) =>
  import('./english/errors.ts').then(({ errorTerms }) => addEnglish(errorTerms)),
);

/** The languages besides English, by primary language code. */
export const LANGUAGES: Readonly<Record<string, Capability<Locale>>> = {
  ko: new Capability((_at) => import('./ko.ts').then(({ ko }) => ko)),
};
