/**
 * The rooms that this participant leaves.
 *
 * Owns the departures that the server could not be told about: it may still show this participant in those rooms, or
 * waiting at their doors. They are told with the next connection. Does not own which rooms are joined.
 */
import { CodedError } from '../internal/coded-error.ts';

export class Departures {
  readonly #request: (room: string) => Promise<unknown>;
  readonly #untold = new Set<string>();

  constructor(request: (room: string) => Promise<unknown>) {
    this.#request = request;
  }

  leave(room: string): void {
    this.#request(room).catch((thrown: unknown) => {
      if (CodedError.from(thrown).code === 'server-unreachable') this.#untold.add(room);
    });
  }

  /** The server can be told. A room that was entered again meanwhile (`isIn`) is not left. */
  handleReady(isIn: (room: string) => boolean): void {
    const untold = [...this.#untold];
    this.#untold.clear();
    for (const room of untold) if (!isIn(room)) this.leave(room);
  }
}
