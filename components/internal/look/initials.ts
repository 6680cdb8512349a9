/**
 * The one or two characters of an avatar. Counts graphemes, so that an emoji family or a combining accent is one
 * character and is never cut in two.
 */
const STARTS_A_WORD = /^[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
const EAST_ASIAN = /^[\p{Script=Hangul}\p{Script=Han}]+$/u;

function graphemesOf(text: string): string[] {
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
