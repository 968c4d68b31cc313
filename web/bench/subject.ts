// What is timed of each library, all of it from bytes to bytes.

export type Name = 'xom' | 'ts-mls' | 'core-crypto';

export interface Made {
  readonly ms: number;
  readonly commit: Uint8Array;
}
/** Somebody who is to be removed. */
export interface Target {
  readonly identity: Uint8Array;
  readonly leaf: number;
}

/** A member of the group. Commits that it makes or processes are dropped again, so that each starts from the same state. */
export interface Subject {
  update(): Promise<Made>;
  add(keyPackage: Uint8Array): Promise<Made>;
  remove(target: Target): Promise<Made>;
  /** Milliseconds. */
  process(commit: Uint8Array): Promise<number>;
  /** The member goes on. */
  encrypt(plaintexts: readonly Uint8Array[]): Promise<Spoken>;
  decrypt(messages: readonly Uint8Array[]): Promise<Spoken>;
}
export interface Spoken {
  /** Milliseconds of each message. */
  readonly ms: readonly number[];
  readonly messages: readonly Uint8Array[];
  /** Bytes of state that were stored for the last one, where that is known. */
  readonly stored?: number;
}

export interface Candidate {
  /** MLSMessage(KeyPackage) */
  readonly keyPackage: Uint8Array;
  join(welcome: Uint8Array): Promise<{ readonly ms: number; readonly subject: Subject }>;
}
export interface Library {
  readonly name: Name;
  candidate(): Promise<Candidate>;
}

export const now = () => performance.now();
