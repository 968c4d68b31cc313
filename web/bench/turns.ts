// Libraries measured in turns, so that what else the machine does meets all of them.
import type { Name } from './subject.js';

/** No further sample of a library once these milliseconds are used up. */
const most = 2000;

/** Who takes a turn: a library, or the signatures alone that the core's work comes to. */
export type Runner = Name | 'signatures';
/** Milliseconds, of once or of several times. */
export type Sample = () => Promise<number | readonly number[]>;
export type Values = Partial<Record<Runner, number>>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The median of each of the samples' times, in rounds; `before` runs before each round. A sample that throws leaves the rounds,
 *  and `refused` hears why. */
export async function inTurns(
  samples: ReadonlyMap<Runner, Sample>,
  rounds: number,
  before: () => unknown,
  refused: (runner: Runner, error: unknown) => void,
): Promise<Values> {
  const taken = new Map([...samples.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    await before();
    for (const [name, had] of taken) {
      if (had.reduce((sum, ms) => sum + ms, 0) > most) continue;
      try {
        had.push(...[await (samples.get(name) as Sample)()].flat());
      } catch (error) {
        taken.delete(name);
        refused(name, error);
      }
    }
  }
  return Object.fromEntries([...taken].map(([name, had]) => [name, median(had)]));
}
