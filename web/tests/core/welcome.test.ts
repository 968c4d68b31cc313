// What a hostile node can hand to a newcomer and to a browser's store, and what the client makes of it.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeWelcome } from '../../src/core/admission.js';
import { alertOf } from '../../src/core/alerts.js';
import { toHex } from '../../src/core/bytes.js';
import { storedPreview } from '../../src/core/display.js';
import { decodePolicy, encodeLeaf, encodePolicy } from '../../src/core/policy.js';
import type { Store } from '../../src/core/store.js';
import type { Engine, GroupState } from '../../src/mls/engine.js';
import * as st from '../../src/schema/statement';
import * as wire from '../../src/schema/wire';
import { must } from '../../src/trust';
import { loadUnjudged } from '../mls/support.js';
import { missing, type Person, random } from './support/person.js';
import { inboxLog, officialLog } from './support/statements.js';
import { now, World } from './support/world.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

type Inside = {
  groups: { state(id: string): GroupState };
  env: { engine: Engine };
  chain: { official: { leads(account: Uint8Array, node: Uint8Array, unit: string): boolean } };
};
const inside = (who: Person) => who.core as unknown as Inside;

describe.skipIf(missing !== undefined)('a hostile node', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.make();
  });
  afterEach(() => world.close());

  const listOf = (account: ReturnType<World['trust']['generateKey']>, device: Uint8Array) =>
    must(world.trust.make('deviceList', { account: account.publicKey, version: 1n, devices: [device] }, account));

  /** A leader who is away, and a newcomer whose request the node alone has seen. */
  const newcomer = async () => {
    const leader = await world.leader();
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    leader.close();
    const hoa = await world.resident('Chị Hoa', link);
    await hoa.until('request', () => hoa.state.join.step === 'waiting');
    const log = world.node.group();
    const entry = log.entries.find((e) => e.kind === wire.EntryKind.JOIN_REQUEST) as wire.Entry;
    return { leader, hoa, group: log.id, request: fromBinary(wire.JoinEntrySchema, entry.payload) };
  };
  const told = async (hoa: Person) => {
    await new Promise((r) => setTimeout(r, 150));
    return hoa.state.join.step;
  };

  it('cannot take a newcomer into a group of its own with the same id; the true Welcome still counts', async () => {
    const { leader, hoa, group, request } = await newcomer();
    const { trust, engine } = await loadUnjudged();
    const inviter = bytes(leader.state.me?.account ?? '');
    const spyAccount = world.trust.generateKey();
    const spyDevice = world.trust.generateKey();
    const spy = spyAccount.publicKey;
    const spyList = listOf(spyAccount, spyDevice.publicKey);
    const leadersList = (leader.core as unknown as { identity: { record: { deviceList: Uint8Array } } }).identity.record
      .deviceList;
    const voucher = random(32);
    const offer = async (leaders: Uint8Array[], unit: string, account: Uint8Array, extension: Uint8Array) => {
      const who = { account, key: must(trust.keyFromSeed(spyDevice.seed())) };
      const policy = encodePolicy({ version: 1n, authority: world.ward, unit, leaders });
      const made = engine.createGroup(group, who, extension, policy, now());
      const added = engine.commit(made.state, who.key, { adds: [request.keyPackage], data: new Uint8Array() });
      if (!added.ok) throw new Error(added.error.detail);
      const payload = toBinary(
        wire.InboxWelcomeSchema,
        create(wire.InboxWelcomeSchema, { group, welcome: added.value.welcome, commitSeq: 3n }),
      );
      const inbox = world.node.logs.get(toHex(inboxLog(request.device)));
      if (inbox === undefined) throw new Error('no inbox');
      world.node.append(inbox, wire.EntryKind.WELCOME, world.node.nodeKey, inbox.entries.length + 1, payload);
      return told(hoa);
    };
    const own = encodeLeaf({ deviceList: spyList, voucher });
    world.appoint(toHex(spy), st.Office.PUBLISHER, ['kp1/to5'], 'Người khác');
    await told(hoa);
    expect(await offer([spy], 'kp1/to5', spy, own), 'led by the spy').toBe('waiting');
    expect(await offer([inviter, spy], 'kp1/to5', spy, own), 'the spy among the leaders').toBe('waiting');
    expect(await offer([inviter], 'kp1', spy, own), 'a unit above the leader’s').toBe('waiting');
    const bare = encodeLeaf({ deviceList: spyList });
    expect(await offer([inviter], 'kp1/to5', spy, bare), 'a member without a voucher').toBe('waiting');
    const posing = encodeLeaf({ deviceList: leadersList });
    expect(await offer([inviter], 'kp1/to5', inviter, posing), 'the leader’s name, another device').toBe('waiting');
    world.appoint(toHex(spy), st.Office.CELL_LEADER, ['kp1/to5'], 'Người khác');
    await hoa.until('the spy’s office', () => inside(hoa).chain.official.leads(spy, world.ward, 'kp1/to5'));
    expect(await offer([spy], 'kp1/to5', spy, own), 'led by another than who gave the paper').toBe('waiting');
    await leader.open();
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
    await hoa.core.sendText(hoa.group, 'vào rồi');
    await leader.untilTexts(['vào rồi']);
  });

  it('an own leaf of another paper is refused, and what an office covers is the unit and those below it', async () => {
    const leader = await world.leader();
    const hoa = await world.member(leader, 'Chị Hoa');
    const { groups, chain, env } = inside(hoa);
    const state = groups.state(hoa.group);
    const { engine } = env;
    const policy = decodePolicy(engine.policy(state));
    if (policy === undefined) throw new Error('no policy');
    const inviter = bytes(leader.state.me?.account ?? '');
    const { self } = state;
    const entered = { policy, members: engine.members(state), self, leads: () => true };
    expect(judgeWelcome(world.trust, entered, { id: random(32), voucher: { inviter } as never })).toBe(
      'the leaf does not carry this voucher',
    );
    const leads = (unit: string) => chain.official.leads(inviter, world.ward, unit);
    expect([leads('kp1/to5'), leads('kp1'), leads(''), leads('kp2')]).toEqual([true, false, false, false]);
    world.appoint(toHex(inviter), st.Office.CELL_LEADER, ['kp1'], 'Nguyễn Thị Tư');
    await hoa.until('the wider office', () => leads('kp1'));
    expect([leads('kp1/to5'), leads('')]).toEqual([true, false]);
    expect(chain.official.leads(bytes(hoa.state.me?.account ?? ''), world.ward, 'kp1/to5')).toBe(false);
  });

  it('an alert that was refused is not shown at the next start either, one that was official is', async () => {
    const leader = await world.leader();
    const account = world.trust.generateKey();
    const device = world.trust.generateKey();
    const list = listOf(account, device.publicKey);
    const say = (headline: string) => {
      const fields = {
        level: 'CẢNH BÁO',
        headline,
        description: 'Có người tự xưng công an phường.',
        instructions: ['Không chuyển tiền'],
        contact: '028 3891 0000',
        event: 'Lừa đảo qua điện thoại',
        category: 'Security',
        expires: now() + 24 * 3600 * 1000,
        units: [],
      } as const;
      const alert = alertOf(fields, world.ward, officialLog(world.ward), random(16), now());
      if (alert === undefined) throw new Error('no alert');
      world.node.publish(world.ward, must(world.trust.make('alert', alert, device, list)));
    };
    say('của kẻ không có chức vụ');
    world.appoint(toHex(account.publicKey), st.Office.PUBLISHER, [], 'Trung tá Lê Văn A');
    say('của công an phường');
    await leader.until('the warning', () => leader.state.alerts.length === 1);
    const { store } = (leader.core as unknown as { env: { store: Store } }).env;
    const { alerts } = await storedPreview(store, now());
    expect(alerts.map((a) => [a.verified, a.headline])).toEqual([['checking', 'của công an phường']]);
    await leader.reload();
    expect(leader.state.alerts.map((a) => a.headline)).toEqual(['của công an phường']);
  });
});
