/** Waiting in the browser for something to be so, with a word about what never came. */

/** Resolves with the first truthy answer of `ask`, which is put again and again. */
export async function eventually<Value>(
  what: string,
  ask: () => Value | Promise<Value>,
  timeoutMs = 8_000,
): Promise<NonNullable<Value>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value) return value as NonNullable<Value>;
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
