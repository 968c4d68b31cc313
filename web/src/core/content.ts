// What the encrypted messages of a group carry (schema/client.proto, Content).
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as wire from '../schema/wire';
import { limits } from './limits.js';

export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'profiles'; readonly profiles: readonly Uint8Array[] };

/** Undefined if it is nothing that this version can show. */
export function readContent(bytes: Uint8Array): Content | undefined {
  try {
    const { body } = fromBinary(wire.ContentSchema, bytes);
    if (body.case === 'text') return { kind: 'text', text: body.value.text.slice(0, limits.text * 2) };
    if (body.case === 'profiles') return { kind: 'profiles', profiles: body.value.profiles };
  } catch {
    return undefined;
  }
  return undefined;
}

export function encodeText(text: string, time: number): Uint8Array {
  return toBinary(
    wire.ContentSchema,
    create(wire.ContentSchema, { time: BigInt(time), body: { case: 'text', value: { text } } }),
  );
}
export function encodeProfiles(profiles: readonly Uint8Array[], time: number): Uint8Array {
  return toBinary(
    wire.ContentSchema,
    create(wire.ContentSchema, { time: BigInt(time), body: { case: 'profiles', value: { profiles: [...profiles] } } }),
  );
}
