// What this device has to say to its groups: one append in flight per group, stored with its entry id and ciphertext
// before it is sent and repeated unchanged until the node or the log answers. So nothing is lost, and nothing is sent twice.
import { fromBinary } from '@bufbuild/protobuf';
import type { AddedLeaf } from '../mls/engine.js';
import * as wire from '../schema/wire';
import type { Core as Trust } from '../trust/types.js';
import { encodeProofs, nothingSeen } from './admission.js';
import { equal, fromHex, toHex } from './bytes.js';
import { type Connection, code, undecided, type WireError } from './connection.js';
import { encodeProfiles, encodeText } from './content.js';
import { Delays } from './delays.js';
import { fraction } from './env.js';
import type { Groups } from './groups.js';
import { Healing } from './healing.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { decodePolicy } from './policy.js';
import {
  Batch,
  type GroupRecord,
  type JoinRequestRecord,
  type MessageRecord,
  type PendingRecord,
  waitingFrom,
} from './store.js';
import type { Follower } from './sync.js';

/** Turns at which the node says "stale" although the log was read to its end; then wait for the next push. */
const mostTurns = 12;

/** What is wrong with a join request itself, whoever answers it and whenever. */
const final: ReadonlySet<number> = new Set([
  code.malformed,
  code.unknownKind,
  code.unsupportedVersion,
  code.badSignature,
  code.alreadyExists,
  code.expired,
  code.revoked,
  code.spent,
  code.untrusted,
]);

const none = new Uint8Array();
const unread = { keyPackageRef: none, device: none, account: none };

/** ms since 1970: when voucher or KeyPackage has ended; 0 of a voucher that cannot be read. */
function endOf(trust: Trust, join: wire.JoinEntry, keyPackage: AddedLeaf): number {
  const opened = trust.verifyVoucher(join.voucher);
  return opened.ok ? Math.min(opened.value.voucher.expires, keyPackage.notAfter * 1000) : 0;
}

function issuedIn(trust: Trust, voucher: Uint8Array): number {
  const opened = trust.verifyVoucher(voucher);
  return opened.ok ? Number(opened.value.voucher.issuedEpoch) : 0;
}

function requestOf(log: Uint8Array, pending: PendingRecord) {
  const entryId = BigInt(pending.entryId);
  const epoch = BigInt(pending.epoch);
  const began = pending.kind === 'refusal' || pending.began === undefined ? undefined : BigInt(pending.began);
  switch (pending.kind) {
    case 'message':
      return { case: 'append' as const, value: { log, entryId, epoch, began, payload: pending.payload } };
    case 'refusal':
      return { case: 'refuse' as const, value: { group: log, entryId, refusal: pending.refusal } };
    case 'commit': {
      const { commit, groupInfo, device, account, welcome } = pending;
      const welcomes = welcome.length > 0 ? [{ device, account, welcome }] : [];
      return { case: 'commit' as const, value: { group: log, entryId, began, commit, groupInfo, welcomes } };
    }
  }
}

export class Outbox {
  private readonly running = new Map<string, boolean>();
  /** How often the node has not taken an answer to a join request. */
  private readonly postponed = new Map<string, number>();
  private readonly delays: Delays;
  private readonly healing: Healing;

  constructor(
    private readonly kernel: Kernel,
    private readonly groups: Groups,
    private readonly connection: Connection,
    private readonly follower: Follower,
    private readonly online: () => boolean,
    private readonly shown: (group: string, messages: readonly MessageRecord[]) => void,
  ) {
    const pump = (group: string) => void this.pump(group);
    this.delays = new Delays(kernel.clock);
    this.healing = new Healing(kernel, groups, connection, follower, this.delays, pump);
  }

  /** Stored when it resolves. */
  async text(group: string, text: string): Promise<string> {
    const { clock } = this.kernel;
    const own = this.groups.me();
    const record = this.groups.record(group);
    if (own === null || record === undefined) throw new Error('no such group');
    const number = this.groups.outboxNumber();
    const message: MessageRecord = {
      group,
      id: `o${toHex(this.kernel.random(8))}`,
      order: waitingFrom + number,
      sender: toHex(own.account),
      text,
      time: clock.now(),
      state: 'waiting',
    };
    await this.kernel.lock(async () => {
      const now = this.groups.record(group) as GroupRecord;
      const batch = new Batch()
        .outbox({ number, group, message: message.id, content: encodeText(text, message.time) })
        .message(message);
      await this.groups.put({ ...now, draft: '' }, null, batch);
    });
    this.shown(group, [message]);
    void this.pump(group);
    return message.id;
  }

