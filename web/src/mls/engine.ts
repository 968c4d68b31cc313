// What the core needs of MLS (RFC 9420), and nothing of who does it. Group state is a value: every operation gives a new
// one and leaves the old one usable, because the loser of an epoch goes on from the old state (MLS.md, trap 9).
import type { Key } from '../trust/types.js';

/** Limits on what is asked of an engine and what a peer can send. */
export const limits = {
  /** bytes of one PrivateMessage: the node's limit of an entry's payload */
  message: 64 * 1024,
  /** bytes of a commit or a KeyPackage */
  commit: 256 * 1024,
  /** commits that a lost state can lie behind */
  followed: 4096,
  /** bytes of a Welcome or GroupInfo with its tree: 1,000 members are 200 KB */
  welcome: 1024 * 1024,
  /** a KeyPackage lives this long, in seconds: 90 days. Receivers judge the span alone. */
  lifetimeSpan: 90 * 24 * 3600,
  /** messages that are opened in one call */
  page: 256,
} as const;

export interface DeviceIdentity {
  /** Credential of every leaf of this person: the account's public key. */
  readonly account: Uint8Array;
  /** Signature key of the leaf. */
  readonly key: Key;
}

export interface Leaf {
  readonly index: number;
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  /** The leaf extension's bytes (core/policy.ts); empty if the leaf carries none. */
  readonly extension: Uint8Array;
}

export interface AddedLeaf extends Omit<Leaf, 'index'> {
  readonly keyPackageRef: Uint8Array;
  /** Seconds since 1970. Only who makes the Add compares them with a clock. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What a commit did. */
export interface CommitFacts {
  readonly committer: Leaf;
  readonly adds: readonly AddedLeaf[];
  /** As they were before. */
  readonly removes: readonly Leaf[];
  readonly authenticatedData: Uint8Array;
}

export type MlsErrorCode =
  | 'too-large'
  | 'wrong-group'
  | 'past-epoch'
  /** Not invalid: hold it back until the commit has come. */
  | 'future-epoch'
  /** The group is there, and no leaf of this device is in it. */
  | 'not-a-member'
  /** A rule of Xóm for commits says no (protocol/admission). */
  | 'refused'
  /** Form, signature, tag, decryption or tree did not check. */
  | 'invalid';

export interface MlsError {
  readonly code: MlsErrorCode;
  readonly detail: string;
}
export type MlsResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MlsError };

/** Immutable. Its secrets lie in the module's memory until `dispose`, which wipes what no other state shares. */
export interface GroupState {
  readonly group: Uint8Array;
  readonly epoch: number;
  readonly self: number;
  dispose(): void;
}

/** A part of a stored state: what a message changes is a few of them. */
export interface StateRecord {
  readonly kind: number;
  readonly index: number;
  /** Empty: to be deleted. */
  readonly value: Uint8Array;
}

export interface NewKeyPackage {
  /** MLSMessage(KeyPackage) */
  readonly keyPackage: Uint8Array;
  /** RFC 9420, 5.2 */
  readonly ref: Uint8Array;
  /** Private keys, to be stored before the KeyPackage leaves the device. */
  readonly secret: Uint8Array;
}

export interface CommitRequest {
  /** MLSMessage(KeyPackage) of each who is to be added. */
  readonly adds?: readonly Uint8Array[];
  /** Indices of leaves. */
  readonly removes?: readonly number[];
  /** Renew this leaf's keys also where nothing else demands it. */
  readonly update?: boolean;
  readonly data: Uint8Array;
}

export interface NewCommit {
  /** State of the new epoch: to be used only once the node has accepted the commit. */
  readonly pending: GroupState;
  /** MLSMessage(PublicMessage), (GroupInfo), (Welcome; empty without Adds) */
  readonly commit: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly welcome: Uint8Array;
}

export interface Opened {
  readonly sender: Leaf;
  readonly plaintext: Uint8Array;
}

/** All of it is synchronous. States given in stay the caller's; states given out are the caller's to dispose of. */
export interface Engine {
  /** `now` in milliseconds: the lifetime starts an hour before it. */
  makeKeyPackage(identity: DeviceIdentity, extension: Uint8Array, now: number): NewKeyPackage;
  readKeyPackage(message: Uint8Array): MlsResult<AddedLeaf>;
  /** A group of one at epoch 0, and its GroupInfo with the ratchet tree. */
  createGroup(
    group: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    policy: Uint8Array,
    now: number,
  ): { state: GroupState; groupInfo: Uint8Array };
  joinByWelcome(welcome: Uint8Array, keyPackage: NewKeyPackage): MlsResult<GroupState>;
  /** A PublicMessage that every member's client will let pass: the rules judge the own commit too. */
  commit(state: GroupState, key: Key, request: CommitRequest): MlsResult<NewCommit>;
  /** Another member's commit. `state`: null if it removed this device. */
  process(state: GroupState, commit: Uint8Array): MlsResult<{ state: GroupState | null; facts: CommitFacts }>;
  /**
   * Enters again by a commit from outside that takes the place of this device's own leaf (RULES: "Accounts, devices, re-entry").
   * `base`: the newest state that this device could make, `commits`: all that were accepted since, though it cannot open them.
   * They must lead exactly to the group that `groupInfo` shows: 'past-epoch' if that is older, 'future-epoch' if newer. Without
   * a base (a newcomer whose Welcome is garbage) the caller judges `pending` as it judges what a Welcome leads into, before the
   * commit leaves. `extension`: the new leaf's, with the old one's voucher. 'not-a-member': no leaf of this device is there.
   * Welcome is empty.
   */
  reenter(
    base: GroupState | null,
    commits: readonly Uint8Array[],
    groupInfo: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    data: Uint8Array,
  ): MlsResult<NewCommit>;
  encrypt(state: GroupState, key: Key, plaintext: Uint8Array): MlsResult<{ state: GroupState; message: Uint8Array }>;
  /** Application messages of this epoch, a result for each (at most limits.page). */
  decrypt(
    state: GroupState,
    messages: readonly Uint8Array[],
  ): { state: GroupState; opened: readonly MlsResult<Opened>[] };
  members(state: GroupState): readonly Leaf[];
  policy(state: GroupState): Uint8Array;
  /** 32 bytes that are equal for all members of an epoch, for safety codes and tests. */
  epochAuthenticator(state: GroupState): Uint8Array;
  exportSecret(state: GroupState, label: string, context: Uint8Array, length: number): Uint8Array;
  /** All records of a state, or those in which it differs from `before`. */
  records(state: GroupState, before?: GroupState): readonly StateRecord[];
  load(records: readonly StateRecord[]): MlsResult<GroupState>;
}
