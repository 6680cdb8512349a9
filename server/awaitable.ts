/** What is there at once, or comes later. A signal waits for nothing in one process, and a turn for each step would cost more than the steps. */
export type Awaitable<Value> = Value | Promise<Value>;

/** What `next` makes of `value`: at once where that is there. Throws or rejects as `next` and `value` do. */
export function after<Value, Result>(value: Awaitable<Value>, next: (value: Value) => Awaitable<Result>): Awaitable<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
