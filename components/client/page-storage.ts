/** What a page remembers. Storage can be missing, forbidden or full, so reading and writing never throw. */

type StorageName = 'sessionStorage' | 'localStorage';

/** Node has storages as well, but they do not belong to one visitor; only those of a `window` count. */
function storageOf(name: StorageName): Storage | undefined {
  return globalThis.window?.[name];
}

export function readItem(name: StorageName, key: string): string | null {
  try {
    return storageOf(name)?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/** Writes an item; `''` removes it. */
export function writeItem(name: StorageName, key: string, value: string): void {
  try {
    if (value) storageOf(name)?.setItem(key, value);
    else storageOf(name)?.removeItem(key);
  } catch {
    // The page works without the item: it is only not remembered.
  }
}
