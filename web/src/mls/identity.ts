// The control of the plaintext scan: a test build (esbuild define __IDENTITY_CRYPTO__=true) in which encryption does nothing,
// so that the scan of a node's disk and traffic must find every word. A normal build drops this code.
import type { ClientState, PrivateMessage } from 'ts-mls';

export function identityEncrypt(mls: ClientState, plaintext: Uint8Array): PrivateMessage {
  const sender = new Uint8Array(4);
  new DataView(sender.buffer).setUint32(0, mls.privatePath.leafIndex);
  return {
    groupId: mls.groupContext.groupId,
    epoch: mls.groupContext.epoch,
    contentType: 'application',
    authenticatedData: new Uint8Array(),
    encryptedSenderData: sender,
    ciphertext: plaintext,
  };
}

export function identityDecrypt(message: PrivateMessage): { sender: number; plaintext: Uint8Array } {
  const bytes = message.encryptedSenderData;
  if (bytes.length !== 4) throw new Error('not a message of an identity build');
  return {
    sender: new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0),
    plaintext: message.ciphertext,
  };
}
