// core.MlsMessage as a value with a type of its own per wire format.
import { fromBinary } from '@bufbuild/protobuf';
import * as schema from '../schema/generated/core_pb';
import type { Bytes, MlsHeader, MlsKeyPackage } from './types';

const contentTypes = ['application', 'proposal', 'commit'] as const;
/** RFC 9420, 6: a sender inside the group. */
const member = 1;

function keyPackage(m: schema.MlsKeyPackage): MlsKeyPackage {
  const { ref, signatureKey, identity, notBefore, notAfter } = m;
  return { ref, signatureKey, identity, notBefore, notAfter };
}

/** Of bytes that the core wrote. */
export function readMls(bytes: Bytes): MlsHeader {
  const m = fromBinary(schema.MlsMessageSchema, bytes);
  const { group, epoch, authenticatedData } = m;
  const contentType = contentTypes[m.contentType - 1] ?? 'application';
  switch (m.format) {
    case schema.MlsFormat.PUBLIC_MESSAGE:
      return {
        type: 'public',
        group,
        epoch,
        contentType,
        sender: m.senderType === member ? m.sender : undefined,
        authenticatedData,
        adds: m.keyPackages.map(keyPackage),
        removes: m.removes.map((leaf) => leaf.index),
        proposals: m.proposals,
        hasPath: m.hasPath,
      };
    case schema.MlsFormat.PRIVATE_MESSAGE:
      return { type: 'private', group, epoch, contentType, authenticatedData };
    case schema.MlsFormat.WELCOME:
      return { type: 'welcome', newMembers: m.newMembers };
    case schema.MlsFormat.GROUP_INFO:
      return { type: 'group-info', group, epoch, signer: m.sender };
    default: {
      const [first] = m.keyPackages;
      if (first === undefined) throw new Error('the core left out a part of its answer');
      return { type: 'key-package', keyPackage: keyPackage(first) };
    }
  }
}
