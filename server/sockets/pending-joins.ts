/**
 * The `call:join`s of one connection that are not answered yet, and the signals that were sent behind them.
 *
 * Owns which signal belongs to which join, and the order of those that wait. Does not own what becomes of a signal
 * (`commands.ts`). It stands apart because all other commands of a connection wait for each other in its queue
 * (`Lane`), and signals do not.
 */
import { readRoom } from '../parse.ts';

export interface PendingJoin<Signal> {
  readonly room: string;
  readonly joinId: unknown;
  /** Signals of this room that were sent after the join, oldest first. */
  readonly behind: Signal[];
  isRefused: boolean;
}

export class PendingJoins<Signal> {
  #joins: PendingJoin<Signal>[] = [];
  /**
   * The last refused join, because signals may be on their way behind it. Only one is kept, so that refusals use no
   * memory.
   */
  #refused: PendingJoin<Signal> | null = null;

  /** The number of signals that wait. */
  get waitingCount(): number {
    let count = 0;
    for (const { behind } of this.#joins) count += behind.length;
    return count;
  }

  /** A `call:join` arrived. Null if its payload names no room, so that no signal can be sent behind it. */
  begin(payload: unknown): PendingJoin<Signal> | null {
    const room = readRoom(payload);
    if (room === null) return null;
    const join = { room, joinId: (payload as { joinId?: unknown }).joinId, behind: [], isRefused: false };
    this.#joins.push(join);
    return join;
  }

  /** The latest join of the room that a signal names, unless it was granted. */
  find(payload: unknown): PendingJoin<Signal> | undefined {
    // Most signals are sent long after the join, and are not read here.
    if (this.#joins.length === 0 && !this.#refused) return undefined;
    const room = readRoom(payload);
    const pending = this.#joins.findLast((join) => join.room === room);
    return pending ?? (this.#refused?.room === room ? this.#refused : undefined);
  }

  /**
   * Puts a signal right behind the join that is carried out now, before the signals that wait for that join. False if
   * there is none.
   */
  putFirst(signal: Signal): boolean {
    // Joins are carried out in the order in which they arrived.
    const [join] = this.#joins;
    join?.behind.unshift(signal);
    return join !== undefined;
  }

  /** The join was answered. Returns the signals that waited for it, oldest first. */
  end(join: PendingJoin<Signal>, isGranted: boolean): Signal[] {
    this.#joins = this.#joins.filter((other) => other !== join);
    join.isRefused = !isGranted;
    // A refused join is kept for its room alone: its `joinId` may be as long as a frame.
    if (join.isRefused) this.#refused = { room: join.room, joinId: undefined, behind: [], isRefused: true };
    else if (this.#refused?.room === join.room) this.#refused = null;
    return join.behind.splice(0);
  }
}
