/**
 * The one or two characters of an avatar. Counts graphemes, so that an emoji family or a combining accent is one
 * character and is never cut in two.
 */
/** A letter, a number, an emoji or a flag. */
const STARTS_A_WORD = /^[\p{L}\p{N}\p{ExtPict}\p{RI}]/u;
const EAST_ASIAN = /^[\p{sc=Hangul}\p{sc=Han}]+$/u;

/** Text without anything that joins a neighbour: Latin letters, Han, syllables of Hangul. Each is one grapheme. */
const PLAIN = /^[ -\u024f\u4e00-\u9fff\uac00-\ud7a3]*$/;

/** The first segmenter of a page takes 20 ms, so plain names do without. */
function graphemesOf(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** `Ada Lovelace` → `AL`, `Ada` → `A`, `김민지` → `민지` (the given name), `` → `?`. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s·_-]+/u).filter((word) => STARTS_A_WORD.test(word));
  const first = words[0];
  const last = words.at(-1);
  if (first === undefined || last === undefined) return graphemesOf(name.trim())[0] ?? '?';
  const letters = graphemesOf(first);
  if (words.length === 1 && letters.length <= 4 && EAST_ASIAN.test(first)) return letters.slice(-2).join('');
  return (letters[0]! + (words.length > 1 ? graphemesOf(last)[0]! : '')).toUpperCase();
}
