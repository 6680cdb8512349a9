/**
 * Tells screen readers of hands and reactions. What happens within a moment is one sentence: thirty people who applaud
 * must not be read one by one.
 */
import { isolate } from '../../internal/isolate.ts';
import type { Term } from '../toolbar.ts';

/** How long hands and reactions are gathered, in milliseconds. */
const GATHERING_MS = 1_500;
/** The most emoji in one sentence. */
const EMOJI_READ = 3;

export class Reading {
  readonly #term: Term;
  readonly #say: (text: string) => void;
  readonly #hands = new Set<string>();
  readonly #reactions = new Map<string, Set<string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(term: Term, say: (text: string) => void) {
    this.#term = term;
    this.#say = say;
  }

  handleHand(name: string): void {
    this.#hands.add(isolate(name));
    this.#wait();
  }

  handleReaction(name: string, emoji: string): void {
    const names = this.#reactions.get(emoji) ?? new Set();
    this.#reactions.set(emoji, names.add(isolate(name)));
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hands.clear();
    this.#reactions.clear();
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#read(), GATHERING_MS);
  }

  #read(): void {
    const term = this.#term;
    const sentences = [...this.#reactions]
      .toSorted(([, one], [, other]) => other.size - one.size)
      .slice(0, EMOJI_READ)
      .map(([emoji, names]) => term('callReacted', [...names], emoji));
    if (this.#hands.size > 0) sentences.unshift(term('callHandsRaised', [...this.#hands]));
    this.close();
    this.#say(sentences.join('. '));
  }
}
