/** Waiting for what is to come, with a word when it does not. */
import type { Emitter } from '../../components/internal/emitter.ts';
import type { ReadableStore } from '../../components/internal/store.ts';
import { within } from './server/server.ts';

/** Resolves with the first snapshot, present or to come, that fits. */
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

/** Resolves with the next event of a name. */
export function next<Events extends object, Name extends keyof Events & string>(
  events: Emitter<Events>,
  name: Name,
  patienceMs?: number,
): Promise<Events[Name]> {
  let unsubscribe: () => void = () => undefined;
  const found = new Promise<Events[Name]>((resolve) => (unsubscribe = events.on(name, resolve)));
  return within(found, name, patienceMs).finally(unsubscribe);
}

/** Everything of the given names that happened, in order. */
export function record<Events extends object>(
  events: Emitter<Events>,
  names: readonly (keyof Events & string)[],
): { name: keyof Events & string; event: unknown }[] {
  const heard: { name: keyof Events & string; event: unknown }[] = [];
  for (const name of names) events.on(name, (event) => void heard.push({ name, event }));
  return heard;
}

/** Lets all promises that can settle do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
