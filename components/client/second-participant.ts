/**
 * The key in sessionStorage, and the warning, for a page that is two participants at one server.
 *
 * All elements of one copy of this code and its `connect()` calls are one participant. A second copy on the page (the
 * server's modules beside those of the package) cannot share their connection, and `connect()` with `shared: false`
 * must not. This file stands apart, and loads late, because few pages have two participants.
 */
/**
 * The participants of this page: for each key in sessionStorage, the symbol of the copy of this code that uses it. The
 * description of the symbol is the version. All versions share this form.
 */
export interface Copies extends Map<string, symbol> {
  /** True once the page has been warned. */
  told?: boolean;
}

/**
 * Returns the key of a participant. It stays the same after a reload, whichever participant connects first.
 * @param mayBeFirst true if no other participant has stored a token under `plain`, the key of the first one
 */
export function takeKey(copies: Copies, copy: symbol, mayBeFirst: boolean, plain: string, owner: string): string {
  for (const [taken, other] of copies) {
    if (other === copy || copies.told || !`${taken} `.startsWith(`${plain} `)) continue;
    copies.told = true;
    console.warn(
      `sarangbang: two copies of this code (${other.description} and ${copy.description}) are connected to one ` +
        'server, so this page is two participants there. ' +
        'Load all modules from one place: from the server, or from npm.',
    );
  }
  let key = mayBeFirst && !copies.has(plain) ? plain : `${plain} ${owner}`;
  for (let count = 2; copies.has(key); count++) key = `${plain} ${owner} ${count}`;
  copies.set(key, copy);
  return key;
}
