// Commits of an insider that a node cannot tell from good ones: all honest members end in one epoch (RULES: "What a commit is
// judged by"). Real nodes, real clients; the insider's commits are made by the tests' module.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Groups } from '../../src/core/groups.js';
import * as wire from '../../src/schema/wire';
import { LossyTransport } from '../core/support/lossy.js';
import type { Person } from '../core/support/person.js';
import { Insider } from './support/insider.js';
import { missing, Ward } from './support/ward.js';
import { nodeTransport } from './support/ws.js';

/** In that run what cannot be opened is read all the same, and nothing else here is of interest. */
declare const __IDENTITY_CRYPTO__: boolean;
const why = missing ?? (__IDENTITY_CRYPTO__ ? 'encryption does nothing' : undefined);

/** ms: within this all honest members are in one epoch again */
const most = 30_000;

const groupsOf = (p: Person) => (p.core as unknown as { groups: Groups }).groups;
const recordOf = (p: Person) => groupsOf(p).record(p.group);
const reads = async (p: Person, text: string) =>
  (await p.core.messages(p.group, 500)).some((m) => m.text === text && m.state === 'sent');
const saw = async (p: Person, event: string) =>
  (await p.core.messages(p.group, 500)).filter((m) => m.event === event).map((m) => m.sender);

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + most;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((r) => setTimeout(r, 10));
  }
}

