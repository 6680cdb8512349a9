/**
 * What happened last in a call, for a request for support: names of states, events and error codes, and when. It holds
 * nothing that a person or a page wrote.
 */
import type { CallParts } from '../call-view.ts';

/** The most lines that are kept. */
const KEPT = 60;

export interface JournalLine {
  /** By the clock of the page, in milliseconds. */
  readonly atMs: number;
  readonly what: string;
}

export class Journal {
  readonly #lines: JournalLine[] = [];

  constructor({ call }: Pick<CallParts, 'call'>) {
    const { events } = call;
    events.on('state', (state) => this.#note(`state ${state}`));
    events.on('leave', ({ reason }) => this.#note(`leave ${reason}`));
    events.on('participant-join', () => this.#note('participant joined'));
    events.on('participant-leave', () => this.#note('participant left'));
    for (const name of ['microphone', 'camera', 'screen'] as const)
      events.on(name, (on) => this.#note(`${name} ${on ? 'on' : 'off'}`));
    events.on('devices', (devices) => this.#note(`devices ${devices.length}`));
    events.on('error', ({ error, fatal }) => this.#note(`error ${error.code}${fatal ? ' fatal' : ''}`));
    this.#note(`state ${call.state}`);
  }

  /** The oldest first. */
  get lines(): readonly JournalLine[] {
    return this.#lines;
  }

  #note(what: string): void {
    this.#lines.push({ atMs: performance.now(), what });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}
