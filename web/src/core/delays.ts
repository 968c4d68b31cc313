// Of many devices that could do the same thing one is to be first, mostly: each waits a while of its own.
import type { Clock } from './env.js';

export class Delays {
  private readonly due = new Map<string, boolean>();
  constructor(private readonly clock: Clock) {}

  /** Is the time of `key` over? The first asking begins it; `then` is called when it ends. */
  over(key: string, wait: number, then: () => void): boolean {
    const known = this.due.get(key);
    if (known !== undefined) return known;
    this.due.set(key, false);
    this.clock.after(wait, () => {
      this.due.set(key, true);
      then();
    });
    return false;
  }
}
