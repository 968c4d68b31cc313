// The newest commit of a group while it can still be taken back (RULES: "What a commit is judged by"): from its entry on until a
// device other than its committer's wrote a message or a commit after it. Node and clients read this from the log alone.
import type { Leaf } from '../mls/engine.js';
import * as wire from '../schema/wire';
import type { Core as Trust } from '../trust/types.js';
import { equal, toHex } from './bytes.js';
import type { JoinRequestRecord, MessageRecord } from './store.js';

/** The log went on from a commit that this device's state could not follow. */
export interface Lost {
  /** Number of the last entry that the state has followed. */
  readonly after: number;
  /** Epoch whose GroupInfo led to a re-entry that others refused: only a newer one will do. */
  readonly tried?: number;
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

/** Does what `writer` wrote go on from the commit? `own`: this device. */
export function goesOn(open: OpenCommit, writer: Uint8Array, own: Uint8Array | null): boolean {
  // Whoever committed what a Welcome came from, it was not this device.
  if (open.committer === '') return own !== null && equal(writer, own);
  return toHex(writer) !== open.committer;
}

/** Does this entry of kind REFUSAL take the commit back? `before`: members before the commit. */
export function takesBack(
  trust: Trust,
  group: Uint8Array,
  open: OpenCommit,
  before: readonly Leaf[],
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
    before.some((m) => equal(m.device, entry.writer)) &&
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
