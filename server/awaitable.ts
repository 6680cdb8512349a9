/**
 * A value or its promise. A plain value is passed on without `await`: where a signal is relayed within one process, a
 * promise for each step would cost more than the steps.
 */
export type Awaitable<Value> = Value | Promise<Value>;

/** For work that no caller waits for. `onError` receives a rejection, which would otherwise end the process. */
export function detach(value: Awaitable<unknown>, onError: (error: unknown) => void): void {
  if (value instanceof Promise) value.catch(onError);
}

/** For `detach` where a failure does no harm: the caller repeats the work, or no longer needs it. */
export const ignore = (): void => undefined;

/** Passes `value` to `next`, at once unless it is a promise. Throws or rejects as `next` and `value` do. */
export function after<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
