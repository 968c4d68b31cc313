// Engines for tests: the shipped module's, and one of the tests' module (tools/build-wasm --tests) that no policy judges.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CoreEngine } from '../../src/mls/core_engine.js';
import type { DeviceIdentity, GroupState, MlsResult, Opened } from '../../src/mls/engine.js';
import { borderOf, type Core, loadCore } from '../../src/trust';
import { wasm } from '../core/support/person.js';
import { unjudged } from './faulty.js';

const unjudgedWasm = process.env.XOM_WASM_TESTS ?? join(dirname(wasm), 'xom_core_tests.wasm');

export interface Unjudged {
  readonly trust: Core;
  readonly engine: CoreEngine;
  /** Bytes of the module's memory. */
  size(): number;
}

export async function loadUnjudged(): Promise<Unjudged> {
  if (!existsSync(unjudgedWasm))
    throw new Error('the tests’ core module is missing; make it with tools/build-wasm --tests');
  const trust = await loadCore(new Uint8Array(readFileSync(unjudgedWasm)));
  const module = borderOf(trust);
  const engine = new CoreEngine(module, unjudged);
  return { trust, engine, size: () => module.size };
}

export function device(trust: Core): DeviceIdentity {
  return { account: trust.random(32), key: trust.generateKey() };
}

export const bytes = (s: string) => new TextEncoder().encode(s);
export const text = (b: Uint8Array) => new TextDecoder().decode(b);

export function take<T>(r: MlsResult<T>): T {
  if (!r.ok) throw new Error(`${r.error.code}: ${r.error.detail}`);
  return r.value;
}
export function refusal(r: MlsResult<unknown>): string {
  return r.ok ? 'accepted' : r.error.code;
}

/** Opens one message and goes on from the state after it. */
export function open(engine: CoreEngine, member: { state: GroupState }, message: Uint8Array): MlsResult<Opened> {
  const { state, opened } = engine.decrypt(member.state, [message]);
  member.state.dispose();
  member.state = state;
  return opened[0] as MlsResult<Opened>;
}
