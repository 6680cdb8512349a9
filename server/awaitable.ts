/** What is there at once, or comes later. A signal waits for nothing in one process, and a turn for each step would cost more than the steps. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Lets go of what nobody waits for. Its rejection goes to `onError`; heard by nobody, it would end the process. */
export function detach(value: Awaitable<unknown>, onError: (error: unknown) => void): void {
  if (value instanceof Promise) value.catch(onError);
}

/** For `detach`, where a failure changes nothing: what was asked for is asked for again, or needed no more. */
export const ignore = (): void => undefined;

/** What `next` makes of `value`: at once where that is there. Throws or rejects as `next` and `value` do. */
export function after<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
