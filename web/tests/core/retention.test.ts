// A node that does not keep everything for ever, and one whose disk is full: what a device makes of that.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Groups } from '../../src/core/groups.js';
import { Batch, type GroupRecord, type Store } from '../../src/core/store.js';
import * as wire from '../../src/schema/wire';
import { missing, type Person } from './support/person.js';
import { inboxLog } from './support/statements.js';
import { World } from './support/world.js';

interface Inner {
  readonly env: { readonly store: Store };
  readonly groups: Groups;
}
const inner = (p: Person) => p.core as unknown as Inner;
const recordOf = (p: Person) => inner(p).groups.record(p.group);

describe.skipIf(missing !== undefined)(`retention${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.make();
  });
  afterEach(() => world.close());

  const group = () => world.node.group();
  const trimAll = () => {
    group().trimmed = group().entries.length;
  };
  const quiet = async (...people: Person[]) => {
    for (const p of people)
      while ((await inner(p).env.store.outbox()).length > 0 || recordOf(p)?.pending !== null)
        await new Promise((r) => setTimeout(r, 5));
  };
  const events = async (p: Person) => (await p.core.messages(p.group, 100)).map((m) => m.event);
  const say = async (p: Person, text: string) => {
    await p.core.sendText(p.group, text);
    await quiet(p);
  };
  /** Everybody has read everything, and the newest commit cannot be taken back any more. */
  const settled = async (...people: Person[]) => {
    await quiet(...people);
    for (const p of people)
      await p.until(
        'the end of the log',
        () => recordOf(p)?.cursor?.seq === group().entries.length && recordOf(p)?.open === undefined,
      );
  };

  it('a device that was away while messages alone were trimmed is told of the gap and goes on', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await say(hoa, 'một');
    await settled(leader, hoa);
    hoa.close();
    await say(leader, 'hai');
    await say(leader, 'ba');
    trimAll();
    await say(leader, 'bốn');
    await hoa.open();
    await hoa.untilTexts(['một', 'bốn']);
    expect((await events(hoa)).filter((e) => e === 'gap')).toHaveLength(1);
    expect(recordOf(hoa)?.lost).toBeUndefined();
    await say(hoa, 'năm');
    await leader.untilTexts(['một', 'hai', 'ba', 'bốn', 'năm']);
    await hoa.reload();
    await hoa.untilTexts(['một', 'bốn', 'năm']);
    expect((await events(hoa)).filter((e) => e === 'gap')).toHaveLength(1);
  });

  it('one that missed commits for good takes its place in the group again', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await say(hoa, 'một');
    await settled(leader, hoa);
    hoa.close();
    const nam = await world.member(leader, 'Anh Nam');
    await say(nam, 'hai');
    await settled(leader, nam);
    trimAll();
    await hoa.open();
    await hoa.until('re-entry', () => recordOf(hoa)?.epoch === 3 && recordOf(hoa)?.lost === undefined);
    await say(hoa, 'tôi về rồi');
    await nam.untilTexts(['hai', 'tôi về rồi']);
    await say(nam, 'chào chị');
    await hoa.untilTexts(['một', 'tôi về rồi', 'chào chị']);
    expect((await events(hoa)).filter((e) => e === 'gap')).toHaveLength(1);
    expect(hoa.state.groups[0]?.members).toHaveLength(3);
    expect(await hoa.core.safetyCode(hoa.group)).toBe(await leader.core.safetyCode(leader.group));
  });

  it('but not by a GroupInfo that is older than what it knew', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    const nam = await world.member(leader, 'Anh Nam');
    await say(nam, 'một');
    await settled(leader, hoa, nam);
    hoa.close();
    const ba = await world.member(leader, 'Cô Ba');
    await say(ba, 'hai');
    trimAll();
    // She stands in the tree of epoch 1 as well.
    const now = group().infos[group().epoch] as Uint8Array;
    group().infos[group().epoch] = group().infos[1] as Uint8Array;
    const before = world.node.requests.length;
    await hoa.open();
    await hoa.until('lost', () => recordOf(hoa)?.lost?.gone === true);
    const asked = () => world.node.requests.slice(before).filter((r) => r === 'getGroupInfo').length;
    await hoa.until('some tries', () => asked() > 2);
    expect(world.node.requests.slice(before)).not.toContain('commit');
    group().infos[group().epoch] = now;
    await hoa.until('re-entry', () => recordOf(hoa)?.lost === undefined);
  });

  it('a message that was stored before its answer was lost and then trimmed is not sent twice', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await say(hoa, 'một');
    await settled(leader, hoa);
    world.node.faults.loseAcks = 1;
    world.node.faults.swallowPushes = Number.MAX_SAFE_INTEGER;
    await hoa.core.sendText(hoa.group, 'hai');
    await hoa.until('stored', () => group().entries.length > (recordOf(hoa)?.cursor?.seq ?? 0));
    trimAll();
    world.node.faults.swallowPushes = 0;
    await hoa.until('settled', () => recordOf(hoa)?.pending === null);
    await quiet(hoa);
    const written = group().entries.filter((e) => e.kind === wire.EntryKind.APPLICATION).length;
    await say(hoa, 'ba');
    await leader.until('ba', () => [...leader.messages.values()].some((m) => m.text === 'ba'));
    expect(group().entries.filter((e) => e.kind === wire.EntryKind.APPLICATION)).toHaveLength(written + 1);
    expect(await hoa.texts()).toEqual(['một', 'hai', 'ba']);
  });

  it('a newcomer whose first entries are gone enters all the same, and stays', async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    const hoa = await world.resident('Chị Hoa', link);
    await hoa.until('request', () => hoa.state.join.step === 'waiting');
    hoa.close();
    await leader.until('the Add', () => leader.state.groups[0]?.members.length === 2);
    await quiet(leader);
    await say(leader, 'một');
    trimAll();
    await hoa.open();
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
    await say(leader, 'hai');
    await hoa.untilTexts(['hai']);
    await say(hoa, 'ba');
    await leader.untilTexts(['một', 'hai', 'ba']);
  });

  it('a newcomer whose pushes were lost keeps the group where they are gone, and has a gap', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await quiet(leader, hoa);
    await hoa.until('the end', () => recordOf(hoa)?.cursor?.seq === group().entries.length);
    leader.close();
    // As if nobody had written yet, so that her Add may still be taken back.
    const { groups } = inner(hoa);
    const record = recordOf(hoa) as GroupRecord;
    const seen = { hash: new Uint8Array(), committer: '', account: '', requests: [], events: [] };
    const open = { seq: record.joinedAt, epoch: 0, taken: true, entered: true, external: false, ...seen };
    await groups.put({ ...record, open }, null, new Batch());
    // Entries that say nothing new: a request that was answered already.
    const again = group().entries.find((e) => e.kind === wire.EntryKind.JOIN_REQUEST) as wire.Entry;
    const stranger = new Uint8Array(32);
    world.node.faults.swallowPushes = 1;
    world.node.append(group(), wire.EntryKind.JOIN_REQUEST, stranger, 1, again.payload);
    trimAll();
    world.node.append(group(), wire.EntryKind.JOIN_REQUEST, stranger, 2, again.payload);
    await hoa.until('the gap', () => [...hoa.messages.values()].some((m) => m.event === 'gap'));
    await hoa.until('re-entry', () => recordOf(hoa)?.lost === undefined && recordOf(hoa)?.epoch === 2);
    expect(hoa.state.groups).toHaveLength(1);
    expect(hoa.state.join.step).toBe('joined');
  });

  it('one whose Welcome is gone takes its place from outside', async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    const hoa = await world.resident('Chị Hoa', link);
    await hoa.until('request', () => hoa.state.join.step === 'waiting');
    const device = hoa.state.me?.device ?? '';
    hoa.close();
    await leader.until('the Add', () => leader.state.groups[0]?.members.length === 2);
    await quiet(leader);
    const inbox = world.node.logs.get(
      Buffer.from(inboxLog(Uint8Array.from(Buffer.from(device, 'hex')))).toString('hex'),
    );
    expect(inbox?.entries).toHaveLength(1);
    if (inbox !== undefined) inbox.trimmed = 1;
    await hoa.open();
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
    await say(hoa, 'vào được rồi');
    await leader.untilTexts(['vào được rồi']);
  });

  it('a full disk delays what is sent, ever more rarely asked for, and loses nothing', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    await quiet(leader, hoa);
    world.node.faults.full = true;
    const before = world.node.requests.length;
    await hoa.core.sendText(hoa.group, 'một');
    await hoa.core.sendText(hoa.group, 'hai');
    await new Promise((r) => setTimeout(r, 1500)); // 30 s of the device's time
    const asked = world.node.requests.slice(before).filter((r) => r === 'append').length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(8);
    expect((await hoa.core.messages(hoa.group, 10)).map((m) => m.state)).not.toContain('failed');
    world.node.faults.full = false;
    await leader.untilTexts(['một', 'hai']);
    await hoa.untilTexts(['một', 'hai']);
    expect(world.node.changedRetries).toBe(0);
  });
});
