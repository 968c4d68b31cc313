// A member whose client is Wire's core-crypto 10.3 (OpenMLS). It runs in a page only. Its state lies in memory, or in
// IndexedDB where a name is given.
import {
  CipherSuite,
  ClientId,
  type CommitBundle,
  ConversationId,
  CoreCrypto,
  type CoreCryptoContext,
  Credential,
  type CredentialRef,
  Database,
  DatabaseKey,
  DecryptedMessage,
  DeviceId,
  GroupInfo,
  initWasmModule,
  KeyPackage,
  Uuid,
  Welcome,
} from '@wireapp/core-crypto/browser';
import { concat, equal } from '../../src/core/bytes.js';

const suite = CipherSuite.Mls128Dhkemx25519Chacha20poly1305Sha256Ed25519;
/** Its only exporter: this label and an empty context. */
export const exporterLabel = 'exporter';

export const startCoreCrypto = (wasm: string): Promise<void> => initWasmModule(wasm);

function freshClient(): ClientId {
  const device = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
  return new ClientId(new Uuid(crypto.randomUUID()), new DeviceId(device), 'xom.test');
}
/** Of the form that it demands of everybody's credential: user:device@domain. */
export const freshIdentity = (): Uint8Array => freshClient().copyBytes();

/** What a commit is to do; it does one of them at a time. */
export interface Wanted {
  /** MLSMessage(KeyPackage) */
  readonly adds?: readonly Uint8Array[];
  /** Credentials of those who are to go. */
  readonly removes?: readonly Uint8Array[];
}
export interface Sent {
  readonly commit: Uint8Array;
  /** Empty without Adds. */
  readonly welcome: Uint8Array;
  /** MLSMessage(GroupInfo) of the new epoch, with its tree. */
  readonly groupInfo: Uint8Array;
}
export interface Spoken {
  readonly plaintext: Uint8Array;
  readonly identity: Uint8Array;
}

/** What an error of core-crypto says inside. */
export function toldBy(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== null && typeof at === 'object'; ) {
    const { msg, mlsError, inner } = at as Record<string, unknown>;
    if (typeof msg === 'string') parts.push(msg);
    at = inner ?? mlsError;
  }
  return parts.join(': ') || String(error);
}

class Dropped extends Error {}

// It reads and writes KeyPackages, and reads GroupInfos, without the frame of an MLSMessage.
const frame = Uint8Array.of(0, 1, 0, 5);

/** One device, which is a member of at most one group. */
export class CoreCryptoMember {
  /** Milliseconds in core-crypto's calls, without the ends of transactions. */
  spent = 0;
  private bundle: CommitBundle | undefined;
  private group: ConversationId | undefined;
  private constructor(
    private readonly core: CoreCrypto,
    readonly identity: Uint8Array,
    private credential: CredentialRef | undefined,
  ) {}

  static async make(database?: string): Promise<CoreCryptoMember> {
    const client = freshClient();
    const key = () => new DatabaseKey(crypto.getRandomValues(new Uint8Array(32)));
    const store = database === undefined ? Database.inMemory() : Database.open(database, key());
    const member = new CoreCryptoMember(CoreCrypto.new(await store), client.copyBytes(), undefined);
    // What it sends has arrived: it takes its own commits over at once.
    const transport = {
      sendCommitBundle: async (bundle: CommitBundle) => {
        member.bundle = bundle;
      },
      prepareForTransport: async () => new Uint8Array(),
    };
    member.credential = await member.core.transaction(async (context) => {
      await context.mlsInit(client, transport);
      return context.addCredential(Credential.basic(suite, client));
    });
    return member;
  }