describe.skipIf(why !== undefined)(`commits of an insider${why ? ` (skipped: ${why})` : ''}`, () => {
  let ward: Ward;
  let insider: Insider | null;
  let honest: Person[];
  let began: number;

  beforeEach(async () => {
    insider = null;
    ward = await Ward.make();
  }, 120_000);
  afterEach(() => {
    insider?.close();
    ward?.close();
  });

  /** A leader, three residents, and one who turns on them. */
  const world = async (): Promise<[Person, Person, Person, Person, Insider]> => {
    const leader = await ward.leader();
    const residents: Person[] = [];
    // Anh Nam is the bad one's sibling in the tree: a path secret is sealed to him alone.
    for (const name of ['Chị Hoa', 'Kẻ xấu', 'Anh Nam', 'Cô Ba']) residents.push(await ward.member(leader, name));
    const [hoa, bad, nam, ba] = residents as [Person, Person, Person, Person];
    honest = [leader, hoa, nam, ba];
    await settled(5);
    insider = await Insider.of(bad, ward.url);
    ward.people.splice(ward.people.indexOf(bad), 1);
    began = Date.now();
    return [leader, hoa, nam, ba, insider];
  };

  const logged = async (kind: wire.EntryKind) => (await (insider as Insider).entries()).filter((e) => e.kind === kind);

  const commitsOf = async (p: Person) =>
    (await logged(wire.EntryKind.COMMIT)).filter((e) => Buffer.from(e.writer).toString('hex') === p.state.me?.device)
      .length;

  /** Nothing is under way any more, and all are in the node's epoch. */
  const settled = (members: number) =>
    until('one epoch', async () => {
      const codes = new Set<string>();
      for (const p of honest) {
        const record = recordOf(p);
        if (record === undefined || record.lost !== undefined || record.pending !== null) return false;
        if (record.open?.taken === false || p.state.groups[0]?.members.length !== members) return false;
        codes.add(await p.core.safetyCode(p.group));
      }
      return codes.size === 1;
    });

  /** All honest members are in one epoch, read each other, and it has not taken too long. */
  const agree = async (members = 5) => {
    await settled(members);
    for (const [i, p] of honest.entries()) {
      const text = `tin của ${p.name} lúc ${Date.now()}, ${i}`;
      await p.core.sendText(p.group, text);
      for (const other of honest) await until(`${other.name} reads ${p.name}`, () => reads(other, text));
    }
    await settled(members);
    const epochs = new Set(honest.map((p) => recordOf(p)?.epoch));
    expect(epochs.size).toBe(1);
    expect(Date.now() - began).toBeLessThan(most);
    return [...epochs][0] as number;
  };

  for (const [name, fault] of [
    ['a bad confirmation tag', 'confirmationTag'],
    ['a bad membership tag', 'membershipTag'],
  ] as const)
    it(`${name}: refused by all, also by one who was away; the leader is shown whose it was`, async () => {
      const [leader, hoa, nam, , bad] = await world();
      const epoch = recordOf(leader)?.epoch ?? 0;
      nam.close();
      await bad.commit(fault);
      await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
      await nam.open();
      expect(await agree()).toBe(epoch);
      expect(await logged(wire.EntryKind.REFUSAL)).toHaveLength(1);
      const account = leader.state.groups[0]?.members.find((m) => m.name === 'Kẻ xấu')?.account;
      expect(await saw(leader, 'refused')).toEqual([account]);
      expect(await saw(hoa, 'refused')).toEqual([]);
    }, 90_000);

  it('a path that one member cannot open: taken back by all who could', async () => {
    const [leader, , nam, , bad] = await world();
    const epoch = recordOf(leader)?.epoch ?? 0;
    await bad.commit('path', bad.leafOf(nam));
    await until('the others follow it', () => recordOf(leader)?.epoch === epoch + 1);
    await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
    expect(await agree()).toBe(epoch);
    expect((await logged(wire.EntryKind.REFUSAL))[0]?.writer).toEqual(
      Uint8Array.from(Buffer.from(nam.state.me?.device ?? '', 'hex')),
    );
  }, 90_000);

  it('the same, and the others have gone on: who cannot follow comes in again', async () => {
    const [leader, hoa, nam, , bad] = await world();
    const epoch = recordOf(leader)?.epoch ?? 0;
    nam.close();
    await bad.commit('path', bad.leafOf(nam));
    await until('the others follow it', () => recordOf(hoa)?.epoch === epoch + 1);
    await hoa.core.sendText(hoa.group, 'anh Nam đi vắng');
    await until('it is there', () => reads(leader, 'anh Nam đi vắng'));
    began = Date.now();
    await nam.open();
    expect(await agree()).toBe(epoch + 2);
    expect(await logged(wire.EntryKind.REFUSAL)).toHaveLength(0);
    await nam.reload();
    await agree();
    // What was said meanwhile stands there as not readable.
    const all = await nam.core.messages(nam.group, 500);
    expect(all.filter((m) => m.state === 'unreadable')).toHaveLength(1);
  }, 90_000);

  it('a garbage Welcome: the newcomer comes in from outside', async () => {
    const [leader, hoa, nam, ba, bad] = await world();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 14');
    for (const p of [leader, hoa, nam, ba]) p.close();
    const tam = await ward.person('Cô Tám');
    await tam.core.openLink(link.split('#')[1] ?? '');
    await tam.core.join('Cô Tám');
    await tam.until('the request', () => tam.state.join.step === 'waiting');
    await bad.admit('welcome');
    await until('it is in', () => tam.state.join.step === 'joined');
    for (const p of [leader, hoa, nam, ba]) await p.open();
    honest.push(tam);
    await agree(6);
    await tam.reload();
    await agree(6);
  }, 90_000);

  it('a garbage external_pub: the re-entry is refused, the refuser brings another, and it succeeds', async () => {
    const [leader, hoa, nam, , bad] = await world();
    const epoch = recordOf(leader)?.epoch ?? 0;
    nam.close();
    await bad.commit('path', bad.leafOf(nam));
    await until('the others follow it', () => recordOf(hoa)?.epoch === epoch + 1);
    await hoa.core.sendText(hoa.group, 'anh Nam đi vắng');
    await until('it is there', () => reads(leader, 'anh Nam đi vắng'));
    await bad.commit('externalPub');
    await until('the others follow it', () => recordOf(hoa)?.epoch === epoch + 2);
    began = Date.now();
    await nam.open();
    await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
    // The fresh commit and the second re-entry.
    expect(await agree()).toBeGreaterThanOrEqual(epoch + 4);
  }, 90_000);

  it('an own re-entry is refused by one who came in meanwhile: taken back like any other, and made again', async () => {
    const [leader, hoa, nam, , bad] = await world();
    nam.close();
    await bad.commit('path', bad.leafOf(nam));
    await hoa.core.sendText(hoa.group, 'anh Nam đi vắng');
    await until('it is there', () => reads(leader, 'anh Nam đi vắng'));
    const tam = await ward.member(leader, 'Cô Tám');
    await until('nothing of hers is on its way', () => {
      const record = recordOf(tam);
      return record?.open === undefined && record?.pending === null;
    });
    const newcomer = await Insider.of(tam, ward.url);
    try {
      newcomer.refusesNext = true;
      began = Date.now();
      await nam.open();
      await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
      await until('the second re-entry', async () => (await commitsOf(nam)) === 2);
      await agree(6);
      expect(await logged(wire.EntryKind.REFUSAL)).toHaveLength(1);
    } finally {
      newcomer.close();
    }
  }, 90_000);

  it('a re-entry that is refused while nobody is there to renew the epoch is made again after a while', async () => {
    const [leader, hoa, nam, ba, bad] = await world();
    nam.close();
    await bad.commit('path', bad.leafOf(nam));
    await hoa.core.sendText(hoa.group, 'anh Nam đi vắng');
    await until('it is there', () => reads(leader, 'anh Nam đi vắng'));
    for (const p of [leader, hoa, ba]) p.close();
    bad.refusesNext = true;
    began = Date.now();
    await nam.open();
    await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
    await until('the second re-entry', async () => (await commitsOf(nam)) === 2);
    for (const p of [leader, hoa, ba]) await p.open();
    await agree();
  }, 90_000);

  it('a leader whose clock is an hour behind lets people in all the same', async () => {
    const [leader, hoa, nam, ba] = await world();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 14');
    for (const p of [leader, hoa, nam, ba]) p.close();
    leader.behind = 3_600_000;
    await leader.open();
    const tam = await ward.person('Cô Tám');
    await tam.core.openLink(link.split('#')[1] ?? '');
    await tam.core.join('Cô Tám');
    await tam.until('it is in', () => tam.state.join.step === 'joined');
  }, 90_000);

  it('an honest commit and a malicious refuser: it is let do so a few times, then the newcomer is in', async () => {
    const [leader, , , , bad] = await world();
    const before = (await logged(wire.EntryKind.COMMIT)).length;
    bad.refusesAll = true;
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 15');
    const network = new LossyTransport(nodeTransport());
    const tam = await ward.person('Cô Tám', network);
    await tam.core.openLink(link.split('#')[1] ?? '');
    await tam.core.join('Cô Tám');
    await until(
      'the limit',
      async () => bad.refused === 8 && (await logged(wire.EntryKind.COMMIT)).length === before + 9,
    );
    network.cut();
    honest.push(tam);
    await agree(6);
    expect(await logged(wire.EntryKind.REFUSAL)).toHaveLength(8);
    expect(await saw(leader, 'refused')).toHaveLength(8);
  }, 90_000);

  for (const [name, noticed] of [
    ['it learns of the refusal first', true],
    ['it learns of all this at once', false],
  ] as const)
    it(`a newcomer whose Add was taken back gets in by the second one: ${name}`, async () => {
      const [leader, hoa, nam, ba, bad] = await world();
      const { link } = await leader.core.makeVoucher(leader.group, 'hộ 16');
      for (const p of [leader, hoa, nam, ba]) p.close();
      // Its first words, with which the Add would stand, do not come through.
      const network = new LossyTransport(nodeTransport());
      const tam = await ward.person('Cô Tám', network);
      await tam.core.openLink(link.split('#')[1] ?? '');
      await tam.core.join('Cô Tám');
      await tam.until('the request', () => tam.state.join.step === 'waiting');
      await bad.admit('path', bad.leafOf(nam));
      await tam.until('the first Add', () => tam.state.join.step === 'joined');
      tam.close();
      network.cut();
      await nam.open();
      await until('the refusal', async () => (await logged(wire.EntryKind.REFUSAL)).length === 1);
      if (noticed) {
        nam.close();
        await tam.open();
        await until('it waits again', () => tam.state.join.step === 'waiting' && tam.state.groups.length === 0);
        await nam.open();
      }
      for (const p of [leader, hoa, ba]) await p.open();
      await until('the second Add', () => leader.state.groups[0]?.members.length === 6);
      if (!noticed) await tam.open();
      honest.push(tam);
      await agree(6);
      expect(tam.state.groups).toHaveLength(1);
      expect(await logged(wire.EntryKind.REFUSAL)).toHaveLength(1);
    }, 90_000);
});