  async profiles(group: string, statements: readonly Uint8Array[]): Promise<void> {
    const content = encodeProfiles(statements, this.kernel.clock.now());
    await this.kernel.store.write(
      new Batch().outbox({ number: this.groups.outboxNumber(), group, message: '', content }),
    );
    void this.pump(group);
  }

  handedBack(group: string): void {
    this.healing.handedBack(group);
  }

  pumpAll(): void {
    for (const id of this.groups.records.keys()) void this.pump(id);
  }

  /** Works until there is nothing to send, or no way to send it now. */
  async pump(group: string): Promise<void> {
    if (this.running.has(group)) {
      this.running.set(group, true);
      return;
    }
    this.running.set(group, false);
    try {
      for (let turn = 0; turn < mostTurns && this.online(); turn++) {
        if (!(await this.turn(group))) break;
      }
    } finally {
      const again = this.running.get(group);
      this.running.delete(group);
      if (again === true && this.online()) void this.pump(group);
    }
  }

  /** One append; true if there may be another. */
  private async turn(group: string): Promise<boolean> {
    const record = this.groups.record(group);
    if (record === undefined) return false;
    if (record.creating !== null) return this.create(record, record.creating);
    if (record.cursor === null) return false;
    if (record.removed === true) {
      this.healing.back(record);
      return false;
    }
    let pending = record.pending ?? (await this.kernel.lock(() => this.prepare(group)));
    const lost = this.groups.record(group)?.lost !== undefined;
    if (pending === null && lost) pending = await this.healing.reenter(group);
    else if (!lost) this.healing.well(group);
    if (pending === null) return false;
    return this.send(group, pending);
  }

  private async create(record: GroupRecord, groupInfo: Uint8Array): Promise<boolean> {
    const log = fromHex(record.id) as Uint8Array;
    const answer = await this.connection.request(
      { case: 'createGroup', value: { group: log, unit: record.unit, groupInfo } },
      'appended',
    );
    if (!answer.ok && answer.error.code !== code.alreadyExists) return false;
    await this.kernel.lock(() =>
      this.groups.put({ ...(this.groups.record(record.id) as GroupRecord), creating: null }, null, new Batch()),
    );
    return this.follower.follow(this.groups.reader(record.id));
  }

  /** Makes and stores what goes out next. Under the lock. */
  private async prepare(group: string): Promise<PendingRecord | null> {
    const record = this.groups.record(group);
    const state = this.groups.state(group);
    if (record === undefined || state === undefined) return null;
    if (record.pending !== null) return record.pending;
    // Nobody would read what is said in an epoch that the others have left.
    if (record.lost !== undefined) return null;
    if (record.open?.taken === false) return this.healing.refuse(record);
    if (record.renew?.epoch === state.epoch) {
      const renewal = await this.healing.renew(record, state);
      if (renewal !== null) return renewal;
    }
    const entryId = record.lastEntryId + 1;
    const item = (await this.kernel.store.outbox()).find((o) => o.group === group);
    if (item === undefined) return this.admit(record);
    const own = this.groups.me();
    if (own === null) return null;
    const encrypted = this.kernel.engine.encrypt(state, own.key, item.content);
    if (!encrypted.ok) return null;
    const message = item.message === '' ? null : ((await this.kernel.store.message(group, item.message)) ?? null);
    const pending: PendingRecord = {
      kind: 'message',
      entryId,
      epoch: state.epoch,
      began: record.began,
      payload: encrypted.value.message,
      outbox: item.number as number,
      message,
    };
    await this.groups.put({ ...record, pending }, encrypted.value.state, new Batch());
    return pending;
  }

