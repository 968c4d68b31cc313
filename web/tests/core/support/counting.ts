// Counts the MLS states that a browser's core holds: each lies in the module's memory until it is disposed of.
import type { Groups } from '../../../src/core/groups.js';
import type { Engine, GroupState } from '../../../src/mls/engine.js';
import type { Person } from './person.js';

const makers = ['createGroup', 'joinByWelcome', 'commit', 'process', 'reenter', 'encrypt', 'decrypt', 'load'] as const;

export class Counting {
  private readonly live = new Set<GroupState>();

  /** Of what the core makes from here on. */
  constructor(private readonly person: Person) {
    const { engine } = (person.core as unknown as { env: { engine: Engine } }).env;
    for (const name of makers) {
      const make = engine[name].bind(engine) as (...args: unknown[]) => unknown;
      Object.assign(engine, {
        [name]: (...args: unknown[]) => {
          const made = make(...args);
          this.find(made, 3);
          return made;
        },
      });
    }
  }

  private find(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth === 0 || value instanceof Uint8Array) return;
    if ('dispose' in value && 'epoch' in value) {
      const state = value as GroupState;
      const dispose = state.dispose.bind(state);
      this.live.add(state);
      state.dispose = () => {
        this.live.delete(state);
        dispose();
      };
    } else for (const one of Object.values(value)) this.find(one, depth - 1);
  }

  /** States that nobody owns any more and nobody has disposed of. */
  leaked(): number {
    const { groups } = this.person.core as unknown as { groups: Groups };
    const held = [...groups.records.keys()].flatMap((id) => [groups.state(id), groups.next(id), groups.prev(id)]);
    return [...this.live].filter((state) => !held.includes(state)).length;
  }
}
