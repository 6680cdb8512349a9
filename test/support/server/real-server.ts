/** For tests that run in the browser under @web/test-runner: the real server beside them. */

/** URL of the server; the first call starts it. */
export async function serverUrl(): Promise<string> {
  const response = await fetch('/__server');
  if (!response.ok) throw new Error(`The server did not start: ${await response.text()}`);
  const { url } = (await response.json()) as { url: string };
  return url;
}

/** Calls a method of the server's `App`, such as `callApp('announce', ['hello', { room }])`. */
export async function callApp(method: string, args: unknown[] = []): Promise<unknown> {
  const response = await fetch('/__server', { method: 'POST', body: JSON.stringify({ method, args }) });
  if (!response.ok) throw new Error(`${method} failed: ${await response.text()}`);
  const { value } = (await response.json()) as { value: unknown };
  return value;
}

/** URL of a server whose rooms need a token. */
export async function guardedUrl(): Promise<string> {
  const { url } = (await (await fetch('/__guarded')).json()) as { url: string };
  return url;
}

/** A token for the server of `guardedUrl()`: for `room`, as `participant`, for ten minutes, unless `fields` differ. */
export async function tokenFor(
  room: string,
  fields: { role?: string; ttlMs?: number; subject?: string; name?: string } = {},
): Promise<string> {
  const response = await fetch('/__guarded', { method: 'POST', body: JSON.stringify({ rooms: [room], ...fields }) });
  if (!response.ok) throw new Error(`No token: ${await response.text()}`);
  const { value } = (await response.json()) as { value: string };
  return value;
}

/** The server behind a network that can go away, and the functions that remove and restore that network. */
export async function proxiedServer(): Promise<{ url: string; goDown(): Promise<void>; restore(): Promise<void> }> {
  const ask = async (method: string): Promise<void> => {
    const response = await fetch('/__proxied', { method: 'POST', body: JSON.stringify({ method }) });
    if (!response.ok) throw new Error(`${method} failed: ${await response.text()}`);
  };
  const { url } = (await (await fetch('/__proxied')).json()) as { url: string };
  return { url, goDown: () => ask('goDown'), restore: () => ask('restore') };
}