  /** Answers the oldest join request that is due, by the same rules that will judge the commit. */
  private async admit(record: GroupRecord): Promise<PendingRecord | null> {
    const { clock, engine } = this.kernel;
    const state = this.groups.state(record.id);
    const own = this.groups.me();
    if (state === undefined || own === null) return null;
    for (const request of this.groups.requests.get(record.id) ?? []) {
      if (!this.isDue(record, request)) continue;
      const join = fromBinary(wire.JoinEntrySchema, request.bytes);
      const { voucher, joinRequest } = join;
      const read = engine.readKeyPackage(join.keyPackage);
      // The node compares its clock with the time in the commit. What one of the two clocks says is over is left to others: neither
      // a wrong clock here nor a node that sets its own back lets somebody in late.
      const now = clock.now() + this.connection.ahead;
      const [early, late] = [Math.min(now, clock.now()), Math.max(now, clock.now())];
      const ends = read.ok ? endOf(this.kernel.trust, join, read.value) : 0;
      // Only who makes the Add compares a KeyPackage's lifetime with a clock (RULES).
      if (read.ok && early < ends && (late < read.value.notBefore * 1000 || ends <= late)) continue;
      const { keyPackageRef, device, account } = read.ok ? read.value : unread;
      const data = encodeProofs([{ voucher, joinRequest, keyPackageRef }], now, record.cursor ?? nothingSeen);
      const good = read.ok && early < ends && equal(join.device, device);
      const made = good ? engine.commit(state, own.key, { adds: [join.keyPackage], data }) : null;
      if (made === null || !made.ok) {
        // The newest commit may be taken back, or the one that was taken back be made again: a paper of the epoch after it.
        if (good && (record.open !== undefined || issuedIn(this.kernel.trust, voucher) > state.epoch))
          this.postpone(record, request);
        else await this.forget(record.id, request);
        continue;
      }
      const { pending: next, commit, groupInfo, welcome } = made.value;
      const entryId = record.lastEntryId + 1;
      const { epoch } = state;
      const { began } = record;
      const invitee = { welcome, device, account };
      const pending: PendingRecord = { kind: 'commit', entryId, epoch, began, commit, groupInfo, ...invitee };
      await this.groups.putNext({ ...record, pending }, next);
      return pending;
    }
    return null;
  }

  /** The leader answers first, the others after a random delay: usually one commit is made, not twenty. */
  private isDue(record: GroupRecord, request: JoinRequestRecord): boolean {
    const { engine, random } = this.kernel;
    const state = this.groups.state(record.id);
    const own = this.groups.me();
    const leaders = (state && decodePolicy(engine.policy(state))?.leaders) ?? [];
    const leads = own !== null && leaders.some((l) => equal(l, own.account));
    const key = `${record.id}:${request.seq}:${request.again ?? 0}`;
    const refused = this.postponed.get(key) ?? 0;
    const usual = leads
      ? fraction(random) * limits.admitLeader
      : limits.admitFirst + fraction(random) * limits.admitSpread;
    const wait = refused === 0 ? usual : Math.min(limits.postponeMost, limits.retryFirst * 2 ** (refused - 1));
    return this.delays.over(`${key}:${refused}`, wait, () => void this.pump(record.id));
  }

  /** Not now: the reason may pass, so this device tries ever more rarely, and another may do it meanwhile. */
  private postpone(record: GroupRecord, request: JoinRequestRecord): void {
    const key = `${record.id}:${request.seq}:${request.again ?? 0}`;
    this.postponed.set(key, (this.postponed.get(key) ?? 0) + 1);
    this.isDue(record, request); // from now on
  }

  private async forget(group: string, request: JoinRequestRecord): Promise<void> {
    await this.kernel.store.write(new Batch().removeJoinRequest(group, request.seq));
    const left = (this.groups.requests.get(group) ?? []).filter((r) => r !== request);
    this.groups.requests.set(group, left);
  }

  private async send(group: string, pending: PendingRecord): Promise<boolean> {
    const log = fromHex(group) as Uint8Array;
    const answer = await this.connection.request(requestOf(log, pending), 'appended');
    if (!answer.ok) return this.refused(group, pending, answer.error);
    if (pending.kind === 'message') {
      await this.kernel.lock(() => this.acknowledged(group, pending, Number(answer.value.seq)));
      return true;
    }
    // A commit takes effect where the log has it, after the messages of the old epoch that came before it.
    const fine = await this.follower.catchUp(log);
    return fine && this.groups.record(group)?.pending !== pending;
  }

