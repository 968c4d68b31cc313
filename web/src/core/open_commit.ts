// The newest commit of a group while it can still be taken back (RULES: "What a commit is judged by"): from its entry on until
// another account than its committer's wrote a message or a commit after it. Node and clients read this from the log alone.
import type { Leaf } from '../mls/engine.js';
import * as wire from '../schema/wire';
import type { Core as Trust } from '../trust/types.js';
import { equal, toHex } from './bytes.js';
import type { JoinRequestRecord, MessageRecord } from './store.js';

/** Entries from outside that led to nothing. */
export interface Tried {
  /** The epoch that they were made in. Its GroupInfo may be of no use; a newer one comes, mostly. */
  readonly tried?: number;
  /** So many in that epoch. */
  readonly times?: number;
}

/** The log went on from a commit that this device's state could not follow. */
export interface Lost extends Tried {
  /** Number of the last entry that the state has followed. */
  readonly after: number;
}

/** After one more entry from outside in this epoch. */
export function triedIn<T extends Tried>(before: T, epoch: number): T {
  return { ...before, tried: epoch, times: before.tried === epoch ? (before.times ?? 1) + 1 : 1 };
}

export interface OpenCommit {
  /** Of its entry. */
  readonly seq: number;
  /** The epoch that it ended. */
  readonly epoch: number;
  /** Number of the entry with which that one had begun. */
  readonly began?: number;
  /** SHA-256 of its bytes; empty where this device came in by its Welcome and saw nothing else of it. */
  readonly hash: Uint8Array;
  /** Device, hex; '' where only its Welcome was seen. */
  readonly committer: string;
  /** Its account, hex; '' where no tree that is known here names it. */
  readonly account: string;
  /** This device has followed it; the state before it is stored under prevOf(group). */
  readonly taken: boolean;
  readonly external: boolean;
  /** Not taken because of a rule (protocol/admission). */
  readonly against?: boolean;
  /** This device came in by it, so that there is nothing to go back to. */
  readonly entered?: boolean;
  /** Join requests that it answered, and lines that it showed. */
  readonly requests: readonly JoinRequestRecord[];
  readonly events: readonly MessageRecord[];
  /** Of this device's own re-entry: what it was before. */
  readonly lost?: Lost;
}

/** Does what `writer` wrote go on from the commit? `account`: the writer's, hex, as OpenCommit.account. `own`: this device, with
 *  how many its account has in the group. */
export function goesOn(
  open: OpenCommit,
  writer: Uint8Array,
  account: string,
  own: { readonly device: Uint8Array; readonly devices: number },
): boolean {
  // Whoever committed what a Welcome came from, it was not this device; another one of its account may have done it.
  if (open.committer === '') return equal(writer, own.device) && own.devices === 1;
  // Whose account is not known was let in by the commit itself, maybe by one of the same account. It is refused, and the node,
  // which knows better, says so where that is too late.
  return account !== '' && open.account !== '' && account !== open.account;
}

/** Does this entry of kind REFUSAL take the commit back? `trees`: of the members before the commit and after it, those that this
 *  device knows: who refuses stands in both. */
export function takesBack(
  trust: Trust,
  group: Uint8Array,
  open: OpenCommit,
  trees: readonly (readonly Leaf[])[],
  entry: wire.Entry,
): boolean {
  const said = trust.open('refusal', entry.payload);
  if (!said.ok) return false;
  const { value, signers } = said.value;
  const [signer] = signers;
  return (
    signers.length === 1 &&
    signer !== undefined &&
    signer.account === undefined &&
    equal(signer.key, entry.writer) &&
    toHex(entry.writer) !== open.committer &&
    trees.every((members) => members.some((m) => equal(m.device, entry.writer))) &&
    equal(value.group, group) &&
    value.epoch === BigInt(open.epoch) &&
    (open.hash.length === 0 || equal(value.commit, open.hash))
  );
}

const externalSender = 4;
/** Does it come from outside the tree? MLSMessage(PublicMessage): version, wire format, group id<V>, epoch, sender. */
export function isExternal(commit: Uint8Array): boolean {
  return commit[4] === 32 && commit[4 + 1 + 32 + 8] === externalSender;
}

/** Bytes of the commits among these entries that were not taken back. */
export function standing(trust: Trust, entries: readonly wire.Entry[]): Uint8Array[] {
  const commits: Uint8Array[] = [];
  for (const { kind, payload } of entries) {
    if (kind === wire.EntryKind.COMMIT) commits.push(payload);
    const newest = commits.at(-1);
    if (kind !== wire.EntryKind.REFUSAL || newest === undefined) continue;
    const said = trust.open('refusal', payload);
    if (said.ok && equal(said.value.value.commit, trust.sha256(newest))) commits.pop();
  }
  return commits;
}
