import { useEffect, useState } from 'preact/hooks';
import type { Unit } from '../api/boundary.js';
import { useModel } from './context.js';

/** The node's units; empty until they came or if they are not wanted, read again when the connection comes back. */
export function useUnits(wanted = true): readonly Unit[] {
  const { core, state } = useModel();
  const [units, setUnits] = useState<readonly Unit[]>([]);
  const { connection, cryptoReady } = state.value;
  // A change of connection is the reason to ask again.
  useEffect(() => {
    if (!wanted) return undefined;
    let gone = false;
    core.listUnits().then(
      (list) => gone || setUnits(list),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [core, wanted, connection, cryptoReady]);
  return units;
}
