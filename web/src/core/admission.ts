// What stands in a commit's authenticated data, and whether a newcomer believes a Welcome. Commits are judged by the trusted
// core (protocol/admission), for every member's client and the node alike.
import { create, toBinary } from '@bufbuild/protobuf';
import type { Leaf } from '../mls/engine.js';
import type { Policy } from '../schema/group';
import * as wire from '../schema/wire';
import type { Core as Trust, Voucher } from '../trust/types.js';
import { equal } from './bytes.js';
import { decodeLeaf } from './policy.js';

const holds = (list: readonly Uint8Array[], value: Uint8Array) => list.some((v) => equal(v, value));

export interface Proof {
  readonly voucher: Uint8Array;
  readonly joinRequest: Uint8Array;
  readonly keyPackageRef: Uint8Array;
}

/** Of a committer who has read nothing yet. */
export const nothingSeen = { seq: 0, hash: new Uint8Array() };

export function encodeProofs(proofs: readonly Proof[], committerTime: number, seen: { seq: number; hash: Uint8Array }) {
  return toBinary(
    wire.AddProofsSchema,
    create(wire.AddProofsSchema, {
      proofs: proofs.map((p) => ({ ...p })),
      committerTime: BigInt(committerTime),
      seenSeq: BigInt(seen.seq),
      seenHash: seen.hash,
    }),
  );
}

/** Is this leaf the only one that the request's voucher lets in? */
export function spends(trust: Trust, request: wire.JoinEntry, leaf: Pick<Leaf, 'extension'>): boolean {
  const opened = trust.verifyVoucher(request.voucher);
  const voucher = decodeLeaf(leaf.extension)?.voucher;
  if (!opened.ok || voucher === undefined) return false;
  return equal(opened.value.id, voucher) && opened.value.voucher.mostDevices <= 1;
}

function judgeDevice(trust: Trust, leaf: Omit<Leaf, 'index'>, deviceList: Uint8Array): string | null {
  const list = trust.openSelfSigned('deviceList', deviceList);
  if (!list.ok) return `device list: ${list.error.name}`;
  if (!equal(list.value.value.account, leaf.account) || !holds(list.value.value.devices, leaf.device))
    return 'the device is not in its account’s list';
  return null;
}

/** A group as its Welcome shows it to the newcomer. */
export interface Entered {
  readonly policy: Policy;
  readonly members: readonly Leaf[];
  readonly self: number;
  /** Does the ward's official log say so, for this group's unit? */
  readonly leads: (account: Uint8Array) => boolean;
}

/** Null: the group may be the one of the paper. Anybody who has the KeyPackage can make a group of the same id. */
export function judgeWelcome(
  trust: Trust,
  { policy, members, self, leads }: Entered,
  paper: { readonly id: Uint8Array; readonly voucher: Voucher },
): string | null {
  if (!holds(policy.leaders, paper.voucher.inviter)) return 'who gave the paper does not lead this group';
  if (!policy.leaders.every(leads)) return 'a leader without the office';
  for (const member of members) {
    const leaf = decodeLeaf(member.extension);
    if (leaf === undefined) return 'a leaf that cannot be read';
    if (member.index === self && !equal(leaf.voucher, paper.id)) return 'the leaf does not carry this voucher';
    if (leaf.voucher.length !== 32 && !holds(policy.leaders, member.account)) return 'a member without a voucher';
    const stranger = judgeDevice(trust, member, leaf.deviceList);
    if (stranger !== null) return stranger;
  }
  return members.some((m) => m.index === self) ? null : 'no leaf of this device';
}
