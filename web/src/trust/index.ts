// The trusted core, compiled to WebAssembly: load it once, then all of it is synchronous.
import { WasmCore } from './core';
import { Module } from './module';
import type { Core } from './types';

export { borderOf, handleOf } from './core';
export type { Answered, Module } from './module';
export * from './result';
export * from './types';

/** `source`: the module's bytes, or the response that carries them. Rejects where the module cannot be loaded, or the
 *  host has no crypto.getRandomValues. */
export async function loadCore(source: Uint8Array | Response | PromiseLike<Response>): Promise<Core> {
  return new WasmCore(await Module.load(source));
}