  /** MLSMessage(KeyPackage), to be used once. */
  async keyPackage(): Promise<Uint8Array> {
    const made = await this.run((context) => context.generateKeyPackage(this.own));
    return concat(frame, made.serialize());
  }
  async found(group: Uint8Array): Promise<void> {
    const id = new ConversationId(group);
    await this.run((context) => context.createConversation(id, this.own));
    this.group = id;
  }
  async join(welcome: Uint8Array): Promise<void> {
    this.group = await this.run((context) => context.processWelcomeMessage(new Welcome(welcome)));
  }
  /** By a commit of its own (RFC 9420, 12.4.3.2). */
  async enter(groupInfo: Uint8Array): Promise<Sent> {
    this.group = await this.run((context) =>
      context.joinByExternalCommit(new GroupInfo(groupInfo.slice(frame.length)), this.own),
    );
    return this.takeSent();
  }

  async commit(wanted: Wanted): Promise<Sent> {
    await this.run((context) => this.commitIn(context, wanted));
    return this.takeSent();
  }
  /** False: it removed this member. */
  async process(commit: Uint8Array): Promise<boolean> {
    const done = await this.run((context) => context.decryptMessage(this.in, commit));
    if (!DecryptedMessage.Commit.instanceOf(done)) throw new Error('no commit');
    return done.inner.isActive;
  }
  encrypt(plaintext: Uint8Array): Promise<Uint8Array> {
    return this.run((context) => context.encryptMessage(this.in, plaintext));
  }
  async decrypt(message: Uint8Array): Promise<Spoken> {
    const done = await this.run((context) => context.decryptMessage(this.in, message));
    if (!DecryptedMessage.Text.instanceOf(done)) throw new Error('no application message');
    return { plaintext: done.inner.plaintext, identity: done.inner.senderClientId.copyBytes() };
  }
  async exported(length: number): Promise<Uint8Array> {
    return (await this.core.exportSecretKey(this.in, length)).copyBytes();
  }
  /** Credentials of all members. */
  async members(): Promise<Uint8Array[]> {
    return (await this.core.getClientIds(this.in)).map((client) => client.copyBytes());
  }

  /** Runs something on the state of the group and drops whatever it changed. */
  async dropping<T>(what: (context: CoreCryptoContext, group: ConversationId) => Promise<T>): Promise<T> {
    const box: { done?: { value: T } } = {};
    await this.core
      .transaction(async (context) => {
        // The former transaction took the state out of memory with it.
        await context.conversationEpoch(this.in);
        box.done = { value: await what(context, this.in) };
        throw new Dropped();
      })
      .catch((e: unknown) => {
        if (box.done === undefined) throw e;
      });
    if (box.done === undefined) throw new Error('core-crypto did not run it');
    return box.done.value;
  }
  async commitIn(context: CoreCryptoContext, { adds = [], removes = [] }: Wanted): Promise<void> {
    if (adds.length > 0) {
      const keyPackages = adds.map((message) => new KeyPackage(message.slice(frame.length)));
      await context.addClientsToConversation(this.in, keyPackages);
    } else if (removes.length > 0) {
      const clients = await context.getClientIds(this.in);
      const gone = clients.filter((client) => removes.some((identity) => equal(identity, client.copyBytes())));
      await context.removeClientsFromConversation(this.in, gone);
    } else {
      await context.updateKeyingMaterial(this.in);
    }
  }
  takeSent(): Sent {
    const { bundle } = this;
    this.bundle = undefined;
    if (bundle === undefined) throw new Error('core-crypto sent no commit');
    const { commit, welcome, groupInfo } = bundle;
    return { commit, welcome: welcome?.serialize() ?? new Uint8Array(), groupInfo: groupInfo.payload };
  }

  private run<T>(what: (context: CoreCryptoContext) => Promise<T>): Promise<T> {
    return this.core.transaction(async (context) => {
      const begin = performance.now();
      const value = await what(context);
      this.spent += performance.now() - begin;
      return value;
    });
  }
  private get own(): CredentialRef {
    if (this.credential === undefined) throw new Error('core-crypto has no credential');
    return this.credential;
  }
  private get in(): ConversationId {
    if (this.group === undefined) throw new Error('a member of no group');
    return this.group;
  }
}
