/** Closing what a test file has opened. */

/**
 * Takes all steps in this order, also after one of them failed: a remaining server or relay would keep the test's
 * process alive. Rejects at the end with what failed.
 */
export async function closeAll(...steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'));
  if (failures.length === 1) throw failures[0];
}
