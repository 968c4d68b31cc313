// The module and the native core's samples, for the tests beside this file.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WasmCore } from '../../src/trust/core';
import type { Bytes, Entry } from '../../src/trust/index';
import { type HostImports, Module } from '../../src/trust/module';
import samplesJson from './samples.json' with { type: 'json' };

const wasm = process.env.XOM_WASM ?? join(import.meta.dirname, '..', '..', '..', 'build', 'wasm', 'xom_core.wasm');

export function moduleBytes(): Bytes {
  if (!existsSync(wasm)) throw new Error('the core module is missing; make it with tools/build-wasm');
  return new Uint8Array(readFileSync(wasm));
}

export async function loadModule(imports?: HostImports): Promise<{ module: Module; core: WasmCore }> {
  const module = await Module.load(moduleBytes(), imports);
  return { module, core: new WasmCore(module) };
}

export const fromHex = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

/** wire.EntryKind STATEMENT */
const statement = 1;

export const samples = {
  ...samplesJson,
  bytes: (
    name:
      | 'pin'
      | 'root'
      | 'rootNodeKey'
      | 'ward'
      | 'official'
      | 'publisher'
      | 'head'
      | 'group'
      | 'leader'
      | 'resident'
      | 'keyPackage'
      | 'voucher'
      | 'joinRequest'
      | 'login'
      | 'profile',
  ): Bytes => fromHex(samplesJson[name]),
  entries: samplesJson.entries.map(
    (e): Entry => ({
      header: fromHex(e.header),
      kind: statement,
      writer: fromHex(e.writer),
      entryId: BigInt(e.entryId),
      payload: fromHex(e.payload),
    }),
  ),
};

/** Where the samples' log holds what, as index into `samples.entries`. */
export const at = { warning: 5, exercise: 6, extremeByOne: 7, extremeByTwo: 8, byNobody: 9 } as const;

export function flipped(bytes: Bytes, index: number, bit = 1): Bytes {
  const out = bytes.slice();
  out[index] = (out[index] ?? 0) ^ bit;
  return out;
}