  /** The log may have shown it before the acknowledgement came; then nothing is left to do. */
  private async acknowledged(group: string, pending: PendingRecord & { kind: 'message' }, seq: number): Promise<void> {
    const record = this.groups.record(group);
    if (record?.pending?.kind !== 'message' || record.pending.entryId !== pending.entryId) return;
    await this.settle(record, pending, 'sent', seq);
  }

  private async settle(
    record: GroupRecord,
    pending: PendingRecord & { kind: 'message' },
    state: 'sent' | 'failed',
    order: number,
  ): Promise<void> {
    const batch = new Batch().removeOutbox(pending.outbox);
    const message = pending.message && { ...pending.message, state, order };
    if (message !== null) batch.message(message);
    const lastEntryId = state === 'sent' ? Math.max(record.lastEntryId, pending.entryId) : record.lastEntryId;
    await this.groups.put({ ...record, pending: null, lastEntryId }, null, batch);
    if (message !== null) this.shown(record.id, [message]);
  }

  private async refused(group: string, pending: PendingRecord, error: WireError): Promise<boolean> {
    const log = fromHex(group) as Uint8Array;
    switch (error.code) {
      case code.staleEpoch: {
        // The winner's commit comes first; the same words then go out under the same entry id.
        await this.kernel.lock(() => this.drop(group, pending, null));
        const fine = await this.follower.catchUp(log);
        // Too late to refuse, unless another's refusal was among what came.
        if (fine && pending.kind === 'refusal')
          await this.kernel.lock(() => this.healing.lose(group, pending.seq, false));
        if (pending.kind !== 'commit' || pending.external !== true) return fine;
        this.healing.outrun(group);
        return false;
      }
      case code.entryGap: {
        // `detail` is the number that the node expects from this device.
        const arrived = error.detail > pending.entryId;
        if (arrived && pending.kind === 'message') {
          const order = this.groups.record(group)?.cursor?.seq ?? 0;
          await this.kernel.lock(() => this.acknowledged(group, pending, order));
        } else await this.kernel.lock(() => this.drop(group, pending, error.detail - 1));
        return this.follower.catchUp(log);
      }
      case code.notPermitted:
        // The commit that this device came in by may have been taken back.
        if (await this.groups.denied(group)) return false;
        return this.rejected(group, pending, error);
      default:
        // Refusing can wait no longer: the others go on.
        if (!undecided(error) || (pending.kind === 'refusal' && error.code === code.rateLimited))
          return this.rejected(group, pending, error);
    }
    // Nothing is decided: the same bytes go out again, after a while or with the next connection.
    if (error.code !== code.lost) this.kernel.clock.after(limits.reconnectFirst * 4, () => void this.pump(group));
    return false;
  }

  /** For good: it is not sent again. True if there may be something else. */
  private async rejected(group: string, pending: PendingRecord, error: WireError): Promise<boolean> {
    await this.kernel.lock(async () => {
      const record = this.groups.record(group);
      if (record?.pending?.entryId !== pending.entryId || record.pending.kind !== pending.kind) return;
      if (pending.kind === 'message') return this.settle(record, pending, 'failed', record.cursor?.seq ?? 0);
      if (pending.kind === 'commit')
        for (const request of this.groups.requests.get(group) ?? []) {
          const { device } = fromBinary(wire.JoinEntrySchema, request.bytes);
          if (!equal(device, pending.device)) continue;
          if (final.has(error.code)) await this.forget(group, request);
          else this.postpone(record, request);
        }
      await this.groups.put({ ...record, pending: null, renew: undefined }, null, new Batch());
      if (pending.kind === 'refusal') await this.healing.lose(group, pending.seq, true);
    });
    if (pending.kind === 'commit' && pending.external === true) this.healing.again(group);
    return true;
  }

  private async drop(group: string, pending: PendingRecord, lastEntryId: number | null): Promise<void> {
    const record = this.groups.record(group);
    if (record?.pending?.entryId !== pending.entryId || record.pending.kind !== pending.kind) return;
    await this.groups.put(
      { ...record, pending: null, lastEntryId: lastEntryId ?? record.lastEntryId },
      null,
      new Batch(),
    );
  }
}
