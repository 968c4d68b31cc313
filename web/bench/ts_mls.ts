// ts-mls, unpatched, on its own default primitives (WebCrypto, and noble's for what that lacks), the fastest of its kinds.
import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type PrivateKeyPackage,
  type Proposal,
} from 'ts-mls';
import { createGroup, encodeGroupState, joinGroup } from 'ts-mls/clientState.js';
import { createCommit } from 'ts-mls/createCommit.js';
import { createApplicationMessage } from 'ts-mls/createMessage.js';
import { generateKeyPackageWithKey, type KeyPackage } from 'ts-mls/keyPackage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { freshIdentity } from '../tests/mls/core_crypto.js';
import { config as partnerConfig, read } from '../tests/mls/partner.js';
import { type Candidate, type Library, type Made, now, type Spoken, type Subject, type Target } from './subject.js';

const suiteName = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519';
const hour = 3600;
const days90 = 90 * 24 * hour;

/** Nobody here is an account of Xóm. */
const config: ClientConfig = {
  ...partnerConfig,
  authService: { validateCredential: async (credential) => credential.credentialType === 'basic' },
};

const framed = (keyPackage: KeyPackage) =>
  encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });

export class TsMls implements Library {
  readonly name = 'ts-mls';
  private constructor(private readonly suite: CiphersuiteImpl) {}
  static async load(): Promise<TsMls> {
    return new TsMls(await getCiphersuiteImpl(getCiphersuiteFromName(suiteName)));
  }

  async candidate(): Promise<Candidate> {
    const { publicPackage, privatePackage } = await this.make();
    const join = async (bytes: Uint8Array) => {
      const begin = now();
      const { welcome } = read(bytes, 'mls_welcome');
      const [psks, none] = [emptyPskIndex, undefined];
      const state = await joinGroup(welcome, publicPackage, privatePackage, psks, this.suite, none, none, config);
      return { ms: now() - begin, subject: new TsMlsSubject(this.suite, state) };
    };
    return { keyPackage: framed(publicPackage), join };
  }

  /** A group of one without any extension, which all three can be in, and the Welcome for one who enters. */
  async found(group: Uint8Array, added: Uint8Array): Promise<Uint8Array> {
    const { publicPackage, privatePackage } = await this.make();
    const state = await createGroup(group, publicPackage, privatePackage, [], this.suite, config);
    const { keyPackage } = read(added, 'mls_key_package');
    const extraProposals: Proposal[] = [{ proposalType: 'add', add: { keyPackage } }];
    const { welcome } = await createCommit(
      { state, cipherSuite: this.suite },
      { wireAsPublicMessage: true, extraProposals, ratchetTreeExtension: true },
    );
    if (welcome === undefined) throw new Error('ts-mls made no Welcome');
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
  }

  private async make() {
    const keys = await this.suite.signature.keygen();
    const start = BigInt(Math.floor(Date.now() / 1000) - hour);
    return generateKeyPackageWithKey(
      { credentialType: 'basic', identity: freshIdentity() },
      { versions: ['mls10'], ciphersuites: [this.suite.name], extensions: [], proposals: [], credentials: ['basic'] },
      { notBefore: start, notAfter: start + BigInt(days90) },
      [],
      keys,
      this.suite,
    ) as Promise<{ publicPackage: Parameters<typeof createGroup>[1]; privatePackage: PrivateKeyPackage }>;
  }
}

class TsMlsSubject implements Subject {
  constructor(
    private readonly suite: CiphersuiteImpl,
    private state: ClientState,
  ) {}
  update(): Promise<Made> {
    return this.commit(() => []);
  }
  add(message: Uint8Array): Promise<Made> {
    return this.commit(() => {
      const { keyPackage } = read(message, 'mls_key_package');
      return [{ proposalType: 'add', add: { keyPackage } }];
    });
  }
  remove({ leaf }: Target): Promise<Made> {
    return this.commit(() => [{ proposalType: 'remove', remove: { removed: leaf } }]);
  }
  async process(commit: Uint8Array): Promise<number> {
    const begin = now();
    const { publicMessage } = read(commit, 'mls_public_message');
    await processPublicMessage(this.state, publicMessage, emptyPskIndex, this.suite);
    return now() - begin;
  }
  async encrypt(plaintexts: readonly Uint8Array[]): Promise<Spoken> {
    const messages: Uint8Array[] = [];
    const ms: number[] = [];
    for (const plaintext of plaintexts) {
      const begin = now();
      const { newState, privateMessage } = await createApplicationMessage(this.state, plaintext, this.suite);
      this.state = newState;
      messages.push(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }));
      ms.push(now() - begin);
    }
    return this.spoken(ms, messages);
  }
  async decrypt(messages: readonly Uint8Array[]): Promise<Spoken> {
    const ms: number[] = [];
    for (const message of messages) {
      const begin = now();
      const { privateMessage } = read(message, 'mls_private_message');
      const result = await processPrivateMessage(this.state, privateMessage, emptyPskIndex, this.suite);
      if (result.kind !== 'applicationMessage') throw new Error('no application message');
      this.state = result.newState;
      ms.push(now() - begin);
    }
    return this.spoken(ms, messages);
  }

  /** It has the state as a whole only. */
  private spoken(ms: readonly number[], messages: readonly Uint8Array[]): Spoken {
    return { ms, messages, stored: encodeGroupState(this.state).length };
  }
  private async commit(proposals: () => Proposal[]): Promise<Made> {
    const begin = now();
    const made = await createCommit(
      { state: this.state, cipherSuite: this.suite },
      { wireAsPublicMessage: true, extraProposals: proposals(), ratchetTreeExtension: true },
    );
    const commit = encodeMlsMessage(made.commit);
    return { ms: now() - begin, commit };
  }
}
