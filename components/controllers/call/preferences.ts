/**
 * What a person chose for every call of this origin, besides devices: kept in `localStorage` where a page may use it.
 *
 * Owns the stored choices. Does not own what follows from them. A choice that was never made is `undefined`, so that
 * the page's attribute or the browser decides.
 */
import { Store, type ReadableStore } from '../../internal/store.ts';

export interface Preferences {
  /** Whether pictures are received small. */
  readonly saveData?: boolean;
  /** Whether the person is told about speaking while muted. */
  readonly mutedNotice?: boolean;
}

const STORAGE_KEY = 'sarangbang:preferences';
const NAMES = ['saveData', 'mutedNotice'] as const;

function readStored(): Preferences {
  const kept: Partial<Record<(typeof NAMES)[number], boolean>> = {};
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(STORAGE_KEY) ?? '{}');
    for (const name of NAMES) {
      const one = (value as Record<string, unknown> | null)?.[name];
      if (typeof one === 'boolean') kept[name] = one;
    }
  } catch {
    // Some pages may not use `localStorage`, or something else wrote there.
  }
  return kept;
}

const store = new Store<Preferences>(readStored());

/** The choices. All calls of the page share them. */
export const preferences: ReadableStore<Preferences> = store;

export function prefer(choice: Preferences): void {
  store.patch(choice);
  try {
    globalThis.localStorage.setItem(STORAGE_KEY, JSON.stringify(store.get()));
  } catch {
    // The choice lasts as long as the page.
  }
}
