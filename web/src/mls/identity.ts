// The control of the plaintext scan: a test build (define __IDENTITY_CRYPTO__=true) in which encryption does nothing, so that
// the scan of a node's disk and traffic must find every word. The true message is made too, and its header kept, as the node
// reads it; only its ciphertext is replaced. A normal build drops this code.
import type { GroupState, Leaf, MlsResult, Opened } from './engine.js';

const mark = 0x1d;

/** RFC 9420, 2.1.2: a vector's length is a variable-size integer. */
function vector(bytes: Uint8Array, at: number): { start: number; end: number } {
  const size = 1 << ((bytes[at] ?? 0) >> 6);
  let length = (bytes[at] ?? 0) & 63;
  for (let i = 1; i < size; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return { start: at + size, end: at + size + length };
}
/** Of MLSMessage(PrivateMessage): version, format, group id, epoch, type, authenticated data, sender data, ciphertext. */
function ciphertext(message: Uint8Array): { at: number; start: number; end: number } {
  const group = vector(message, 4);
  const data = vector(message, group.end + 9);
  const sender = vector(message, data.end);
  return { at: sender.end, ...vector(message, sender.end) };
}
/** In the shortest form, as demanded. */
function lengthOf(n: number): number[] {
  if (n < 64) return [n];
  return n < 16384 ? [0x40 | (n >> 8), n & 255] : [0x80 | (n >>> 24), (n >> 16) & 255, (n >> 8) & 255, n & 255];
}

export function identityEncrypt(message: Uint8Array, self: number, plaintext: Uint8Array): Uint8Array {
  const { at } = ciphertext(message);
  const leaf = new Uint8Array(5);
  leaf[0] = mark;
  new DataView(leaf.buffer).setUint32(1, self);
  return Uint8Array.of(...message.subarray(0, at), ...lengthOf(5 + plaintext.length), ...leaf, ...plaintext);
}

export function identityDecrypt(
  messages: readonly Uint8Array[],
  members: readonly Leaf[],
  copy: MlsResult<GroupState>,
): { state: GroupState; opened: MlsResult<Opened>[] } {
  if (!copy.ok) throw new Error(copy.error.detail);
  const opened = messages.map((message): MlsResult<Opened> => {
    const { start, end } = ciphertext(message);
    const sealed = message.subarray(start, end);
    const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.length);
    const sender = sealed[0] === mark ? members.find((leaf) => leaf.index === view.getUint32(1)) : undefined;
    return sender === undefined
      ? { ok: false, error: { code: 'invalid', detail: 'not a message of an identity build' } }
      : { ok: true, value: { sender, plaintext: sealed.slice(5) } };
  });
  return { state: copy.value, opened };
}
