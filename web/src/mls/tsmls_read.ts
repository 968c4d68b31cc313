// Reading what peers sent with ts-mls: every failure becomes a typed value.
import type { ClientState, LeafNode, MLSMessage, PrivateMessage } from 'ts-mls';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import {
  type Leaf,
  leafExtensionType,
  type MlsError,
  type MlsErrorCode,
  type MlsResult,
  policyExtensionType,
} from './engine.js';

const none = new Uint8Array();

export class Refusal extends Error {
  constructor(
    readonly code: MlsErrorCode,
    detail: string,
  ) {
    super(detail);
  }
}

/** Everything that a peer sent runs in here: whatever the library throws becomes a value. */
export async function guarded<T>(work: () => Promise<T>): Promise<MlsResult<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (e) {
    const error: MlsError =
      e instanceof Refusal
        ? { code: e.code, detail: e.message }
        : { code: 'invalid', detail: e instanceof Error ? e.message : 'unknown' };
    return { ok: false, error };
  }
}

export function extensionOf(leaf: LeafNode): Uint8Array {
  return leaf.extensions.find((e) => e.extensionType === leafExtensionType)?.extensionData ?? none;
}
export function accountOf(leaf: LeafNode): Uint8Array {
  if (leaf.credential.credentialType !== 'basic') throw new Refusal('not-allowed', 'credential type');
  return leaf.credential.identity;
}
export function asLeaf(leaf: LeafNode, index: number): Leaf {
  return { index, account: accountOf(leaf), device: leaf.signaturePublicKey, extension: extensionOf(leaf) };
}
export function leafAt(mls: ClientState, index: number): LeafNode {
  const node = mls.ratchetTree[index * 2];
  if (node?.nodeType !== 'leaf') throw new Refusal('invalid', 'no such leaf');
  return node.leaf;
}
export function leavesOf(mls: ClientState): Leaf[] {
  return mls.ratchetTree.flatMap((node, i) => (node?.nodeType === 'leaf' ? [asLeaf(node.leaf, i / 2)] : []));
}
export function policyOf(mls: ClientState): Uint8Array {
  return mls.groupContext.extensions.find((e) => e.extensionType === policyExtensionType)?.extensionData ?? none;
}

export function decode<W extends MLSMessage['wireformat']>(bytes: Uint8Array, wireformat: W, most: number) {
  if (bytes.length > most) throw new Refusal('too-large', wireformat);
  let read: [MLSMessage, number] | undefined;
  try {
    read = decodeMlsMessage(bytes, 0);
  } catch {
    throw new Refusal('malformed', wireformat);
  }
  if (read === undefined || read[1] !== bytes.length || read[0].wireformat !== wireformat)
    throw new Refusal('malformed', wireformat);
  return read[0] as Extract<MLSMessage, { wireformat: W }>;
}

export function privateOf(secret: Uint8Array) {
  return {
    initPrivateKey: secret.slice(0, 32),
    hpkePrivateKey: secret.slice(32, 64),
    signaturePrivateKey: secret.slice(64, 96),
  };
}
export function encodePrivate(privateMessage: PrivateMessage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}
