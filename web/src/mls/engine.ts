// What the core needs of MLS (RFC 9420), and nothing of any library. Group state is a value: every operation returns a
// new one and leaves the old one usable, because the loser of an epoch goes on from the old state (MLS.md, trap 9).

/** Bytes of a leaf's and a group context's private-use extensions are the core's own (core/policy.ts). */
export const leafExtensionType = 0xf0a1;
export const policyExtensionType = 0xf0a2;

/** Limits on what a peer can send, checked before it is parsed. */
export const limits = {
  /** bytes of one PrivateMessage: the node's limit of an entry's payload */
  message: 64 * 1024,
  /** bytes of a commit or a KeyPackage */
  commit: 256 * 1024,
  /** bytes of a Welcome with its tree: 1,000 members are 200 KB */
  welcome: 1024 * 1024,
  /** a KeyPackage may live this long, in seconds: 90 days. Only the span is judged by receivers. */
  lifetimeSpan: 90 * 24 * 3600,
} as const;

export interface DeviceIdentity {
  /** Credential of every leaf of this person: the account's public key. */
  readonly account: Uint8Array;
  /** Signature key of the leaf: the device's public key, and its 32-byte seed. */
  readonly device: Uint8Array;
  readonly seed: Uint8Array;
}

export interface Leaf {
  readonly index: number;
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  /** The leaf extension's bytes; empty if the leaf carries none. */
  readonly extension: Uint8Array;
}

export interface AddedLeaf extends Omit<Leaf, 'index'> {
  readonly keyPackageRef: Uint8Array;
  /** Seconds between notBefore and notAfter. */
  readonly lifetimeSpan: number;
}

/** All that a commit may be judged by: the old state, the commit, what its authenticated data carries. */
export interface CommitFacts {
  readonly group: Uint8Array;
  readonly epoch: number;
  readonly committer: Leaf;
  readonly adds: readonly AddedLeaf[];
  readonly removes: readonly Leaf[];
  readonly authenticatedData: Uint8Array;
  /** Members before the commit. */
  readonly members: readonly Leaf[];
  readonly policy: Uint8Array;
}

/** Null: let it pass; otherwise why not (a stable word). Runs before the library sees the commit. */
export type Judge = (facts: CommitFacts) => Promise<string | null>;

export type MlsErrorCode =
  | 'malformed'
  | 'too-large'
  | 'wrong-group'
  | 'past-epoch'
  /** Not invalid: hold it back until the commit has come. */
  | 'future-epoch'
  /** A proposal, sender or change that Xóm does not allow: only Adds alone or Removes alone, by a member, by value. */
  | 'not-allowed'
  /** The judge said no. */
  | 'refused'
  /** Signature, tag, decryption or tree did not check. */
  | 'invalid'
  | 'removed';

export interface MlsError {
  readonly code: MlsErrorCode;
  readonly detail: string;
}
export type MlsResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MlsError };

/** Opaque and immutable; `Engine.save` makes it storable. */
export interface GroupState {
  readonly group: Uint8Array;
  readonly epoch: number;
  readonly self: number;
  readonly active: boolean;
}

export interface NewKeyPackage {
  /** MLSMessage(KeyPackage) */
  readonly keyPackage: Uint8Array;
  /** RFC 9420, 5.2 */
  readonly ref: Uint8Array;
  /** Private keys, to be stored before the KeyPackage leaves the device. */
  readonly secret: Uint8Array;
}

export interface NewCommit {
  /** State of the new epoch: to be used only once the node has accepted the commit. */
  readonly pending: GroupState;
  /** MLSMessage(PublicMessage), (GroupInfo), (Welcome; empty without Adds) */
  readonly commit: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly welcome: Uint8Array;
}

export interface Decrypted {
  readonly state: GroupState;
  readonly sender: Leaf;
  readonly plaintext: Uint8Array;
}

export interface Engine {
  /** `now` in milliseconds: the lifetime starts an hour before it. */
  makeKeyPackage(identity: DeviceIdentity, extension: Uint8Array, now: number): Promise<NewKeyPackage>;
  readKeyPackage(message: Uint8Array): Promise<MlsResult<AddedLeaf>>;
  /** A group of one at epoch 0, and its GroupInfo with the ratchet tree. */
  createGroup(
    group: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    policy: Uint8Array,
    now: number,
  ): Promise<{ state: GroupState; groupInfo: Uint8Array }>;
  joinByWelcome(welcome: Uint8Array, keyPackage: NewKeyPackage): Promise<MlsResult<GroupState>>;
  /** Adds the owners of these KeyPackages, as a PublicMessage with this authenticated data. `state` stays valid. */
  add(state: GroupState, keyPackages: readonly Uint8Array[], data: Uint8Array): Promise<MlsResult<NewCommit>>;
  remove(state: GroupState, leaves: readonly number[], data: Uint8Array): Promise<MlsResult<NewCommit>>;
  /** Processes another member's commit after `judge` let it pass. */
  process(
    state: GroupState,
    commit: Uint8Array,
    judge: Judge,
  ): Promise<MlsResult<{ state: GroupState; facts: CommitFacts }>>;
  encrypt(state: GroupState, plaintext: Uint8Array): Promise<MlsResult<{ state: GroupState; message: Uint8Array }>>;
  decrypt(state: GroupState, message: Uint8Array): Promise<MlsResult<Decrypted>>;
  members(state: GroupState): readonly Leaf[];
  policy(state: GroupState): Uint8Array;
  /** 32 bytes that are equal for all members of an epoch, for safety codes and tests. */
  epochAuthenticator(state: GroupState): Uint8Array;
  save(state: GroupState): Uint8Array;
  load(bytes: Uint8Array): MlsResult<GroupState>;
}
