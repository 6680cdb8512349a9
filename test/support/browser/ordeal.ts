/** A call and one fault after another; after each, all must be well again. */
import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import type { TestContext } from 'node:test';
import { connect } from '../../../components/client/index.ts';
import { Dice } from '../dice.ts';
import { FAULTS, type Fault } from './faults.ts';
import { countHeld } from './mounts.ts';
import type { RoughMeeting } from './rough-meeting.ts';
import { pass, until } from '../waiting.ts';

/** The longest time from the end of a fault until all must be well, in milliseconds. */
export const RECOVERY_MS = 20_000;
/** How much longer a call that did not recover in time is watched, to tell a late recovery from none. */
const PATIENCE_MS = 40_000;
/** Between two faults all must be well within this time, because a busy machine may disturb a call for a moment. */
const RELAPSE_MS = 6_000;

/** The result of one fault. */
interface Trial {
  fault: string;
  recoveredMs: number;
}

/** What one page held at one moment. */
interface PageSample {
  name: string;
  atMs: number;
  heapBytes: number;
  nodes: number;
  listeners: number;
}

export class Ordeal {
  readonly trials: Trial[] = [];
  readonly failures: string[] = [];
  readonly pages: PageSample[] = [];
  /** Memory of the server, read before each fault that ends it and at each sample. */
  readonly servers: { residentBytes: number; heapBytes: number }[] = [];
  readonly #t: TestContext;
  readonly #meeting: RoughMeeting;
  readonly #dice: Dice;
  readonly #startedAt = performance.now();

  constructor(t: TestContext, meeting: RoughMeeting, seed: number) {
    this.#t = t;
    this.#meeting = meeting;
    this.#dice = new Dice(seed);
    t.diagnostic(`seed ${seed}`);
  }

  /** Each kind once, one right after the other, for its least time. */
  async short(): Promise<void> {
    for (const fault of FAULTS) await this.#try(fault, fault.lastsMs[0]);
  }

