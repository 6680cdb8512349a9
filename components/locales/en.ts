/**
 * English as a whole: what the other languages are measured by. Keys are the error codes as they are, then
 * one block per element. Pages load it in parts, each with what says it (see `index.ts`).
 */
import { chatTerms } from './english/chat.ts';
import { deviceTerms } from './english/devices.ts';
import { errorTerms } from './english/errors.ts';
import { essentials } from './english/essentials.ts';
import { listTerms } from './english/list.ts';
import { moderationTerms } from './english/moderation.ts';

export const en = { ...essentials, ...errorTerms, ...listTerms, ...chatTerms, ...deviceTerms, ...moderationTerms };

/** All that a language has to say; the same keys, the same arguments. */
export type Locale = {
  [Key in keyof typeof en]: (typeof en)[Key] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : (typeof en)[Key] extends 'ltr'
      ? 'ltr' | 'rtl'
      : string;
};
