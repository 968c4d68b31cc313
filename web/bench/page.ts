// The page of `tools/bench core`.
import { loadCore } from '../src/trust';
import { startCoreCrypto } from '../tests/mls/core_crypto.js';
import { countWrites } from './core_crypto.js';
import type { Tree } from './group.js';
import { type Measured, Session } from './session.js';
import { TsMls } from './ts_mls.js';

declare global {
  interface Window {
    /** Measures one size of group. */
    measure(members: number, tree: Tree): Promise<Measured>;
  }
}

const ready = (async () => {
  if (!crossOriginIsolated) throw new Error('the clock is too coarse');
  countWrites();
  await startCoreCrypto('/core_crypto.wasm');
  return { core: await loadCore(fetch('/core.wasm')), tsMls: await TsMls.load() };
})();
window.measure = async (members, tree) => {
  const { core, tsMls } = await ready;
  return new Session(core, tsMls, members, tree).run();
};
