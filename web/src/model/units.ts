import type { Unit } from '../api/boundary.js';

/** Whether `id` lies somewhere below `ancestor` in the tree of units. Bounded by the tree's size, so a loop ends. */
export function isBelow(units: readonly Unit[], id: string, ancestor: string): boolean {
  let at = units.find((unit) => unit.id === id);
  for (let steps = 0; at !== undefined && steps < units.length; steps += 1) {
    if (at.parent === ancestor) return true;
    const parent: string = at.parent;
    at = units.find((unit) => unit.id === parent);
  }
  return false;
}
