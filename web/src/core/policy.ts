// The bytes of Xóm's MLS extensions (protocol/schema/group.proto).
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as group from '../schema/group';

export const encodeLeaf = (facts: MessageInitShape<typeof group.LeafFactsSchema>): Uint8Array =>
  toBinary(group.LeafFactsSchema, create(group.LeafFactsSchema, facts));
export const encodePolicy = (policy: MessageInitShape<typeof group.PolicySchema>): Uint8Array =>
  toBinary(group.PolicySchema, create(group.PolicySchema, policy));

export function decodeLeaf(bytes: Uint8Array): group.LeafFacts | undefined {
  try {
    return fromBinary(group.LeafFactsSchema, bytes);
  } catch {
    return undefined;
  }
}
export function decodePolicy(bytes: Uint8Array): group.Policy | undefined {
  try {
    return fromBinary(group.PolicySchema, bytes);
  } catch {
    return undefined;
  }
}
