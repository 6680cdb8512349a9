/**
 * The rules for names and texts that both ends apply: how long a text is, and what of it can be seen.
 *
 * Owns the canonical form of a room's name and of a display name. Does not own the limits (`protocol.ts`). Like the
 * contract it knows neither Node nor the DOM, so that the browser can import it without any code of the server.
 */
import { LIMITS } from './protocol.ts';

/** The length that limits count: code points, not UTF-16 units. */
export function codePointLength(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The first `max` code points of a text. */
export function cutToCodePoints(text: string, max: number): string {
  return text.length <= max ? text : [...text].slice(0, max).join('');
}

/** Viramas: signs of Indic scripts. A joiner beside a virama changes a visible letter, so the joiner is not removed. */
const VIRAMA = '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca]';

/**
 * Characters that show nothing. The group in parentheses matches those of them that change a visible neighbour;
 * `stripUnseen` keeps these.
 */
const UNSEEN = new RegExp(
  // Emoji: joiners, selectors of text or colour, keycaps, flags of parts of a country. Then variants of Han letters.
  '((?<=\\p{ExtPict}[\\ufe0f\\p{EMod}]?)\\u200d(?=\\p{ExtPict})|(?<=\\p{ExtPict})[\\ufe0e\\ufe0f]|\\ufe0f(?=\\u20e3)' +
    '|(?<=\\u{1f3f4})[\\u{e0030}-\\u{e007a}]+\\u{e007f}|(?<=\\p{sc=Han})[\\u{e0100}-\\u{e01ef}]' +
    // Joiners beside a virama; non-joiners, which keep apart letters that would join, as in Arabic.
    `|(?<=${VIRAMA})\\u200d|\\u200d(?=${VIRAMA})|(?<=${VIRAMA}|[\\u0620-\\u08ff])\\u200c(?=[\\u0620-\\u0dff]))` +
    // Default-ignorable code points; other characters that have no visible form; controls except white space.
    '|[\\p{DI}\\u2800\\ufff9-\\ufffc\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}]|[^\\P{Cc}\\s]',
  'gu',
);

/** A text without the characters that show nothing. White space stays. */
export function stripUnseen(text: string): string {
  return text.replace(UNSEEN, '$1');
}

/** A display name as it is shown: trimmed and cut at its limit; empty if nothing of it is visible. */
export const trimDisplayName = (name: string): string =>
  cutToCodePoints(stripUnseen(name).trim(), LIMITS.displayNameCodePoints);

/** Whether nothing of a text is visible. */
export function showsNothing(text: string): boolean {
  return !stripUnseen(text).trim();
}

// Control characters, and bidirectional controls (UAX #9), which reverse the text that follows them.
const FORBIDDEN_IN_ROOM = /[\p{Cc}\p{Bidi_C}]/u;

// NFC makes at most four code points into one, so more than 4 × 128 of them are too long in any case, and so are 132
// combining marks in a row. They are refused before they are normalised, because normalising sixty thousand marks in
// the wrong order takes a second.
const TOO_LONG_FOR_ROOM = /^[^]{513}|(?:^|\P{M})\p{M}{132}/u;

/** Stands for every room in a grant, so no room can have this name. */
export const EVERY_ROOM = '*';

/**
 * The canonical form of a room's name (NFC, trimmed), or `null` if invalid. Characters that show nothing make it
 * invalid, because the name without them is a different room's. `strips` removes them instead.
 */
export function normalizeRoom(room: string, strips = false): string | null {
  const trimmed = room.trim();
  if (!trimmed.isWellFormed() || TOO_LONG_FOR_ROOM.test(trimmed)) return null;
  const name = trimmed.normalize('NFC').trim();
  const seen = stripUnseen(name);
  if (FORBIDDEN_IN_ROOM.test(name)) return null;
  if (seen !== name) return strips ? normalizeRoom(seen, true) : null;
  return name && name !== EVERY_ROOM && codePointLength(name) <= LIMITS.roomCodePoints ? name : null;
}