  /** Any fault, every 10 to 30 s. */
  async long(lengthMs: number): Promise<void> {
    const sampleMs = Math.min(lengthMs / 6, 300_000);
    let sampleAt = this.#startedAt + sampleMs;
    const endsAt = this.#startedAt + lengthMs;
    while (performance.now() < endsAt) {
      const nextAt = performance.now() + this.#dice.between(10_000, 30_000);
      const fault = this.#dice.pick(FAULTS);
      const [least, most] = fault.lastsMs;
      await this.#try(fault, this.#dice.between(least, most));
      if (performance.now() > sampleAt) {
        await this.sample();
        sampleAt += sampleMs;
      }
      await pass(Math.max(1_000, Math.min(nextAt, endsAt) - performance.now()));
      await this.#meeting.health.isWell(RELAPSE_MS).catch((error: unknown) => {
        this.#fail(`${this.#clock()} unwell without another fault, after ${fault.name}: ${String(error)}`);
        return this.#explain();
      });
    }
    await this.sample();
  }

  /** Records what pages and server hold. */
  async sample(): Promise<void> {
    for (const { name, devtools } of this.#meeting.people) {
      this.pages.push({ name, atMs: performance.now() - this.#startedAt, ...(await countHeld(devtools)) });
    }
    this.servers.push(await this.#meeting.readServer());
  }

  /** Prints the table of everything that happened. */
  tell(): void {
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1).padStart(6);
    const row = (name: string, times: number[]): void => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
      this.#t.diagnostic(
        `${name.padEnd(32)} ${String(times.length).padStart(4)} times; ` +
          `well again after ${seconds(at(0.5))} s (median) ${seconds(at(0.9))} s (90th of 100) ` +
          `${seconds(at(1))} s (longest)`,
      );
    };
    for (const { name } of FAULTS) {
      const times = this.trials.filter(({ fault }) => fault === name).map(({ recoveredMs }) => recoveredMs);
      if (times.length > 0) row(name, times);
    }
    row(
      'all',
      this.trials.map(({ recoveredMs }) => recoveredMs),
    );
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
    for (const { name } of this.#meeting.people) {
      const samples = this.pages.filter((sample) => sample.name === name);
      if (samples.length > 0)
        this.#t.diagnostic(
          `${name}: heap ${samples.map(({ heapBytes }) => megabytes(heapBytes)).join(', ')} MB; ` +
            `nodes ${samples.map(({ nodes }) => nodes).join(', ')}; ` +
            `listeners ${samples.map(({ listeners }) => listeners).join(', ')}`,
        );
    }
    if (this.servers.length > 0)
      this.#t.diagnostic(
        `server: resident ${this.servers.map(({ residentBytes }) => megabytes(residentBytes)).join(', ')} MB; ` +
          `heap ${this.servers.map(({ heapBytes }) => megabytes(heapBytes)).join(', ')} MB`,
      );
  }

  async #try(fault: Fault, lastsMs: number): Promise<void> {
    const { health } = this.#meeting;
    let whom = '';
    if (fault.name.startsWith('server')) this.servers.push(await this.#meeting.readServer());
    const mend = await fault.strike(this.#meeting, this.#dice, (name) => (whom = ` (${name})`));
    await health.talk(`round ${this.trials.length + 1}`);
    const isFelt = await this.#wait(lastsMs);
    await mend();
    const what = `${this.#clock()} ${fault.name}${whom} for ${(lastsMs / 1_000).toFixed(1)} s`;
    if (fault.isFelt && !isFelt) this.#fail(`${what}: nobody felt it, so nothing was shown`);
    const endedAt = performance.now();
    try {
      await health.isWell(RECOVERY_MS);
    } catch (error) {
      this.#fail(`${what}: not well after ${RECOVERY_MS} ms: ${String(error)}`);
      await this.#explain();
      const still = await health.isWell(PATIENCE_MS).then(() => '', String);
      if (still) {
        this.#fail(`${what}: never well again: ${still}`);
        await this.#explain();
        throw new Error(this.failures.join('\n'), { cause: error });
      }
    }
    this.trials.push({ fault: fault.name, recoveredMs: performance.now() - endedAt });
    this.#t.diagnostic(`${what}: well again after ${Math.round(performance.now() - endedAt)} ms`);
  }

  async #explain(): Promise<void> {
    this.#t.diagnostic(
      `the machine's load is ${loadavg()
        .map((load) => load.toFixed(1))
        .join(', ')}`,
    );
    for (const line of await this.#meeting.health.chronicle()) this.#t.diagnostic(line);
  }

  /** Returns true if something was not well at the end of that time. */
  async #wait(lastsMs: number): Promise<boolean> {
    const endsAt = performance.now() + lastsMs;
    let complaints: string[] = [];
    do {
      await pass(Math.min(400, lastsMs));
      if (lastsMs > 0) complaints = await this.#meeting.health.complaints();
    } while (performance.now() < endsAt);
    return complaints.length > 0;
  }

  #fail(failure: string): void {
    this.failures.push(failure);
    this.#t.diagnostic(`FAILED ${failure}`);
  }

  #clock(): string {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}

/**
 * The control: a doubled person is noticed, and so is a person whose paths are gone for good. The call is over after
 * that.
 */
export async function assertNoticesTheWorst({ people, health, room }: RoughMeeting): Promise<void> {
  await health.isWell(RECOVERY_MS);
  const [{ way, name }] = people as [RoughMeeting['people'][number]];
  const double = connect({ server: way.url, displayName: name, shared: false });
  await until(
    double.join(room).store,
    ({ participants }) => participants.length === people.length + 1,
    'the double is not in the room',
  );
  await assert.rejects(health.isWell(3_000), /in the room: Ada:\S+, Ada:/);
  double.close();
  await health.isWell(RECOVERY_MS);
  const last = people.at(-1)!;
  last.way.goDown();
  await last.loseMedia(true);
  await assert.rejects(health.isWell(6_000), (error: Error) => {
    for (const complaint of [
      /Dal: the call is reconnecting/,
      /Ada: a stuck tile of Dal/,
      /Ada: no sound of Dal/,
      /Dal: no frames of Ada/,
    ])
      assert.match(error.message, complaint);
    return true;
  });
}
