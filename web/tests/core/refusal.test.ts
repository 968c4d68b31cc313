// Refusals against a node in memory: what is stored, sent again, and put back. What insiders can do stands in tests/integration.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Groups } from '../../src/core/groups.js';
import type { Identity } from '../../src/core/identity.js';
import type { Store } from '../../src/core/store.js';
import * as wire from '../../src/schema/wire';
import { must } from '../../src/trust';
import { loadUnjudged, device as stranger, take } from '../mls/support.js';
import { Counting } from './support/counting.js';
import { LossyTransport } from './support/lossy.js';
import { missing, type Person } from './support/person.js';
import { World } from './support/world.js';

interface Inner {
  readonly env: { readonly store: Store };
  readonly identity: Identity;
  readonly groups: Groups;
}
const inner = (p: Person) => p.core as unknown as Inner;
const recordOf = (p: Person) => inner(p).groups.record(p.group);

describe.skipIf(missing !== undefined)(`refusals${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.make();
  });
  afterEach(() => world.close());

  const ofKind = (kind: wire.EntryKind) => world.node.group().entries.filter((e) => e.kind === kind);
  const lastId = (p: Person) => world.node.group().writers.get(p.state.me?.device ?? '')?.last ?? 0;
  const deviceOf = (p: Person) => Uint8Array.from(Buffer.from(p.state.me?.device ?? '', 'hex'));

  /** Nothing waits to be sent. */
  const quiet = async (...people: Person[]) => {
    for (const p of people)
      while ((await inner(p).env.store.outbox()).length > 0 || recordOf(p)?.pending !== null)
        await new Promise((r) => setTimeout(r, 5));
  };

  /** A commit by this member's own client, without the rules: a stranger is added without a proof. */
  const slipIn = async (who: Person) => {
    const { trust, engine } = await loadUnjudged();
    const { env, identity } = inner(who);
    const state = take(engine.load(await env.store.mls(who.group)));
    const kp = engine.makeKeyPackage(stranger(trust), new Uint8Array(), Date.now());
    const key = must(trust.keyFromSeed(identity.record.deviceSeed));
    const { commit } = take(engine.commit(state, key, { adds: [kp.keyPackage], data: new Uint8Array() }));
    world.node.append(world.node.group(), wire.EntryKind.COMMIT, deviceOf(who), lastId(who) + 1, commit);
  };
  /** This member's word against the newest commit, though it is right. */
  const refuse = (who: Person) => {
    const { identity } = inner(who);
    const group = world.node.group();
    const commit = world.trust.sha256(ofKind(wire.EntryKind.COMMIT).at(-1)?.payload as Uint8Array);
    const value = { group: group.id, epoch: BigInt(group.epoch - 1), commit, reason: 1 };
    const refusal = must(world.trust.make('refusal', value, identity.device));
    world.node.append(group, wire.EntryKind.REFUSAL, deviceOf(who), lastId(who) + 1, refusal);
  };

  it('a lost request: the same refusal goes out again, and one stands in the log', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await quiet(leader, hoa);
    world.node.faults.loseRequests = 1;
    await slipIn(hoa);
    await leader.until('the refusal', () => ofKind(wire.EntryKind.REFUSAL).length === 1);
    await leader.until(
      'the connection',
      () => leader.state.connection === 'online' && recordOf(leader)?.pending === null,
    );
    await leader.core.sendText(leader.group, 'không có người lạ');
    await hoa.untilTexts(['không có người lạ']);
    expect(ofKind(wire.EntryKind.REFUSAL)).toHaveLength(1);
    expect(world.node.requests.filter((r) => r === 'refuse')).toHaveLength(2);
    expect(world.node.changedRetries).toBe(0);
    expect(recordOf(leader)).toMatchObject({ epoch: 1, open: undefined, lost: undefined });
    const shown = (await leader.core.messages(leader.group, 50)).filter((m) => m.event === 'refused');
    expect(shown.map((m) => m.sender)).toEqual([hoa.state.me?.account]);
  });

  it('a commit is taken back after a reload: states, requests and lines are what they were, and the second Add counts', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await quiet(leader, hoa);
    const before = await hoa.core.safetyCode(hoa.group);
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 13');
    // What he says in the new epoch does not come through.
    const network = new LossyTransport(world.node);
    const nam = await world.resident('Anh Nam', link, network);
    await hoa.until('three members', () => hoa.state.groups[0]?.members.length === 3);
    await hoa.reload();
    await leader.reload();
    const counted = [leader, hoa].map((p) => new Counting(p));
    expect(await hoa.core.safetyCode(hoa.group)).not.toBe(before);
    refuse(hoa);
    // The request is there again and answered again.
    await hoa.until('the second Add', () => ofKind(wire.EntryKind.COMMIT).length === 3);
    for (const p of [leader, hoa]) await p.until('three members', () => p.state.groups[0]?.members.length === 3);
    for (const p of [leader, hoa]) expect(recordOf(p)?.epoch).toBe(2);
    network.cut();
    await nam.until('membership', () => nam.state.join.step === 'joined' && nam.state.groups[0]?.members.length === 3);
    await nam.core.sendText(nam.group, 'vào được rồi');
    for (const p of [leader, hoa]) await p.untilTexts(['vào được rồi']);
    await leader.core.sendText(leader.group, 'chào anh');
    await nam.untilTexts(['vào được rồi', 'chào anh']);
    const lines = (await hoa.core.messages(hoa.group, 50)).map((m) => m.event).filter((e) => e !== undefined);
    expect(lines.slice(-2)).toEqual(['undone', 'joined']);
    expect(counted.map((c) => c.leaked())).toEqual([0, 0]);
    await nam.until('the Add stands', () => recordOf(nam)?.open === undefined);
    expect(await inner(nam).env.store.meta('join')).toBeUndefined();
    await nam.reload();
    await leader.core.sendText(leader.group, 'sau đó');
    await nam.untilTexts(['vào được rồi', 'chào anh', 'sau đó']);
  });

  it('who was away reads commits, refusals and words in one go, and no state is left over', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    const ba = await world.member(leader, 'Cô Ba');
    await quiet(leader, hoa, ba);
    await ba.until('quiet', () => recordOf(ba)?.cursor?.seq === recordOf(leader)?.cursor?.seq);
    const counted = new Counting(ba);
    world.node.faults.swallowPushes = Number.MAX_SAFE_INTEGER; // to all: they read when they hear of something
    await slipIn(hoa);
    refuse(ba);
    for (const text of ['một', 'hai']) await leader.core.sendText(leader.group, text);
    await quiet(leader);
    await slipIn(hoa);
    refuse(ba);
    await leader.core.sendText(leader.group, 'ba');
    await quiet(leader);
    world.node.faults.swallowPushes = 0;
    await leader.core.sendText(leader.group, 'bốn');
    for (const p of [leader, hoa, ba]) await p.untilTexts(['một', 'hai', 'ba', 'bốn']);
    expect(recordOf(ba)).toMatchObject({ epoch: 2, open: undefined, lost: undefined });
    expect(counted.leaked()).toBe(0);
  });

  /** Hoa's commit is on its way and does not come through; the leader's is ordered, and hers afterwards. */
  const race = async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa', new LossyTransport(world.node, 'commit'));
    const ba = await world.member(leader, 'Cô Ba');
    await quiet(leader, hoa, ba);
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 13');
    for (const p of [leader, ba]) p.close();
    await world.resident('Anh Nam', link, new LossyTransport(world.node));
    const pending = await hoa.until('her commit', () => recordOf(hoa)?.pending);
    if (pending.kind !== 'commit') throw new Error(pending.kind);
    for (const p of [leader, ba]) await p.open();
    await hoa.until('the leader’s', () => recordOf(hoa)?.epoch === 3);
    const arrive = () =>
      world.node.append(world.node.group(), wire.EntryKind.COMMIT, deviceOf(hoa), pending.entryId, pending.commit);
    return { leader, hoa, ba, arrive };
  };

  it('an own commit that was on its way wins the epoch that a refusal opened again', async () => {
    const { leader, hoa, ba, arrive } = await race();
    refuse(ba);
    arrive();
    const end = world.node.group().entries.length;
    for (const p of [leader, hoa, ba]) await p.until('all read', () => (recordOf(p)?.cursor?.seq ?? 0) >= end);
    await leader.core.sendText(leader.group, 'một');
    for (const p of [leader, hoa, ba]) await p.untilTexts(['một']);
    expect(await leader.core.safetyCode(leader.group)).toBe(await hoa.core.safetyCode(hoa.group));
    expect(ofKind(wire.EntryKind.COMMIT)).toHaveLength(4);
    expect(world.node.requests).not.toContain('getGroupInfo');
  });

  it('words for an epoch that was taken back go out again in the one that has its number now', async () => {
    const { leader, hoa, ba, arrive } = await race();
    await quiet(leader, ba);
    world.node.faults.swallowPushes = Number.MAX_SAFE_INTEGER;
    refuse(ba);
    arrive();
    const before = world.node.group().entries.length;
    await leader.core.sendText(leader.group, 'một');
    await leader.until('sent', () => world.node.group().entries.length > before);
    world.node.faults.swallowPushes = 0;
    await leader.core.sendText(leader.group, 'hai');
    for (const p of [leader, hoa, ba]) await p.untilTexts(['một', 'hai']);
    expect(world.node.requests.filter((r) => r === 'append').length).toBeGreaterThan(2);
  });

  it('an own commit that a node orders after another of its epoch does not count', async () => {
    const { leader, hoa, ba, arrive } = await race();
    arrive();
    world.node.group().epoch--;
    world.node.group().began.pop();
    await leader.core.sendText(leader.group, 'một');
    for (const p of [leader, hoa, ba]) await p.untilTexts(['một']);
    await hoa.core.sendText(hoa.group, 'hai');
    for (const p of [leader, hoa, ba]) await p.untilTexts(['một', 'hai']);
    expect(await leader.core.safetyCode(leader.group)).toBe(await hoa.core.safetyCode(hoa.group));
  });

  it('once another member wrote in the new epoch, no refusal counts', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await world.member(leader, 'Anh Nam');
    await hoa.until('the newcomer’s words', () => recordOf(hoa)?.epoch === 2 && recordOf(hoa)?.open === undefined);
    await leader.until('the newcomer’s words', () => recordOf(leader)?.open === undefined);
    expect(await inner(hoa).env.store.mls(`${hoa.group}/prev`)).toEqual([]);
    const { began } = world.node.group();
    const present = began.at(-1) as number;
    refuse(hoa); // a node that would order it
    world.node.group().epoch++;
    began.push(present);
    await leader.core.sendText(leader.group, 'vẫn ở đây');
    await hoa.untilTexts(['vẫn ở đây']);
    expect(recordOf(leader)?.epoch).toBe(2);
  });
});
