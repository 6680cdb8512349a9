/**
 * The `call:join`s of one connection that are not answered yet, and the signals that were sent behind them.
 *
 * Owns which signal waits for which join, and their order. Does not own what becomes of a signal (`commands.ts`). It
 * stands apart because all other commands of a connection wait for each other in its lane, and signals do not.
 */
import { readRoom } from '../parse.ts';

export interface PendingJoin<Signal> {
  readonly room: string;
  readonly joinId: unknown;
  /** Signals of this room that were sent after the join, oldest first. */
  readonly behind: Signal[];
}

export class PendingJoins<Signal> {
  #joins: PendingJoin<Signal>[] = [];

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
    const join = { room, joinId: (payload as { joinId?: unknown }).joinId, behind: [] };
    this.#joins.push(join);
    return join;
  }

  /** The latest join of the room that a signal names. */
  find(payload: unknown): PendingJoin<Signal> | undefined {
    // Most signals are sent long after the join, and are not read here.
    if (this.#joins.length === 0) return undefined;
    const room = readRoom(payload);
    return this.#joins.findLast((join) => join.room === room);
  }

  /** The join was answered. */
  end(join: PendingJoin<Signal>): void {
    this.#joins = this.#joins.filter((other) => other !== join);
  }
}
