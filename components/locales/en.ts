/**
 * English as a whole: its keys and arguments are those that each other language must have. Keys are the error codes
 * unchanged, then one block for each element. Pages load English in parts, each with the view that shows it (see
 * `index.ts`).
 */
import { chatTerms } from './english/chat.ts';
import { deviceTerms } from './english/devices.ts';
import { errorTerms } from './english/errors.ts';
import { essentials } from './english/essentials.ts';
import { handsTerms } from './english/hands.ts';
import { invitationTerms } from './english/invitation.ts';
import { listTerms } from './english/list.ts';
import { lobbyTerms } from './english/lobby.ts';
import { menuTerms } from './english/menu.ts';
import { missingTerms } from './english/missing.ts';
import { checkTerms } from './english/check.ts';
import { moderationTerms } from './english/moderation.ts';
import { personalTerms } from './english/personal.ts';
import { smallWindowTerms } from './english/small-window.ts';
import { pointingTerms } from './english/pointing.ts';
import { stageTerms } from './english/stage.ts';

export const en = {
  ...essentials,
  ...errorTerms,
  ...listTerms,
  ...chatTerms,
  ...deviceTerms,
  ...handsTerms,
  ...invitationTerms,
  ...lobbyTerms,
  ...menuTerms,
  ...missingTerms,
  ...moderationTerms,
  ...personalTerms,
  ...checkTerms,
  ...smallWindowTerms,
  ...pointingTerms,
  ...stageTerms,
};

/** The texts of one language: the same keys and arguments as in English. */
export type Locale = {
  [Key in keyof typeof en]: (typeof en)[Key] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : (typeof en)[Key] extends 'ltr'
      ? 'ltr' | 'rtl'
      : string;
};
