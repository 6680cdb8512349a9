/** What a page may read of its own grant. Nothing is verified here: what it allows is for the server to say. */

/** The claims of a token; none where it is no token. */
export function readToken(token: string): { readonly role?: unknown; readonly exp?: unknown } {
  try {
    return (JSON.parse(atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))) as object | null) ?? {};
  } catch {
    return {};
  }
}
