import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertFields } from '../../src/api/boundary.js';
import { alertOf } from '../../src/core/alerts.js';
import type { Groups } from '../../src/core/groups.js';
import type { Identity } from '../../src/core/identity.js';
import type { Store } from '../../src/core/store.js';
import * as st from '../../src/schema/statement';
import * as wire from '../../src/schema/wire';
import { must } from '../../src/trust';
import { loadUnjudged, device as stranger } from '../mls/support.js';
import { missing, type Person, random } from './support/person.js';
import { officialLog, publicKey } from './support/statements.js';
import { now, World } from './support/world.js';

const warning: AlertFields = {
  level: 'CẢNH BÁO',
  headline: 'Giả danh công an phường đòi tiền phạt',
  description: 'Có người gọi điện tự xưng công an phường, đòi tiền phạt vì tranh chấp nhà đất.',
  instructions: ['Không chuyển tiền', 'Tắt máy', 'Gọi bảo vệ khu phố hoặc công an phường'],
  contact: '028 3891 0000',
  event: 'Lừa đảo qua điện thoại',
  category: 'Security',
  expires: now() + 24 * 3600 * 1000,
  units: [],
};

describe.skipIf(missing !== undefined)(`the core and a node${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.make();
  });
  afterEach(() => world.close());

  const pair = async (): Promise<[Person, Person]> => {
    const leader = await world.leader();
    return [leader, await world.member(leader, 'Chị Hoa')];
  };
  const requestOf = (who: Person) => who.state.join.step;

  it('a cell leader is appointed, makes a group and a voucher; a resident joins and both read each other', async () => {
    const leader = await world.leader();
    expect(leader.state.node).toMatchObject({ name: 'Công an phường Tân Chánh Hiệp', verified: true });
    expect(leader.state.node?.path).toEqual(['Công an Quận 12', 'Công an phường Tân Chánh Hiệp']);
    expect(leader.state.me?.offices[0]?.office).toBe('cell-leader');
    const resident = await world.member(leader, 'Chị Hoa');
    expect(resident.state.groups[0]?.title).toBe('Tổ dân phố 5');
    await resident.core.sendText(resident.group, 'Chào bà con, ngõ 12 mất điện 😀');
    await leader.untilTexts(['Chào bà con, ngõ 12 mất điện 😀']);
    await leader.core.sendText(leader.group, 'Tôi báo điện lực rồi');
    await resident.untilTexts(['Chào bà con, ngõ 12 mất điện 😀', 'Tôi báo điện lực rồi']);
    await leader.until('the name', () => leader.state.groups[0]?.members.some((m) => m.name === 'Chị Hoa'));
    await resident.until('the leader’s badge', () =>
      resident.state.groups[0]?.members.some(
        (m) => m.badge?.name === 'Nguyễn Thị Tư' && m.badge.office === 'cell-leader',
      ),
    );
    expect(await leader.core.safetyCode(leader.group)).toBe(await resident.core.safetyCode(resident.group));
    for (const log of world.node.logs.values())
      for (const e of log.entries)
        for (const word of ['mất điện', 'điện lực', 'Chị Hoa'])
          expect(Buffer.from(e.payload).includes(Buffer.from(word))).toBe(false);
  });

  it('a second resident joins while the leader is away: any member’s client commits the Add', async () => {
    const [leader, hoa] = await pair();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 13');
    leader.close();
    const nam = await world.resident('Anh Nam', link);
    await nam.until('membership', () => nam.state.join.step === 'joined');
    await hoa.core.sendText(hoa.group, 'Chào anh Nam');
    await nam.untilTexts(['Chào anh Nam']);
    await nam.core.sendText(nam.group, 'Chào chị');
    await leader.open();
    await leader.untilTexts(['Chào anh Nam', 'Chào chị']);
    await leader.until('three members', () => leader.state.groups[0]?.members.length === 3);
    await nam.until('names', () => nam.state.groups[0]?.members.every((m) => m.name !== ''));
  });

  it('a closed browser gets what it missed, more than one Fetch of it; a reload keeps everything', async () => {
    const [leader, hoa] = await pair();
    hoa.close();
    const texts = Array.from({ length: 20 }, (_, i) => `tin ${i}`);
    for (const t of texts) await leader.core.sendText(leader.group, t);
    await leader.until('all sent', () => world.node.group().entries.length >= 24);
    await hoa.open();
    await hoa.untilTexts(texts);
    await hoa.until('twenty unread', () => hoa.state.groups[0]?.unread === 20);
    await hoa.core.markRead(hoa.group);
    await hoa.core.saveDraft(hoa.group, 'đang viết');
    await hoa.reload();
    expect(await hoa.texts()).toEqual(texts);
    expect(hoa.state.groups[0]).toMatchObject({ unread: 0, draft: 'đang viết' });
    expect(hoa.state.me?.name).toBe('Chị Hoa');
  });

  it('what was written offline waits, survives a reload, and goes out once and in order', async () => {
    const [leader, hoa] = await pair();
    world.node.reachable = false;
    world.node.kill();
    await hoa.until('offline', () => hoa.state.connection === 'offline');
    await hoa.core.sendText(hoa.group, 'một');
    await hoa.core.sendText(hoa.group, 'hai');
    expect((await hoa.core.messages(hoa.group, 9)).filter((m) => m.event === undefined).map((m) => m.state)).toEqual([
      'waiting',
      'waiting',
    ]);
    await hoa.reload();
    expect(await hoa.texts()).toEqual(['một', 'hai']);
    world.node.reachable = true;
    await leader.untilTexts(['một', 'hai']);
    await hoa.until('sent', () => [...hoa.messages.values()].filter((m) => m.state === 'sent').length >= 2);
    expect(await hoa.texts()).toEqual(['một', 'hai']);
  });

  it('a lost acknowledgement: the same ciphertext under the same entry id, stored once', async () => {
    const [leader, hoa] = await pair();
    world.node.faults.loseAcks = 3;
    world.node.faults.loseRequests = 2;
    for (const t of ['a', 'b', 'c']) await hoa.core.sendText(hoa.group, t);
    await leader.untilTexts(['a', 'b', 'c']);
    await hoa.until('sent', () => [...hoa.messages.values()].filter((m) => m.state === 'sent').length >= 3);
    expect([world.node.faults.loseAcks, world.node.faults.loseRequests]).toEqual([0, 0]);
    expect(world.node.changedRetries).toBe(0);
    expect(await hoa.texts()).toEqual(['a', 'b', 'c']);
  });

  it('a tab killed between storing and the answer sends nothing twice', async () => {
    const [leader, hoa] = await pair();
    for (let i = 0; i < 6; i++) {
      void hoa.core.sendText(hoa.group, `tin ${i}`);
      await new Promise((r) => setTimeout(r, i * 3));
      await hoa.reload();
    }
    const sent = await hoa.texts();
    await hoa.core.sendText(hoa.group, 'cuối');
    await leader.untilTexts([...sent, 'cuối']);
    await hoa.untilTexts([...sent, 'cuối']);
    expect(world.node.changedRetries).toBe(0);
  });

  it('doubled pushes are shown once, a swallowed push is fetched', async () => {
    const [leader, hoa] = await pair();
    await leader.until('names are told', () => world.node.group().entries.length === 5);
    await hoa.until('names are read', () => hoa.state.groups[0]?.members.every((m) => m.name !== ''));
    let seen = world.node.requests.length;
    world.node.faults.duplicatePushes = true;
    await leader.core.sendText(leader.group, 'một');
    await hoa.untilTexts(['một']);
    world.node.faults.duplicatePushes = false;
    expect(world.node.requests.slice(seen).filter((r) => r !== 'ping')).toEqual(['append']);
    seen = world.node.requests.length;
    world.node.faults.swallowPushes = 2; // both readers miss this one
    await leader.core.sendText(leader.group, 'hai');
    await leader.until('sent', () => world.node.faults.swallowPushes === 0);
    await leader.core.sendText(leader.group, 'ba');
    await hoa.untilTexts(['một', 'hai', 'ba']);
    await leader.untilTexts(['một', 'hai', 'ba']);
    expect(world.node.requests.slice(seen)).toContain('fetch');
    expect(world.node.requests.slice(seen)).not.toContain('open');
  });

  it('a message at a stale epoch is encrypted again, under the same entry id, after the winner', async () => {
    const [leader, hoa] = await pair();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 14');
    const { link: second } = await leader.core.makeVoucher(leader.group, 'hộ 15');
    const joins = [await world.resident('Anh Ba', link), await world.resident('Cô Tám', second)];
    const wanted: string[] = [];
    for (let i = 0; i < 15; i++) {
      await hoa.core.sendText(hoa.group, `hoa ${i}`);
      await leader.core.sendText(leader.group, `tư ${i}`);
      wanted.push(`hoa ${i}`, `tư ${i}`);
      await new Promise((r) => setTimeout(r, 4));
    }
    for (const p of joins) await p.until('membership', () => p.state.join.step === 'joined');
    await hoa.until('all sent', () => wanted.length === 30);
    for (const p of [hoa, leader]) {
      await p.until(
        'all there',
        () => [...p.messages.values()].filter((m) => m.state === 'sent' && m.event === undefined).length >= 30,
      );
      expect([...(await p.texts())].sort()).toEqual([...wanted].sort());
    }
    expect(await hoa.texts()).toEqual(await leader.texts());
    expect(world.node.group().epoch).toBe(3);
    await leader.until('no request left', () => leader.state.groups[0]?.members.length === 4);
  });

  it('two members answer one request: one commit wins, the loser processes it', async () => {
    const [leader, hoa] = await pair();
    const nam = await world.member(leader, 'Anh Nam');
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 16');
    leader.close();
    const tam = await world.resident('Cô Tám', link);
    await tam.until('membership', () => tam.state.join.step === 'joined');
    await tam.core.sendText(tam.group, 'em tới rồi');
    for (const p of [hoa, nam]) {
      await p.untilTexts(['em tới rồi']);
      await p.until('four', () => p.state.groups[0]?.members.length === 4);
    }
    expect(world.node.group().entries.filter((e) => e.kind === wire.EntryKind.COMMIT)).toHaveLength(3);
  });

  it('a voucher lets one person in: the second request stays unanswered', async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 17');
    const first = await world.resident('Anh Một', link);
    await first.until('membership', () => first.state.join.step === 'joined');
    const second = await world.resident('Kẻ lạ', link);
    await second.until('request', () => requestOf(second) === 'waiting');
    await leader.core.sendText(leader.group, 'sau đó');
    await first.untilTexts(['sau đó']);
    await new Promise((r) => setTimeout(r, 400));
    expect(requestOf(second)).toBe('waiting');
    expect(leader.state.groups[0]?.members).toHaveLength(2);
  });

  it('a voucher forged by a member without an inviting role: no client makes the Add, and none accepts one', async () => {
    const [leader, hoa] = await pair();
    const { link } = await hoa.core.makeVoucher(hoa.group, 'hộ ma');
    const stranger = await world.resident('Kẻ lạ', link);
    await stranger.until('request', () => requestOf(stranger) === 'waiting');
    await leader.core.sendText(leader.group, 'vẫn yên');
    await hoa.untilTexts(['vẫn yên']);
    await new Promise((r) => setTimeout(r, 500));
    expect(world.node.group().epoch).toBe(1);
    expect(requestOf(stranger)).toBe('waiting');
  });

  it('a commit that slips somebody in without a proof is refused by every other member, and chat goes on', async () => {
    const [leader, hoa] = await pair();
    // Hoa's own client, without the rules.
    const { trust, engine } = await loadUnjudged();
    const { env, identity } = hoa.core as unknown as { env: { store: Store }; identity: Identity };
    const loaded = engine.load(await env.store.mls(hoa.group));
    if (!loaded.ok) throw new Error();
    const kp = engine.makeKeyPackage(stranger(trust), new Uint8Array(), Date.now());
    const key = must(trust.keyFromSeed(identity.record.deviceSeed));
    const made = engine.commit(loaded.value, key, { adds: [kp.keyPackage], data: new Uint8Array() });
    if (!made.ok) throw new Error();
    const group = world.node.group();
    const device = Uint8Array.from(Buffer.from(hoa.state.me?.device ?? '', 'hex'));
    const last = group.writers.get(hoa.state.me?.device ?? '')?.last ?? 0;
    world.node.append(group, wire.EntryKind.COMMIT, device, last + 1, made.value.commit);
    await leader.core.sendText(leader.group, 'không có người lạ');
    await hoa.untilTexts(['không có người lạ']);
    expect(leader.state.groups[0]?.members).toHaveLength(2);
    expect(hoa.state.groups[0]?.members).toHaveLength(2);
  });

  it('a warning of the parent is verified from the pinned root, with its issuer, and kept over a reload', async () => {
    const [leader, hoa] = await pair();
    const publisher = await world.person('publisher');
    await publisher.core.acceptInvitation(world.invitation(st.Office.PUBLISHER, []), 'Trung tá');
    await publisher.until('request', () => requestOf(publisher) === 'waiting-appointment');
    world.appoint(publisher.state.me?.account ?? '', st.Office.PUBLISHER, [], 'Trung tá Lê Văn A');
    await publisher.until('office', () => publisher.state.me?.offices.some((o) => o.office === 'publisher'));
    const { id } = await publisher.core.publishAlert(warning);
    for (const p of [leader, hoa]) {
      const alert = await p.until('the warning', () => p.state.alerts.find((a) => a.id === id));
      expect(alert).toMatchObject({
        verified: 'verified',
        level: 'CẢNH BÁO',
        issuerName: 'Công an phường Tân Chánh Hiệp',
        headline: warning.headline,
        instructions: warning.instructions,
        cancelled: false,
      });
      expect(alert.signers[0]?.name).toBe('Trung tá Lê Văn A');
      expect(p.alerts).toEqual([id]);
    }
    await hoa.core.markAlertRead(id);
    world.node.reachable = false;
    world.node.kill();
    await hoa.reload();
    expect(hoa.state.alerts[0]).toMatchObject({ id, verified: 'verified', read: true });
    world.node.reachable = true;
    await hoa.until('online', () => hoa.state.connection === 'online');
    await publisher.until('online', () => publisher.state.connection === 'online');
    await publisher.core.publishAlert({ ...warning, headline: 'Đã bắt', replaces: { id, as: 'update' } });
    await hoa.until('the update in place', () =>
      hoa.state.alerts.some((a) => a.id === id && a.headline === 'Đã bắt' && a.updated),
    );
    expect(hoa.state.alerts).toHaveLength(1);
    const drill = await publisher.core.publishAlert({ ...warning, level: 'DIỄN TẬP' });
    const shown = await hoa.until('the drill', () => hoa.state.alerts.find((a) => a.id === drill.id));
    expect(shown.level).toBe('DIỄN TẬP');
    expect(hoa.alerts).not.toContain(drill.id);
    await expect(publisher.core.publishAlert({ ...warning, level: 'KHẨN CẤP' })).rejects.toMatchObject({
      code: 'not-permitted',
    });
    await expect(hoa.core.publishAlert(warning)).rejects.toMatchObject({ code: 'not-permitted' });
  });

  it('with a byte of the warning changed anywhere, it is never shown as verified', async () => {
    const leader = await world.leader();
    const publisher = await world.person('publisher');
    await publisher.core.acceptInvitation(world.invitation(st.Office.PUBLISHER, []), 'A');
    await publisher.until('request', () => requestOf(publisher) === 'waiting-appointment');
    world.appoint(publisher.state.me?.account ?? '', st.Office.PUBLISHER, [], 'A');
    await publisher.until('office', () => publisher.state.me?.offices.length === 1);
    await publisher.core.publishAlert(warning);
    await leader.until('the unchanged one (control)', () => leader.state.alerts.length === 1);
    const size = toBinary(wire.EntrySchema, world.node.official(world.ward).entries.at(-1) as wire.Entry).length;
    const { link } = await leader.core.makeVoucher(leader.group, '');
    for (let at = 0; at < size; at += 37) {
      world.node.faults.tamper = (entry) => {
        if (!Buffer.from(entry.payload).includes(Buffer.from(warning.headline))) return entry;
        const bytes = toBinary(wire.EntrySchema, entry);
        bytes[at] = (bytes[at] as number) ^ 0x20;
        try {
          return fromBinary(wire.EntrySchema, bytes);
        } catch {
          return create(wire.EntrySchema, { ...entry, payload: entry.payload.slice(1) });
        }
      };
      const visitor = await world.person(`visitor-${at}`);
      await visitor.core.openLink(link.split('#')[1] as string);
      await visitor.until('the node', () => visitor.state.node);
      await new Promise((r) => setTimeout(r, 20));
      expect(visitor.state.alerts, `byte ${at}`).toEqual([]);
      visitor.close();
      world.people.splice(world.people.indexOf(visitor), 1);
    }
  });

  it('a node restored from an old backup gets back what it lost, and nothing is doubled', async () => {
    const [leader, hoa] = await pair();
    for (const t of ['một', 'hai', 'ba']) await leader.core.sendText(leader.group, t);
    await hoa.untilTexts(['một', 'hai', 'ba']);
    const group = world.node.group();
    const before = group.entries.length;
    world.node.reachable = false;
    world.node.kill();
    world.node.rewind(group, before - 2);
    world.node.reachable = true;
    await hoa.until('handed back', () => group.entries.length === before);
    await hoa.until('online', () => hoa.state.connection === 'online');
    await hoa.core.sendText(hoa.group, 'bốn');
    await leader.untilTexts(['một', 'hai', 'ba', 'bốn']);
    await hoa.untilTexts(['một', 'hai', 'ba', 'bốn']);
  });

  it('what is handed back goes in frames that the node takes, and brings a GroupInfo if commits were lost', async () => {
    const [leader, hoa] = await pair();
    const group = world.node.group();
    const at = group.entries.length;
    await world.member(leader, 'Anh Nam');
    await hoa.until('the newcomer', () => hoa.state.groups[0]?.members.length === 3);
    const stranger = random(32);
    for (let i = 1; i <= 40; i++) world.node.append(group, wire.EntryKind.APPLICATION, stranger, i, random(60_000));
    for (const p of world.people) if (p !== hoa) p.close();
    const { groups } = hoa.core as unknown as { groups: Groups };
    await new Promise((r) => setTimeout(r, 50)); // what was on its way has come
    const before = group.entries.length;
    await hoa.until('all of it', () => groups.record(hoa.group)?.cursor?.seq === before);
    world.node.reachable = false;
    world.node.kill();
    world.node.rewind(group, at);
    group.infos.length = 1;
    world.node.reachable = true;
    await hoa.until('handed back', () => group.entries.length >= before);
    // Not before others had the time to hand back what comes after it.
    expect(group.entries).toHaveLength(before);
    await hoa.until('a GroupInfo', () => (group.infos[group.epoch]?.length ?? 0) > 0);
  });

  for (const [what, code, sent] of [
    ['a lost race: the same Add goes out again', 21, 1],
    ['a reason that may pass: it is tried again later', 7, 3],
  ] as const)
    it(`an Add that the node does not take, ${what}`, async () => {
      const leader = await world.leader();
      const hoa = await world.member(leader, 'Chị Hoa');
      hoa.close();
      world.node.faults.rejectCommits = { code, times: sent };
      await world.member(leader, 'Anh Nam');
      expect(world.node.faults.rejectCommits.times).toBe(0);
    });

  it('an Add whose paper is spent is not tried again', async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    world.node.faults.rejectCommits = { code: 13, times: 1 };
    await world.resident('Anh Nam', link);
    const { groups } = leader.core as unknown as { groups: Groups };
    await leader.until('the answer', () => world.node.faults.rejectCommits.times === 0);
    await leader.until('it is forgotten', () => groups.requests.get(leader.group)?.length === 0);
  });

  it('another node at the same address, or one with another key, is noticed and told nothing', async () => {
    const [, hoa] = await pair();
    hoa.close();
    const { authority, nodeSeed, nodeKey } = world.node;
    const seen = world.node.requests.length;
    // An honest node of the same tree, but not ours.
    Object.assign(world.node, {
      authority: world.root,
      nodeSeed: world.rootNodeSeed,
      nodeKey: publicKey(world.rootNodeSeed),
    });
    await hoa.open();
    await hoa.until('the warning', () => hoa.state.warning?.kind === 'wrong-node');
    hoa.close();
    // Our node's name with a key that nobody certified.
    const thief = random(32);
    Object.assign(world.node, { authority, nodeSeed: thief, nodeKey: publicKey(thief) });
    await hoa.open();
    await hoa.until('the warning', () => hoa.state.warning?.kind === 'wrong-node');
    expect(world.node.requests.slice(seen)).not.toContain('hello');
    hoa.close();
    Object.assign(world.node, { nodeSeed, nodeKey });
    await hoa.open();
    await hoa.until('hello to the right one', () => world.node.requests.slice(seen).includes('hello'));
    expect(hoa.state.warning).toBeNull();
  });

  it('a used paper: the leader makes a new one for the same person, whose second request is a new entry', async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 17');
    const first = await world.resident('Anh Một', link);
    await first.until('membership', () => first.state.join.step === 'joined');
    const second = await world.resident('Anh Hai', link);
    await second.until('request', () => requestOf(second) === 'waiting');
    const { link: again } = await leader.core.makeVoucher(leader.group, 'hộ 17');
    await second.core.openLink(again.split('#')[1] as string);
    await second.core.join('Anh Hai');
    await second.until('membership', () => requestOf(second) === 'joined');
    await second.core.sendText(second.group, 'vào rồi');
    await first.untilTexts(['vào rồi']);
  });

  it('a warning signed for the parent reaches the residents of the ward with the parent’s name', async () => {
    const [, hoa] = await pair();
    const account = world.trust.generateKey();
    const device = world.trust.generateKey();
    const deviceList = must(
      world.trust.make('deviceList', { account: account.publicKey, version: 1n, devices: [device.publicKey] }, account),
    );
    world.appoint(Buffer.from(account.publicKey).toString('hex'), st.Office.PUBLISHER, [], 'Đại tá B', true);
    const alert = alertOf(warning, world.root, officialLog(world.root), random(16), now());
    if (alert === undefined) throw new Error();
    const publish = (key: typeof device, list?: Uint8Array) =>
      world.node.publish(world.root, must(world.trust.make('alert', alert, key, list)), world.rootNodeSeed);
    publish(world.trust.generateKey(), deviceList); // a device that is not in the list
    publish(device, deviceList);
    const shown = await hoa.until('the warning', () => hoa.state.alerts[0]);
    expect(shown).toMatchObject({ verified: 'verified', issuerName: 'Công an Quận 12', headline: warning.headline });
    expect(hoa.state.alerts).toHaveLength(1);
  });
});
