/** What a page may remember: guarded, because storage can be missing, forbidden or full, and none of that is worth a failure. */

type StorageName = 'sessionStorage' | 'localStorage';

/** The storage, where there is one: Node has some as well, of which none means "this visitor". */
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

/** '' removes it. */
export function writeItem(name: StorageName, key: string, value: string): void {
  try {
    if (value) storageOf(name)?.setItem(key, value);
    else storageOf(name)?.removeItem(key);
  } catch {
    // Not remembered.
  }
}
