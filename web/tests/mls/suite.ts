// The cipher suite 0x0003 for ts-mls on noble's primitives alone: no crypto.subtle (Ed25519 is missing there before
// Chrome 137, and all of it outside secure contexts). HPKE is RFC 9180's base mode, single shot.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CiphersuiteImpl, Hpke, PrivateKey, PublicKey } from 'ts-mls';
import { concat, equal } from '../../src/core/bytes.js';

const suiteName = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519' as const;
const text = (s: string) => new TextEncoder().encode(s);
const none = new Uint8Array();

// RFC 9180, 4: labelled extract and expand.
const version = text('HPKE-v1');
const kemId = concat(text('KEM'), Uint8Array.of(0x00, 0x20));
const hpkeId = concat(text('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));

function labeledExtract(id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(sha256, concat(version, id, text(label), ikm), salt);
}
function labeledExpand(id: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256, prk, concat(Uint8Array.of(length >> 8, length & 255), version, id, text(label), info), length);
}

/** Keys are plain bytes inside; ts-mls hands them back to us without looking. */
interface RawKey {
  readonly raw: Uint8Array;
}
const asPublic = (raw: Uint8Array) => ({ raw }) as unknown as PublicKey;
const asPrivate = (raw: Uint8Array) => ({ raw }) as unknown as PrivateKey;
const rawOf = (key: PublicKey | PrivateKey) => (key as unknown as RawKey).raw;

function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(kemId, none, 'eae_prk', dh);
  return labeledExpand(kemId, prk, 'shared_secret', concat(enc, recipient), 32);
}

interface Schedule {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly exporter: Uint8Array;
}
function schedule(shared: Uint8Array, info: Uint8Array): Schedule {
  const context = concat(
    Uint8Array.of(0),
    labeledExtract(hpkeId, none, 'psk_id_hash', none),
    labeledExtract(hpkeId, none, 'info_hash', info),
  );
  const secret = labeledExtract(hpkeId, shared, 'secret', none);
  return {
    key: labeledExpand(hpkeId, secret, 'key', context, 32),
    nonce: labeledExpand(hpkeId, secret, 'base_nonce', context, 12),
    exporter: labeledExpand(hpkeId, secret, 'exp', context, 32),
  };
}

function makeHpke(random: (n: number) => Uint8Array): Hpke {
  const encapsulate = (recipient: Uint8Array, info: Uint8Array) => {
    const secret = random(32);
    const enc = x25519.getPublicKey(secret);
    return { enc, keys: schedule(sharedSecret(x25519.getSharedSecret(secret, recipient), enc, recipient), info) };
  };
  const decapsulate = (secret: Uint8Array, enc: Uint8Array, info: Uint8Array) =>
    schedule(sharedSecret(x25519.getSharedSecret(secret, enc), enc, x25519.getPublicKey(secret)), info);
  const pair = (secret: Uint8Array) => ({
    privateKey: asPrivate(secret),
    publicKey: asPublic(x25519.getPublicKey(secret)),
  });
  const checked = (k: Uint8Array) => {
    if (k.length !== 32) throw new Error('an X25519 key has 32 bytes');
    return k;
  };
  return {
    keyLength: 32,
    nonceLength: 12,
    async seal(publicKey, plaintext, info, aad) {
      const { enc, keys } = encapsulate(rawOf(publicKey), info);
      return { enc, ct: chacha20poly1305(keys.key, keys.nonce, aad ?? none).encrypt(plaintext) };
    },
    async open(privateKey, kemOutput, ciphertext, info, aad) {
      const keys = decapsulate(rawOf(privateKey), checked(kemOutput), info);
      return chacha20poly1305(keys.key, keys.nonce, aad ?? none).decrypt(ciphertext);
    },
    async exportSecret(publicKey, exporterContext, length, info) {
      const { enc, keys } = encapsulate(rawOf(publicKey), info);
      return { enc, secret: labeledExpand(hpkeId, keys.exporter, 'sec', exporterContext, length) };
    },
    async importSecret(privateKey, exporterContext, kemOutput, length, info) {
      const keys = decapsulate(rawOf(privateKey), checked(kemOutput), info);
      return labeledExpand(hpkeId, keys.exporter, 'sec', exporterContext, length);
    },
    importPrivateKey: async (k) => asPrivate(checked(k)),
    importPublicKey: async (k) => asPublic(checked(k)),
    exportPublicKey: async (k) => rawOf(k),
    exportPrivateKey: async (k) => rawOf(k),
    encryptAead: async (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad ?? none).encrypt(plaintext),
    decryptAead: async (key, nonce, aad, ciphertext) => chacha20poly1305(key, nonce, aad ?? none).decrypt(ciphertext),
    async deriveKeyPair(ikm) {
      const prk = labeledExtract(kemId, none, 'dkp_prk', ikm);
      return pair(labeledExpand(kemId, prk, 'sk', none, 32));
    },
    generateKeyPair: async () => pair(random(32)),
  };
}

/** `random(n)` gives n fresh bytes; it is the suite's only source of randomness. Signing keys are 32-byte seeds. */
export function makeSuite(random: (n: number) => Uint8Array): CiphersuiteImpl {
  const mac = (key: Uint8Array, data: Uint8Array) => hmac(sha256, key, data);
  return {
    name: suiteName,
    rng: { randomBytes: random },
    hash: {
      digest: async (data) => sha256(data),
      mac: async (key, data) => mac(key, data),
      verifyMac: async (key, tag, data) => equal(tag, mac(key, data)),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => extract(sha256, ikm, salt),
      expand: async (prk, info, length) => expand(sha256, prk, info, length),
    },
    signature: {
      sign: async (seed, message) => ed25519.sign(message, seed),
      verify: async (publicKey, message, signature) => {
        if (publicKey.length !== 32 || signature.length !== 64) return false;
        try {
          // RFC 8032's equation, so that node (libsodium) and client accept the same signatures.
          return ed25519.verify(signature, message, publicKey, { zip215: false });
        } catch {
          return false;
        }
      },
      keygen: async () => {
        const signKey = random(32);
        return { signKey, publicKey: ed25519.getPublicKey(signKey) };
      },
    },
    hpke: makeHpke(random),
  };
}
