// What the fake node knows of refusals: whether the newest commit of a log can still be taken back, and how epochs count.
import { fromBinary } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { equal, toHex } from '../../../src/core/bytes.js';
import * as st from '../../../src/schema/statement';
import * as wire from '../../../src/schema/wire';
import { readEnvelope } from './statements.js';

/** How an entry moves the epoch of its log. */
export function step(kind: wire.EntryKind): number {
  if (kind === wire.EntryKind.COMMIT) return 1;
  return kind === wire.EntryKind.REFUSAL ? -1 : 0;
}

/** May the device take the newest commit back with this? The code of the error, if not. Signatures and members are not judged. */
export function judgeRefusal(
  entries: readonly wire.Entry[],
  device: Uint8Array,
  statement: Uint8Array,
  accounts: ReadonlyMap<string, Uint8Array>,
): number | null {
  const at = entries.findLastIndex((e) => step(e.kind) !== 0);
  const newest = entries[at];
  const envelope = readEnvelope(statement);
  if (envelope === undefined) return 2;
  const refusal = fromBinary(st.RefusalSchema, envelope.body);
  if (newest?.kind !== wire.EntryKind.COMMIT || !equal(refusal.commit, sha256(newest.payload))) return 14;
  if (equal(newest.writer, device)) return 7;
  const since = entries.slice(at + 1).filter((e) => e.kind === wire.EntryKind.APPLICATION);
  const account = (e: wire.Entry) => toHex(accounts.get(toHex(e.writer)) ?? e.writer);
  return since.some((e) => account(e) !== account(newest)) ? 14 : null;
}

/** A refusal as what is appended by it. */
export function refusalOf(request: wire.ClientFrame['request']) {
  if (request.case !== 'refuse') return null;
  const { group, entryId, refusal } = request.value;
  return { log: group, entryId, epoch: -1n, payload: refusal };
}
