// A member whose client is ts-mls, with the same verbs as one on the core's engine, for interop.test.ts.
import type { CiphersuiteImpl, ClientConfig, ClientState, MLSMessage, PrivateKeyPackage, Proposal } from 'ts-mls';
import { createGroup, joinGroup } from 'ts-mls/clientState.js';
import { createCommit } from 'ts-mls/createCommit.js';
import { createApplicationMessage } from 'ts-mls/createMessage.js';
import { generateKeyPackageWithKey } from 'ts-mls/keyPackage.js';
import { mlsExporter } from 'ts-mls/keySchedule.js';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js';
import { equal } from '../../src/core/bytes.js';
import { makeSuite } from './suite.js';

export interface Change {
  readonly adds?: readonly Uint8Array[];
  readonly removes?: readonly number[];
  readonly data: Uint8Array;
}
export interface Made {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array;
  /** Takes the commit over as one's own. */
  adopt(): void;
}
/** What every member of a walk can do, whatever its client is. */
export interface Member {
  readonly client: string;
  readonly self: number;
  commit(change: Change): Promise<Made>;
  /** False: it removed this member. */
  process(commit: Uint8Array): Promise<boolean>;
  encrypt(plaintext: Uint8Array): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<Uint8Array>;
  authenticator(): Uint8Array;
  exported(label: string, context: Uint8Array, length: number): Promise<Uint8Array>;
}
/** A KeyPackage, and how its owner enters. */
export interface Invited {
  readonly keyPackage: Uint8Array;
  join(welcome: Uint8Array): Promise<Member>;
}

const leafFacts = 0xf0a1;
const policy = 0xf0a2;
const hour = 3600;
const days90 = 90 * 24 * hour;

export const config: ClientConfig = {
  keyRetentionConfig: { retainKeysForGenerations: 64, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1000 },
  lifetimeConfig: { maximumTotalLifetime: BigInt(days90), validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (a, b) => equal(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
    compareKeyPackageToLeafNode: (a, b) => equal(a.leafNode.signaturePublicKey, b.signaturePublicKey),
  },
  paddingConfig: { kind: 'padUntilLength', padUntilLength: 256 },
  authService: { validateCredential: async (c) => c.credentialType === 'basic' && c.identity.length === 32 },
};

/** An MLSMessage of one kind. */
export function read<W extends MLSMessage['wireformat']>(bytes: Uint8Array, wireformat: W) {
  const message = decodeMlsMessage(bytes, 0);
  if (message === undefined || message[1] !== bytes.length || message[0].wireformat !== wireformat)
    throw new Error(`ts-mls reads no ${wireformat}`);
  return message[0] as Extract<MLSMessage, { wireformat: W }>;
}

export class Partners {
  private readonly suite: CiphersuiteImpl;
  constructor(private readonly random: (n: number) => Uint8Array) {
    this.suite = makeSuite(random);
  }

  async found(group: Uint8Array): Promise<Member> {
    const { publicPackage, privatePackage } = await this.make();
    const required = encodeRequiredCapabilities({
      extensionTypes: [leafFacts, policy],
      proposalTypes: [],
      credentialTypes: ['basic'],
    });
    const extensions = [
      { extensionType: policy, extensionData: Uint8Array.of(9) },
      { extensionType: 'required_capabilities' as const, extensionData: required },
    ];
    return new Partner(
      await createGroup(group, publicPackage, privatePackage, extensions, this.suite, config),
      this.suite,
    );
  }

  async invite(): Promise<Invited> {
    const { publicPackage, privatePackage } = await this.make();
    return {
      keyPackage: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage }),
      join: async (bytes) => {
        const { welcome } = read(bytes, 'mls_welcome');
        const [psks, none] = [emptyPskIndex, undefined];
        return new Partner(
          await joinGroup(welcome, publicPackage, privatePackage, psks, this.suite, none, none, config),
          this.suite,
        );
      },
    };
  }

  private async make() {
    const signKey = this.random(32);
    const start = BigInt(Math.floor(Date.now() / 1000) - hour);
    const publicKey = await this.publicKey(signKey);
    return generateKeyPackageWithKey(
      { credentialType: 'basic', identity: this.random(32) },
      {
        versions: ['mls10'],
        ciphersuites: [this.suite.name],
        extensions: [leafFacts, policy],
        proposals: [],
        credentials: ['basic'],
      },
      { notBefore: start, notAfter: start + BigInt(days90) },
      [],
      { signKey, publicKey },
      this.suite,
      [{ extensionType: leafFacts, extensionData: Uint8Array.of(1, 2, 3) }],
    ) as Promise<{ publicPackage: Parameters<typeof createGroup>[1]; privatePackage: PrivateKeyPackage }>;
  }
  private async publicKey(seed: Uint8Array): Promise<Uint8Array> {
    const { ed25519 } = await import('@noble/curves/ed25519.js');
    return ed25519.getPublicKey(seed);
  }
}

class Partner implements Member {
  readonly client = 'ts-mls';
  constructor(
    private state: ClientState,
    private readonly suite: CiphersuiteImpl,
  ) {}
  get self(): number {
    return this.state.privatePath.leafIndex;
  }
  async commit({ adds = [], removes = [], data }: Change): Promise<Made> {
    const extraProposals: Proposal[] = [
      ...adds.map((bytes): Proposal => {
        const { keyPackage } = read(bytes, 'mls_key_package');
        return { proposalType: 'add', add: { keyPackage } };
      }),
      ...removes.map((removed): Proposal => ({ proposalType: 'remove', remove: { removed } })),
    ];
    const made = await createCommit(
      { state: this.state, cipherSuite: this.suite },
      { wireAsPublicMessage: true, extraProposals, ratchetTreeExtension: true, authenticatedData: data },
    );
    const { welcome } = made;
    return {
      commit: encodeMlsMessage(made.commit),
      welcome:
        welcome === undefined
          ? new Uint8Array()
          : encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome }),
      adopt: () => {
        this.state = made.newState;
      },
    };
  }
  async process(commit: Uint8Array): Promise<boolean> {
    const { publicMessage } = read(commit, 'mls_public_message');
    this.state = (await processPublicMessage(this.state, publicMessage, emptyPskIndex, this.suite)).newState;
    return this.state.groupActiveState.kind === 'active';
  }
  async encrypt(plaintext: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage } = await createApplicationMessage(this.state, plaintext, this.suite);
    this.state = newState;
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
  }
  async decrypt(message: Uint8Array): Promise<Uint8Array> {
    const { privateMessage } = read(message, 'mls_private_message');
    const result = await processPrivateMessage(this.state, privateMessage, emptyPskIndex, this.suite);
    this.state = result.newState;
    if (result.kind !== 'applicationMessage') throw new Error('no application message');
    return result.message;
  }
  authenticator(): Uint8Array {
    return this.state.keySchedule.epochAuthenticator;
  }
  exported(label: string, context: Uint8Array, length: number): Promise<Uint8Array> {
    return mlsExporter(this.state.keySchedule.exporterSecret, label, context, length, this.suite);
  }
}
