// Who may enter or leave a group (RULES: "Vouchers", "What a commit is judged by"). All members' clients decide alike: only
// the old state, the commit and the statements in its authenticated data are looked at, never a clock or another log.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { CommitFacts, Leaf } from '../mls/engine.js';
import type { Policy } from '../schema/group';
import * as wire from '../schema/wire';
import type { Core as Trust, Voucher } from '../trust/types.js';
import { equal } from './bytes.js';
import { decodeLeaf, decodePolicy } from './policy.js';

const holds = (list: readonly Uint8Array[], value: Uint8Array) => list.some((v) => equal(v, value));

export interface Proof {
  readonly voucher: Uint8Array;
  readonly joinRequest: Uint8Array;
  readonly keyPackageRef: Uint8Array;
}

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

/** Null: the commit may pass; otherwise why not. */
export function judge(trust: Trust, facts: CommitFacts): string | null {
  const policy = decodePolicy(facts.policy);
  if (policy === undefined) return 'the group has no policy that can be read';
  for (const leaf of facts.removes) {
    const own = equal(leaf.account, facts.committer.account);
    if (!own && !holds(policy.leaders, facts.committer.account)) return 'only a leader removes others';
  }
  if (facts.adds.length === 0) return null;

  let data: wire.AddProofs;
  try {
    data = fromBinary(wire.AddProofsSchema, facts.authenticatedData);
  } catch {
    return 'no proofs';
  }
  if (data.proofs.length !== facts.adds.length) return 'one proof for each Add';
  const counted = facts.members.map((m) => decodeLeaf(m.extension)?.voucher ?? new Uint8Array());
  for (const add of facts.adds) {
    const proofs = data.proofs.filter((p) => equal(p.keyPackageRef, add.keyPackageRef));
    const [proof] = proofs;
    if (proof === undefined || proofs.length !== 1) return 'one proof for each Add';
    if (facts.members.some((m) => equal(m.account, add.account))) return 'this account is in the group already';
    const refusal = judgeAdd(trust, facts, policy, add, proof, Number(data.committerTime), counted);
    if (refusal !== null) return refusal;
  }
  return null;
}

function judgeAdd(
  trust: Trust,
  facts: CommitFacts,
  policy: Policy,
  add: CommitFacts['adds'][number],
  proof: wire.AddProof,
  committerTime: number,
  counted: Uint8Array[],
): string | null {
  const admission = trust.checkAdmission(proof.voucher, proof.joinRequest, {
    group: facts.group,
    keyPackage: add.keyPackageRef,
    account: add.account,
    committerTime,
  });
  if (!admission.ok) return `voucher: ${admission.error.name}`;
  const { id, voucher } = admission.value;
  if (!holds(policy.leaders, voucher.inviter)) return 'the inviter holds no inviting role';
  if (holds(policy.revoked, id)) return 'voucher: revoked';
  if (voucher.issuedEpoch > BigInt(facts.epoch) || voucher.issuedEpoch < policy.vouchersFromEpoch)
    return 'voucher: of an epoch that does not count';

  const leaf = decodeLeaf(add.extension);
  if (leaf === undefined || !equal(leaf.voucher, id)) return 'the leaf does not carry its voucher';
  const stranger = judgeDevice(trust, add, leaf.deviceList);
  if (stranger !== null) return stranger;

  if (counted.filter((v) => equal(v, id)).length >= voucher.mostDevices) return 'voucher: spent';
  counted.push(id);
  return null;
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
