/**
 * What a page does that is two participants at one server. Apart, because hardly a page is.
 *
 * All elements of one copy of this code are one participant, with `connect()`. A second copy on the page (the
 * server's modules beside the package's) cannot share their connection, and `shared: false` does not want to.
 */
/** The copy of this code that uses a key: a symbol, described by its version. All versions share this form. */
export interface Copies extends Map<string, symbol> {
  /** The page was warned of a second one. */
  told?: boolean;
}

/**
 * The key of a participant: the same after each reload, whichever connects first.
 * @param mayBeFirst nobody else has kept a token under `plain`, the key of the first one
 */
export function takeKey(copies: Copies, copy: symbol, mayBeFirst: boolean, plain: string, owner: string): string {
  for (const [taken, other] of copies) {
    if (other === copy || copies.told || !`${taken} `.startsWith(`${plain} `)) continue;
    copies.told = true;
    console.warn(
      `sarangbang: two copies of this code (${other.description} and ${copy.description}) are connected to one server, ` +
        'so this page is two participants there. Load all modules from one place: from the server, or from npm.',
    );
  }
  let key = mayBeFirst && !copies.has(plain) ? plain : `${plain} ${owner}`;
  for (let count = 2; copies.has(key); count++) key = `${plain} ${owner} ${count}`;
  copies.set(key, copy);
  return key;
}
