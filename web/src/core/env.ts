// What the core is given from outside, so that it runs in a worker, in Node and under a simulated network and clock.

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
