// What the parts of the core share: the things given from outside, the store, and one lock.
import type { Engine } from '../mls/engine.js';
import type { Core as Trust } from '../trust/types.js';
import type { Clock, Random } from './env.js';
import type { Store } from './store.js';

export class Kernel {
  private tail: Promise<unknown> = Promise.resolve();
  constructor(
    readonly store: Store,
    readonly trust: Trust,
    readonly engine: Engine,
    readonly clock: Clock,
    readonly random: Random,
    /** Something that the state shows has changed. */
    readonly changed: () => void,
  ) {}

  /** Every change of MLS state happens in here, one after the other (RULES); it must not wait for the network. */
  async lock<T>(work: () => Promise<T>): Promise<T> {
    const before = this.tail;
    const mine = (async () => {
      await before.catch(() => {});
      return work();
    })();
    this.tail = mine.catch(() => {});
    return mine;
  }
}
