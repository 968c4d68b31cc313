// A member on the core's engine that no policy judges, for groups with partners in a page (core_crypto.ts).
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls';
import { signKeyPackage } from 'ts-mls/keyPackage.js';
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js';
import { equal } from '../../src/core/bytes.js';
import { CoreEngine } from '../../src/mls/core_engine.js';
import type { DeviceIdentity, GroupState, Leaf, MlsResult, NewKeyPackage } from '../../src/mls/engine.js';
import { borderOf, type Core, type Key } from '../../src/trust';
import type { Sent, Spoken, Wanted } from './core_crypto.js';
import { unjudged } from './faulty.js';
import { makeSuite } from './suite.js';

const none = new Uint8Array();

/** Of the tests' module (tools/build-wasm --tests). */
export const unjudgedEngine = (core: Core): CoreEngine => new CoreEngine(borderOf(core), unjudged);

export function taken<T>(result: MlsResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.detail}`);
  return result.value;
}

/** The KeyPackage of a leaf that says it could read X.509 credentials as well, signed anew. The core's never say so. */
export async function listingX509(message: Uint8Array, key: Key): Promise<Uint8Array> {
  const read = decodeMlsMessage(message, 0)?.[0];
  if (read?.wireformat !== 'mls_key_package') throw new Error('no KeyPackage');
  const { leafNode, ...rest } = read.keyPackage;
  const { signature } = makeSuite(() => none);
  const credentials = [...leafNode.capabilities.credentials, 'x509' as const];
  const wider = { ...leafNode, capabilities: { ...leafNode.capabilities, credentials } };
  const seed = key.seed();
  const leaf = await signLeafNodeKeyPackage(wider, seed, signature);
  const keyPackage = await signKeyPackage({ ...rest, leafNode: leaf }, seed, signature);
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
}

/** One device, which is a member of at most one group. */
export class OwnMember {
  readonly device: DeviceIdentity;
  private made: NewKeyPackage | undefined;
  private held: GroupState | undefined;
  constructor(
    core: Core,
    readonly engine: CoreEngine,
    readonly identity: Uint8Array,
  ) {
    this.device = { account: identity, key: core.generateKey() };
  }
  get state(): GroupState {
    if (this.held === undefined) throw new Error('a member of no group');
    return this.held;
  }
  private set state(next: GroupState) {
    if (next !== this.held) this.held?.dispose();
    this.held = next;
  }

  /** MLSMessage(KeyPackage), to be used once. */
  keyPackage(): Uint8Array {
    this.made = this.engine.makeKeyPackage(this.device, none, Date.now());
    return this.made.keyPackage;
  }
  async keyPackageWithX509(): Promise<Uint8Array> {
    const keyPackage = await listingX509(this.keyPackage(), this.device.key);
    this.made = { ...(this.made as NewKeyPackage), keyPackage };
    return keyPackage;
  }
  async join(welcome: Uint8Array): Promise<void> {
    this.state = this.joined(welcome);
  }
  /** The caller disposes of it. */
  joined(welcome: Uint8Array): GroupState {
    return taken(this.engine.joinByWelcome(welcome, this.made as NewKeyPackage));
  }

  async commit({ adds = [], removes = [] }: Wanted): Promise<Sent> {
    const gone = this.leaves().filter((leaf) => removes.some((identity) => equal(identity, leaf.account)));
    const request = { adds, removes: gone.map((leaf) => leaf.index), update: adds.length === 0, data: none };
    const { pending, commit, welcome, groupInfo } = taken(this.engine.commit(this.state, this.device.key, request));
    this.state = pending;
    return { commit, welcome, groupInfo };
  }
  /** False: it removed this member. */
  async process(commit: Uint8Array): Promise<boolean> {
    const { state } = taken(this.engine.process(this.state, commit));
    if (state !== null) this.state = state;
    return state !== null;
  }
  async encrypt(plaintext: Uint8Array): Promise<Uint8Array> {
    const { state, message } = taken(this.engine.encrypt(this.state, this.device.key, plaintext));
    this.state = state;
    return message;
  }
  async decrypt(message: Uint8Array): Promise<Spoken> {
    const { state, opened } = this.engine.decrypt(this.state, [message]);
    this.state = state;
    const { sender, plaintext } = taken(opened[0] as (typeof opened)[number]);
    return { plaintext, identity: sender.account };
  }
  exported(label: string, length: number): Uint8Array {
    return this.engine.exportSecret(this.state, label, none, length);
  }
  leaves(): readonly Leaf[] {
    return this.engine.members(this.state);
  }
}
