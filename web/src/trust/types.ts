// The trusted core as the rest of the client sees it: what node and browser decide by the same C++ code
// (protocol/trust), compiled to WebAssembly. Everything is synchronous once loaded.
//
// Numbers: sequence numbers, entry ids, epochs and versions are bigint, as on the wire; times are ms since 1970 as
// number. Keys, hashes and log ids are 32 bytes. Inputs are copied, results are the caller's own.
import type { Result } from './result';

export type Bytes = Uint8Array;

/** schema/signed.proto, Kind. */
export const kinds = {
  certificate: 1,
  unit: 2,
  appointment: 3,
  revocation: 4,
  alert: 5,
  post: 6,
  deviceList: 7,
  profile: 8,
  voucher: 9,
  joinRequest: 10,
  invitation: 11,
  officeRequest: 12,
  enrolmentGrant: 13,
  enrolmentRequest: 14,
  entryHeader: 15,
  logHead: 16,
  login: 17,
  linkHandshake: 18,
  leadership: 19,
  refusal: 20,
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export const offices = { cellLeader: 1, areaOfficer: 2, dutyOfficer: 3, publisher: 4, approver: 5 } as const;
export type Office = (typeof offices)[keyof typeof offices];

/** An Ed25519 key whose secret lies in the module's memory until `dispose`, which wipes it. */
export interface Key {
  readonly publicKey: Bytes;
  sign(message: Bytes): Bytes;
  /** 32 bytes, for the store. The caller wipes its copy. */
  seed(): Bytes;
  dispose(): void;
}

// --- Values of the signed kinds -------------------------------------------------------------------------------------

export interface DeviceList {
  readonly account: Bytes;
  readonly version: bigint;
  readonly devices: readonly Bytes[];
}
export interface Profile {
  readonly account: Bytes;
  readonly version: bigint;
  readonly name: string;
}
export interface Login {
  readonly nodeKey: Bytes;
  readonly challenge: Bytes;
  readonly device: Bytes;
}
export interface Voucher {
  readonly group: Bytes;
  /** One-time public key. */
  readonly key: Bytes;
  readonly household: string;
  /** 1 … 8 */
  readonly mostDevices: number;
  readonly issuedEpoch: bigint;
  readonly expires: number;
  readonly inviter: Bytes;
}
export interface JoinRequest {
  readonly group: Bytes;
  /** Statement id of the voucher. */
  readonly voucher: Bytes;
  /** KeyPackage reference. */
  readonly keyPackage: Bytes;
  readonly account: Bytes;
}
export const refusalReason = { cannotProcess: 1, againstTheRules: 2 } as const;
/** Against the newest commit of a group, signed by a member's device alone: who that is, the group's tree says. */
export interface Refusal {
  readonly group: Bytes;
  /** The one that the commit would end. */
  readonly epoch: bigint;
  /** SHA-256 of the COMMIT entry's payload. */
  readonly commit: Bytes;
  readonly reason: number;
}
export interface Invitation {
  readonly issuer: Bytes;
  readonly key: Bytes;
  readonly office: Office;
  readonly units: readonly string[];
  readonly name: string;
  readonly expires: number;
}
export interface OfficeRequest {
  /** Statement id of the invitation. */
  readonly invitation: Bytes;
  readonly account: Bytes;
  /** Statement(DEVICE_LIST). */
  readonly deviceList: Bytes;
  readonly name: string;
}
export const alertStatus = { actual: 1, exercise: 2, test: 3 } as const;
export const msgType = { newAlert: 1, update: 2, cancel: 3 } as const;
export const urgency = { immediate: 1, expected: 2, future: 3, past: 4, unknown: 5 } as const;
export const severity = { extreme: 1, severe: 2, moderate: 3, minor: 4, unknown: 5 } as const;
export const certainty = { observed: 1, likely: 2, possible: 3, unlikely: 4, unknown: 5 } as const;
export interface Area {
  readonly node: Bytes;
  /** Empty: the whole node. */
  readonly unit: string;
}
/** CAP 1.2. */
export interface Alert {
  readonly issuer: Bytes;
  readonly log: Bytes;
  /** 16 random bytes. */
  readonly id: Bytes;
  readonly sent: number;
  readonly status: number;
  readonly msgType: number;
  readonly urgency: number;
  readonly severity: number;
  readonly certainty: number;
  readonly category: string;
  readonly event: string;
  readonly headline: string;
  readonly description: string;
  readonly instruction: string;
  readonly contact: string;
  /** 0: at once. */
  readonly effective: number;
  readonly expires: number;
  readonly areas: readonly Area[];
  readonly references: readonly Bytes[];
  readonly language: string;
}
export interface Post {
  readonly issuer: Bytes;
  readonly log: Bytes;
  readonly id: Bytes;
  readonly sent: number;
  readonly officialSeq: bigint;
  readonly title: string;
  readonly body: string;
}
export interface Certificate {
  readonly issuer: Bytes;
  readonly authority: Bytes;
  readonly nodeKey: Bytes;
  readonly name: string;
  readonly level: string;
  readonly notBefore: number;
  /** 0: never. */
  readonly expires: number;
}
export interface Unit {
  readonly issuer: Bytes;
  readonly unit: string;
  readonly parent: string;
  readonly level: string;
  readonly name: string;
}
export interface Appointment {
  readonly issuer: Bytes;
  readonly account: Bytes;
  readonly office: Office;
  readonly units: readonly string[];
  readonly name: string;
  readonly notBefore: number;
  readonly expires: number;
}
export interface Revocation {
  readonly issuer: Bytes;
  readonly statement: Bytes;
  readonly reason: string;
}
/** The kinds that a client makes or opens. */
export interface Values {
  certificate: Certificate;
  unit: Unit;
  appointment: Appointment;
  revocation: Revocation;
  alert: Alert;
  post: Post;
  deviceList: DeviceList;
  profile: Profile;
  login: Login;
  voucher: Voucher;
  joinRequest: JoinRequest;
  invitation: Invitation;
  officeRequest: OfficeRequest;
  refusal: Refusal;
}
export type ValueKind = keyof Values;

/** Who made one signature of a statement; `account` is absent where no device list came with it. */
export interface SignedBy {
  readonly key: Bytes;
  readonly account?: Bytes;
  readonly listVersion: bigint;
}
/** All signatures verified, device lists too. Whether these keys have any right is the next question. */
export interface Opened<T> {
  readonly id: Bytes;
  readonly value: T;
  readonly signers: readonly SignedBy[];
}
export interface VerifiedVoucher {
  readonly id: Bytes;
  readonly voucher: Voucher;
  readonly inviterDevice: Bytes;
  readonly inviterListVersion: bigint;
}
export interface AdmissionClaim {
  readonly group: Bytes;
  readonly keyPackage: Bytes;
  readonly account: Bytes;
  readonly committerTime: number;
}

// --- Logs -----------------------------------------------------------------------------------------------------------

export interface Cursor {
  readonly seq: bigint;
  readonly hash: Bytes;
}
/** `wire.Entry` fits. */
export interface Entry {
  readonly header: Bytes;
  readonly kind: number;
  readonly writer: Bytes;
  readonly entryId: bigint;
  readonly payload: Bytes;
}
export interface CheckedHeader {
  /** seq and hash of this entry's header: the cursor after it. */
  readonly cursor: Cursor;
  readonly time: number;
}
export interface LogHead {
  readonly log: Bytes;
  readonly cursor: Cursor;
  readonly time: number;
}

// --- The Verifier ---------------------------------------------------------------------------------------------------

export interface Signer {
  readonly account: Bytes;
  readonly device: Bytes;
  readonly office: Office;
  readonly name: string;
}
interface VerdictBase {
  readonly log: Bytes;
  readonly seq: bigint;
  readonly headerHash: Bytes;
  readonly time: number;
}
export interface Refused extends VerdictBase {
  readonly official: false;
  readonly refusal: { readonly code: number; readonly name: string; readonly message: string };
}
export interface Official extends VerdictBase {
  readonly official: true;
  readonly kind: Kind;
  readonly statement: Bytes;
  readonly issuer: Bytes;
  readonly issuerName: string;
  /** An alert with status ACTUAL. A drill or a test is never real. */
  readonly real: boolean;
  /** Exactly as signed; read it with `Core.readBody`. */
  readonly body: Bytes;
  readonly signers: readonly Signer[];
}
export type Verdict = Official | Refused;

export interface NodeInfo {
  readonly id: Bytes;
  readonly parent?: Bytes;
  readonly nodeKeys: readonly Bytes[];
  readonly name: string;
  readonly level: string;
  readonly revoked: boolean;
}
export interface HeldOffice {
  readonly node: Bytes;
  readonly statement: Bytes;
  readonly seq: bigint;
  readonly appointment: Appointment;
}
export interface AlertRecord {
  readonly verdict: Official;
  readonly alert: Alert;
  readonly cancelledBy?: Bytes;
  readonly updatedBy?: Bytes;
}
export interface Freshness {
  /** 0: never. */
  readonly heard: number;
  readonly stale: boolean;
  readonly missing: boolean;
}

/** Contracts: protocol/trust/verifier.h. */
export interface Verifier {
  feed(log: Bytes, entry: Entry): Result<Verdict>;
  check(log: Bytes, statement: Bytes, now: number): Result<Verdict>;
  feedHead(statement: Bytes): Result<LogHead>;
  cursor(log: Bytes): Cursor;
  freshness(log: Bytes, now: number): Freshness;
  clockLowerBound(): number;
  /** Root first, parents before children. */
  nodes(): readonly NodeInfo[];
  nodeOfLog(log: Bytes): Bytes | undefined;
  isNodeKey(node: Bytes, key: Bytes): boolean;
  units(node: Bytes): readonly Unit[];
  offices(account: Bytes, at: number): readonly HeldOffice[];
  officesOfNode(node: Bytes, at: number): readonly HeldOffice[];
  /** Newest last; expired and cancelled ones included. */
  alerts(node: Bytes): readonly AlertRecord[];
  dispose(): void;
}

// --- The module -----------------------------------------------------------------------------------------------------

export interface Core {
  /** From the host's crypto.getRandomValues. */
  random(size: number): Bytes;
  generateKey(): Key;
  keyFromSeed(seed: Bytes): Result<Key>;
  verifySignature(publicKey: Bytes, message: Bytes, signature: Bytes): boolean;
  sha256(bytes: Bytes): Bytes;

  /** Checks the fields by the rules of their kind (text is brought to NFC first), then signs. A device signs for its
   *  account by carrying `deviceList`, Statement(DEVICE_LIST). */
  make<K extends ValueKind>(kind: K, value: Values[K], key: Key, deviceList?: Bytes): Result<Bytes>;
  /** A further signature under the same bytes (second approval of an extreme alert). */
  addSignature(statement: Bytes, key: Key, deviceList?: Bytes): Result<Bytes>;
  /** Signatures first, then the body. */
  open<K extends ValueKind>(kind: K, statement: Bytes): Result<Opened<Values[K]>>;
  /** The same, and it is signed by the key that it names itself (account, device, issuer) and by no other. */
  openSelfSigned<
    K extends 'certificate' | 'unit' | 'appointment' | 'revocation' | 'deviceList' | 'profile' | 'login' | 'invitation',
  >(kind: K, statement: Bytes): Result<Opened<Values[K]>>;
  /** A verdict's body, which was verified already. */
  readBody<K extends ValueKind>(kind: K, body: Bytes): Result<Values[K]>;
  /** Would this text be allowed in a signed statement? `lines`: line feeds are. Bring it to NFC first. */
  isAllowedText(text: string, lines?: boolean): boolean;

  /** One signature, by a device of the inviter. Looks at no clock, role or revocation. */
  verifyVoucher(statement: Bytes): Result<VerifiedVoucher>;
  verifyJoinRequest(joinRequest: Bytes, voucher: Bytes): Result<JoinRequest>;
  /** Do voucher and join request allow exactly this Add? The inviter's role and whether the voucher is revoked or
   *  spent only the group's state knows. */
  checkAdmission(voucher: Bytes, joinRequest: Bytes, claim: AdmissionClaim): Result<VerifiedVoucher>;
  verifyInvitation(statement: Bytes, issuer: Bytes, now: number): Result<Opened<Invitation>>;

  officialLog(node: Bytes): Bytes;
  postsLog(node: Bytes): Bytes;
  inboxLog(device: Bytes): Bytes;
  rootFingerprint(root: Bytes): Bytes;
  entryHash(kind: number, writer: Bytes, entryId: bigint, payload: Bytes): Bytes;
  /** Signed by the node key, follows `after` in this log, and is this entry's. */
  checkEntry(log: Bytes, after: Cursor, entry: Entry, nodeKey: Bytes): Result<CheckedHeader>;
  verifyHead(statement: Bytes, nodeKey: Bytes): Result<LogHead>;

  /** `root`: SHA-256 of the root's authority key, as pinned from paper. */
  createVerifier(root: Bytes): Result<Verifier>;
}
