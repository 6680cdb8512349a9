/** The name of somebody who has not said theirs: made once, kept for the next visit. */
import { pageStorage } from './resume-token.ts';

const KEY = 'sarangbang:name';
const MANNERS = 'Amber Brave Bright Calm Clever Gentle Golden Happy Kind Lively Lucky Merry Quiet Silver Sunny Warm'.split(' ');
const GUESTS = 'Badger Crane Deer Dolphin Finch Fox Hare Heron Lynx Magpie Otter Owl Robin Seal Tiger Wren'.split(' ');

/** Two words, such as "Quiet Heron". */
export function friendlyName(random: () => number = Math.random): string {
  const storage = pageStorage('localStorage');
  try {
    const known = storage?.getItem(KEY);
    if (known) return known;
  } catch {
    // Storage that may not be read: a new name at each visit.
  }
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)]!;
  const name = `${pick(MANNERS)} ${pick(GUESTS)}`;
  try {
    storage?.setItem(KEY, name);
  } catch {
    // As above.
  }
  return name;
}
