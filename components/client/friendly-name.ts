/** The generated name of a participant who has not chosen one. It is made once and kept for the next visit. */
import { readItem, writeItem } from './page-storage.ts';

const KEY = 'sarangbang:name';
const MANNERS = 'Amber Bright Calm Clever Gentle Golden Happy Kind Lively Quiet Sunny Warm'.split(' ');
const GUESTS = 'Badger Crane Deer Finch Fox Hare Heron Magpie Otter Owl Robin Tiger'.split(' ');

const pick = (words: string[]): string => words[Math.floor(Math.random() * words.length)]!;

/** Returns two words, such as "Quiet Heron". */
export function friendlyName(): string {
  const name = readItem('localStorage', KEY) || `${pick(MANNERS)} ${pick(GUESTS)}`;
  writeItem('localStorage', KEY, name);
  return name;
}
