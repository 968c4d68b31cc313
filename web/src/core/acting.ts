// What holders of an office do: a cell leader makes a group and vouchers, a publisher speaks for a node.
import type { AlertFields } from '../api/boundary.js';
import { offices } from '../trust/types.js';
import { alertOf } from './alerts.js';
import { equal, fromHex, toHex } from './bytes.js';
import type { Chain } from './chain.js';
import type { Connection } from './connection.js';
import { CommandFailure, failureOf } from './failure.js';
import type { Groups } from './groups.js';
import type { Identity } from './identity.js';
import type { Kernel } from './kernel.js';
import { makeLink } from './links.js';
import type { Outbox } from './outbox.js';
import { encodeLeaf, encodePolicy } from './policy.js';
import { Batch, type GroupRecord } from './store.js';

const day = 24 * 3600 * 1000;

export class Acting {
  constructor(
    private readonly kernel: Kernel,
    private readonly connection: Connection,
    private readonly chain: Chain,
    private readonly groups: Groups,
    private readonly outbox: Outbox,
    /** "https://host/": what stands in front of '#' in links. */
    private readonly linkBase: string,
  ) {}

  /** Stored before it is sent; the node hears of it now or with the next connection. */
  async createGroup(identity: Identity | null, unit: string): Promise<{ group: string }> {
    const { engine, random, clock } = this.kernel;
    const { nodeId, official } = this.chain;
    if (identity === null || nodeId === null || official === null)
      throw new CommandFailure('not-permitted', 'no account');
    // No newcomer's client would enter a group whose leader has no office for its unit.
    if (!official.leads(identity.account.publicKey, nodeId, unit))
      throw new CommandFailure('not-permitted', 'only a cell leader of the unit makes a group');
    const group = random(32);
    const policy = encodePolicy({ version: 1n, authority: nodeId, unit, leaders: [identity.account.publicKey] });
    const extension = encodeLeaf({ deviceList: identity.record.deviceList });
    const made = engine.createGroup(group, identity.mls, extension, policy, clock.now());
    const record: GroupRecord = {
      id: toHex(group),
      unit,
      epoch: made.state.epoch,
      began: 1,
      cursor: null,
      joinedAt: 0,
      lastEntryId: 0,
      pending: null,
      creating: made.groupInfo,
      draft: '',
      readUpTo: 0,
    };
    await this.kernel.lock(() => this.groups.put(record, made.state, new Batch()));
    await this.outbox.pump(record.id);
    return { group: record.id };
  }

  /** The one-time key exists only in the link: whoever has the paper, and nobody else. */
  makeVoucher(identity: Identity | null, group: string, household: string, days: number) {
    const { trust, clock } = this.kernel;
    const { pinnedRoot } = this.chain;
    const record = this.groups.record(group);
    if (identity === null || pinnedRoot === null || record === undefined)
      throw new CommandFailure('not-found', 'no such group');
    const oneTime = trust.generateKey();
    try {
      const expires = clock.now() + days * day;
      const voucher = trust.make(
        'voucher',
        {
          group: fromHex(group) as Uint8Array,
          key: oneTime.publicKey,
          household: household.normalize('NFC'),
          mostDevices: 1,
          issuedEpoch: BigInt(record.epoch),
          expires,
          inviter: identity.account.publicKey,
        },
        identity.device,
        identity.record.deviceList,
      );
      if (!voucher.ok) throw new CommandFailure('invalid', voucher.error.message);
      const link = makeLink({ kind: 'group', root: pinnedRoot, seed: oneTime.seed(), statement: voucher.value });
      return { link: `${this.linkBase}#${link}`, expires };
    } finally {
      oneTime.dispose();
    }
  }

  async publishAlert(identity: Identity | null, fields: AlertFields): Promise<{ id: string; sent: number }> {
    const { trust, random, clock } = this.kernel;
    const { official, nodeId } = this.chain;
    if (identity === null || official === null || nodeId === null)
      throw new CommandFailure('not-permitted', 'no account');
    const held = official
      .offices(identity.account.publicKey)
      .find((h) => h.appointment.office === offices.publisher && equal(h.node, nodeId));
    if (held === undefined) throw new CommandFailure('not-permitted', 'only a publisher speaks for a node');
    const log = trust.officialLog(held.node);
    const id = random(16);
    const now = clock.now();
    const alert = alertOf(fields, held.node, log, id, now);
    if (alert === undefined) throw new CommandFailure('invalid', 'the alert that it replaces');
    const statement = trust.make('alert', alert, identity.device, identity.record.deviceList);
    if (!statement.ok) throw new CommandFailure('invalid', statement.error.message);
    // What every browser would refuse is not sent at all.
    const verdict = official.verifier.check(log, statement.value, official.now());
    if (verdict.ok && !verdict.value.official) throw new CommandFailure('not-permitted', verdict.value.refusal.message);
    const answer = await this.connection.request({ case: 'submit', value: { statement: statement.value } }, 'appended');
    if (!answer.ok) throw failureOf(answer.error);
    return { id: toHex(id), sent: now };
  }
}
