// What the core is given from outside, so that it runs in a worker, in Node and under a simulated network and clock.
import type { Engine } from '../mls/engine.js';
import type { Core as Trust } from '../trust/types.js';
import type { Store } from './store.js';

export interface Socket {
  send(bytes: Uint8Array): void;
  close(): void;
}
export interface SocketHandlers {
  open(): void;
  message(bytes: Uint8Array): void;
  /** Once, also where it never opened. */
  closed(): void;
}
export interface Transport {
  connect(url: string, handlers: SocketHandlers): Socket;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after that many milliseconds; the returned function cancels. */
  after(ms: number, call: () => void): () => void;
}

export type Random = (bytes: number) => Uint8Array;

/** A number in [0, 1). */
export function fraction(random: Random): number {
  const b = random(4);
  return new DataView(b.buffer, b.byteOffset, 4).getUint32(0) / 2 ** 32;
}

/** All that a core is made of. */
export interface CoreEnvironment {
  readonly url: string;
  /** "https://host/": what stands in front of '#' in links that are made here. */
  readonly linkBase: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly engine: Engine;
  readonly trust: Trust;
}
