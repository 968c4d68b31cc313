// The border to the WebAssembly module (protocol/wasm/README.md): memory in and out, nothing of what it means.
import { nameOfError, type Result } from './result';

/** Exactly what the module imports. */
export interface HostImports {
  readonly wasi_snapshot_preview1: { readonly random_get: (pointer: number, size: number) => number };
}
type Argument = Uint8Array | number | bigint;
type Exported = (...args: (number | bigint)[]) => number;
export interface Answered {
  readonly bytes: Uint8Array;
  readonly detail: bigint;
}

/** crypto.getRandomValues gives at most this many bytes at once. */
const mostRandom = 65536;
const answerHead = 16;

export function fillRandom(out: Uint8Array): void {
  for (let at = 0; at < out.length; at += mostRandom)
    crypto.getRandomValues(out.subarray(at, Math.min(at + mostRandom, out.length)) as Uint8Array<ArrayBuffer>);
}

export class Module {
  private readonly memory: WebAssembly.Memory;
  private readonly alloc: Exported;
  private readonly free: Exported;

  private constructor(private readonly exports: WebAssembly.Exports) {
    this.memory = exports.memory as WebAssembly.Memory;
    this.alloc = this.function('xom_alloc');
    this.free = this.function('xom_free');
  }

  /** Rejects where the module cannot be compiled, or the host gives no randomness. */
  static async load(source: Uint8Array | Response | PromiseLike<Response>, imports?: HostImports): Promise<Module> {
    let memory: WebAssembly.Memory | undefined;
    const host = imports ?? {
      wasi_snapshot_preview1: {
        random_get: (pointer: number, size: number): number => {
          if (memory === undefined) throw new Error('randomness was asked for too early');
          fillRandom(new Uint8Array(memory.buffer, pointer, size));
          return 0;
        },
      },
    };
    const instance = await instantiate(source, host as unknown as WebAssembly.Imports);
    memory = instance.exports.memory as WebAssembly.Memory;
    (instance.exports._initialize as () => void)();
    const module = new Module(instance.exports);
    const started = module.function('xom_start')();
    if (started !== 0) throw new Error(started === 1 ? 'the host gives no randomness' : 'libsodium does not start');
    return module;
  }

  /** Calls a function that answers; Uint8Arrays become (pointer, size). All that crossed is wiped before it is freed. */
  call(name: string, ...args: readonly Argument[]): Result<Answered> {
    const given: [pointer: number, size: number][] = [];
    const flat: (number | bigint)[] = [];
    try {
      for (const arg of args) {
        if (!(arg instanceof Uint8Array)) {
          flat.push(arg);
          continue;
        }
        const pointer = this.alloc(arg.length) >>> 0;
        if (pointer === 0) throw new Error('the core has no memory left');
        given.push([pointer, arg.length]);
        new Uint8Array(this.memory.buffer, pointer, arg.length).set(arg);
        flat.push(pointer, arg.length);
      }
      return this.take(this.function(name)(...flat) >>> 0);
    } finally {
      for (const [pointer, size] of given) this.free(pointer, size);
    }
  }

  /** Ends a handle. */
  release(name: string, handle: number): void {
    this.function(name)(handle);
  }

  /** Bytes of the module's memory; it only grows. */
  get size(): number {
    return this.memory.buffer.byteLength;
  }

  private take(pointer: number): Result<Answered> {
    const head = new DataView(this.memory.buffer, pointer, answerHead);
    const code = head.getUint32(0, true);
    const size = head.getUint32(4, true);
    const detail = head.getBigUint64(8, true);
    const bytes = new Uint8Array(this.memory.buffer, pointer + answerHead, size).slice();
    this.free(pointer, answerHead + size);
    if (code === 0) return { ok: true, value: { bytes, detail } };
    return { ok: false, error: { code, name: nameOfError(code), message: new TextDecoder().decode(bytes), detail } };
  }

  private function(name: string): Exported {
    const found = this.exports[name];
    if (typeof found !== 'function') throw new Error(`the core has no ${name}`);
    return found as Exported;
  }
}

async function instantiate(
  source: Uint8Array | Response | PromiseLike<Response>,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  if (source instanceof Uint8Array)
    return (await WebAssembly.instantiate(source as Uint8Array<ArrayBuffer>, imports)).instance;
  const response = await source;
  if (!response.ok) throw new Error(`the core could not be fetched: ${response.status}`);
  // Streaming needs the right content type; a proxy that loses it must not keep the core from loading.
  const streams = response.headers.get('content-type')?.startsWith('application/wasm') === true;
  if (streams) return (await WebAssembly.instantiateStreaming(response, imports)).instance;
  return (await WebAssembly.instantiate(await response.arrayBuffer(), imports)).instance;
}
