/** In place of Socket.IO's own: our transport makes a new socket for each attempt and waits by itself, so nothing is ever waited for here. */
export class Backoff {
  readonly attempts = 0;
  duration(): number {
    return 0;
  }
  reset(): void {}
  setMin(): void {}
  setMax(): void {}
  setJitter(): void {}
}
