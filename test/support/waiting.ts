/**
 * Waiting for what should happen, with a message for when it does not.
 *
 * Owns every loop and every time limit of the tests, in Node and in the browser. A wait ends with the event or state it
 * is for, so no test sleeps and hopes. A deliberate duration ("nothing happens for 500 ms") uses `pass`.
 */
import type { Emitter } from '../../components/internal/emitter.ts';
import type { ReadableStore } from '../../components/internal/store.ts';

const PATIENCE_MS = 20_000;
// The real timers are kept, because a test may replace those of the page or of Node by fake ones.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

/** Resolves after `ms` milliseconds. Only where the duration itself matters, never to wait for an event. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => void startTimer(resolve, ms));

/** Resolves as `promise` does. @throws Error `message` if that takes longer than `patienceMs` */
export async function within<Value>(
  promise: Promise<Value>,
  message: string,
  patienceMs = PATIENCE_MS,
): Promise<Value> {
  let timer: ReturnType<typeof startTimer> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = startTimer(() => reject(new Error(`${message}: did not come within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([promise, late]).finally(() => stopTimer(timer));
}

/**
 * Asks every `everyMs` milliseconds and resolves with the first truthy answer. An `ask` that throws is asked again.
 * @throws Error `what` and the last answer or failure if none came within `patienceMs`
 */
export async function eventually<Value>(
  what: string,
  ask: () => Value | Promise<Value>,
  patienceMs = 10_000,
  everyMs = 20,
): Promise<NonNullable<Value>> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const value = await ask();
      if (value) return value as NonNullable<Value>;
      last = JSON.stringify(value);
    } catch (error) {
      cause = error;
      last = String(error);
    }
    if (performance.now() > endsAt) throw new Error(`${what}: not within ${patienceMs} ms; last: ${last}`, { cause });
    await pass(everyMs);
  }
}

/** Resolves with the first snapshot, present or future, that fits. @throws Error `message` after `patienceMs` */
export function until<Snapshot>(
  store: ReadableStore<Snapshot>,
  fits: (snapshot: Snapshot) => boolean,
  message: string,
  patienceMs?: number,
): Promise<Snapshot> {
  let unsubscribe: () => void = () => undefined;
  const found = new Promise<Snapshot>((resolve) => {
    const look = (): void => {
      if (fits(store.get())) resolve(store.get());
    };
    unsubscribe = store.subscribe(look);
    look();
  });
  return within(found, message, patienceMs).finally(unsubscribe);
}

/** Resolves with the next event of a name. @throws Error the name after `patienceMs` */
export function next<Events extends object, Name extends keyof Events & string>(
  events: Emitter<Events>,
  name: Name,
  patienceMs?: number,
): Promise<Events[Name]> {
  let unsubscribe: () => void = () => undefined;
  const found = new Promise<Events[Name]>((resolve) => (unsubscribe = events.on(name, resolve)));
  return within(found, name, patienceMs).finally(unsubscribe);
}

/** Collects all later events of the given names, in order. */
export function record<Events extends object>(
  events: Emitter<Events>,
  names: readonly (keyof Events & string)[],
): { name: keyof Events & string; event: unknown }[] {
  const heard: { name: keyof Events & string; event: unknown }[] = [];
  for (const name of names) events.on(name, (event) => void heard.push({ name, event }));
  return heard;
}

/** Resolves after all microtasks that are due, such as the `then` of fulfilled promises. In Node only. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
