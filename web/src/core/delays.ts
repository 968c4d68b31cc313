// Of many devices that could do the same thing one is to be first, mostly: each waits a while of its own.
import type { Clock } from './env.js';
import { limits } from './limits.js';
import type { Tried } from './open_commit.js';

/** So many are known; of the oldest ones nobody asks any more. */
const most = 1024;

export class Delays {
  private readonly due = new Map<string, boolean>();
  constructor(private readonly clock: Clock) {}

  /** Is the time of `key` over? The first asking begins it; `then` is called when it ends. */
  over(key: string, wait: number, then: () => void): boolean {
    const known = this.due.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.due.keys();
    if (this.due.size >= most && oldest !== undefined) this.due.delete(oldest);
    this.due.set(key, false);
    this.clock.after(wait, () => {
      this.due.set(key, true);
      then();
    });
    return false;
  }

  /** May a group be entered from outside in this epoch? At once, unless it was tried in it: then ever more rarely. */
  overAgain(group: string, { tried, times = 1 }: Tried, epoch: number, then: () => void): boolean {
    if (tried !== epoch) return true;
    const wait = Math.min(limits.retryMost, limits.enterAgain * 2 ** (times - 1));
    return this.over(`enter:${group}:${epoch}:${times}`, wait, then);
  }
}
