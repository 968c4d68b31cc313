// Making signed statements in tests, as a node and its authority would (protocol/schema/signed.proto).
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../../../src/core/bytes.js';
import * as st from '../../../src/schema/statement';

const text = new TextEncoder();

/** "xom/1/<kind in lower case with dashes>" and a zero byte. */
export function contextOf(kind: st.Kind): Uint8Array {
  return text.encode(`xom/1/${(st.Kind[kind] as string).toLowerCase().replaceAll('_', '-')}\0`);
}

export const publicKey = (seed: Uint8Array): Uint8Array => ed25519.getPublicKey(seed);

/** A statement with one signature; `deviceList` where an account signs through a device. */
export function sign<D extends DescMessage>(
  kind: st.Kind,
  schema: D,
  value: MessageInitShape<D>,
  seed: Uint8Array,
  deviceList?: Uint8Array,
): Uint8Array {
  const body = toBinary(schema, create(schema, value));
  const signature = ed25519.sign(concat(contextOf(kind), body), seed);
  return toBinary(
    st.StatementSchema,
    create(st.StatementSchema, {
      kind,
      body,
      signatures: [{ key: publicKey(seed), signature, deviceList: deviceList ?? new Uint8Array() }],
    }),
  );
}

/** SHA-256(context || body); undefined if the envelope cannot be read. */
export function statementId(statement: Uint8Array): Uint8Array | undefined {
  const envelope = readEnvelope(statement);
  return envelope && sha256(concat(contextOf(envelope.kind), envelope.body));
}

export function readEnvelope(statement: Uint8Array): st.Statement | undefined {
  try {
    const envelope = fromBinary(st.StatementSchema, statement);
    return st.Kind[envelope.kind] === undefined ? undefined : envelope;
  } catch {
    return undefined;
  }
}

export const inboxLog = (device: Uint8Array): Uint8Array => sha256(concat(text.encode('xom/1/log/inbox\0'), device));
export const officialLog = (authority: Uint8Array): Uint8Array =>
  sha256(concat(text.encode('xom/1/log/official\0'), authority));
