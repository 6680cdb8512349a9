/** Reads a page's own grant. Nothing is verified here, because only the server decides what a grant allows. */

/** Returns the claims of a token; an empty object if it is not a token. */
export function readToken(token: string): { readonly role?: unknown; readonly exp?: unknown } {
  try {
    return (JSON.parse(atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))) as object | null) ?? {};
  } catch {
    return {};
  }
}
