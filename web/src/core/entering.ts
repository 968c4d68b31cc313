// From a Welcome into the group of a join: whether it is believed, what is done where it does not open, and the way back to
// waiting where the commit that let this device in is taken back.
import { fromBinary } from '@bufbuild/protobuf';
import type { JoinState } from '../api/boundary.js';
import type { GroupState } from '../mls/engine.js';
import * as wire from '../schema/wire';
import { encodeProofs, judgeWelcome, nothingSeen } from './admission.js';
import { equal, fromHex, toHex } from './bytes.js';
import { type Connection, code, undecided } from './connection.js';
import { Delays } from './delays.js';
import type { Groups } from './groups.js';
import type { Preview, Session } from './join.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { type OpenCommit, triedIn } from './open_commit.js';
import type { Outbox } from './outbox.js';
import { decodePolicy, encodeLeaf } from './policy.js';
import { Batch, type GroupRecord, type JoinRecord, nextOf } from './store.js';
import type { Follower } from './sync.js';

const none = new Uint8Array();
type Entry = NonNullable<JoinRecord['entry']>;

/** The join under way, which whoever changes it in the store changes here too. */
export interface Joining {
  record: JoinRecord | null;
  state: JoinState;
  read(fragment: string): Preview | undefined;
}

export class Entering {
  /** A group that was entered and has not been looked into. */
  private fresh: string | null = null;
  private readonly delays: Delays;
  private busy = false;
  private tries = 0;
  private waiting = false;

  constructor(
    private readonly kernel: Kernel,
    private readonly connection: Connection,
    private readonly follower: Follower,
    private readonly groups: Groups,
    private readonly outbox: Outbox,
    private readonly session: Session,
    /** Identity of this node once the chain to it verified. */
    private readonly nodeId: () => Uint8Array | null,
    private readonly leads: (account: Uint8Array, node: Uint8Array, unit: string) => boolean,
    private readonly join: Joining,
  ) {
    this.delays = new Delays(kernel.clock);
    groups.settled = (group) => void kernel.lock(() => this.settled(group));
  }

  /** Stores `batch` together with the group that this Welcome leads into, if it is for a join of ours. */
  welcome(payload: Uint8Array, batch: Batch): Promise<void> {
    return this.kernel.lock(async () => {
      const { record } = this.join;
      const message = fromBinary(wire.InboxWelcomeSchema, payload);
      if (record?.kind !== 'group' || record.keyPackage === null || toHex(message.group) !== record.group)
        return this.kernel.store.write(batch);
      const seq = Number(message.commitSeq);
      const known = this.groups.record(record.group);
      if (known !== undefined) {
        // Nobody is added twice: the commit that let this device in has been taken back.
        if (known.open?.entered !== true || known.open.seq >= seq) return this.kernel.store.write(batch);
        await this.groups.drop(record.group);
        void this.follower.forget(message.group);
      }
      const joined = this.kernel.engine.joinByWelcome(message.welcome, record.keyPackage);
      if (!joined.ok) {
        const garbled = { ...record, garbled: true };
        await this.kernel.store.write(batch.meta('join', garbled));
        this.join.record = garbled;
        return;
      }
      const state = joined.value;
      if (!this.promised(state, record)) {
        // Still waiting: another Welcome may be the one that the paper promised.
        state.dispose();
        return this.kernel.store.write(batch);
      }
      const open = { seq, epoch: state.epoch - 1, hash: none, committer: '', account: '', external: false };
      await this.found(record, record.entryId, state, open, batch);
    });
  }

  /** Does what is to be done next; on a new connection and after a Welcome. */
  async go(): Promise<void> {
    const { fresh } = this;
    this.fresh = null;
    if (fresh !== null) await this.joined(fresh);
    const { record } = this.join;
    const group = record?.group ?? '';
    if (this.busy || this.waiting || record?.garbled !== true || this.groups.record(group) !== undefined) return;
    this.busy = true;
    try {
      await this.enter(group);
    } finally {
      this.busy = false;
    }
  }

  /** A join that begins anew: what an earlier one left goes. */
  async abandon(): Promise<void> {
    const { record } = this.join;
    if (record?.entry !== undefined) await this.groups.dropNext(record.group, new Batch());
  }

  /** Is the group that was entered there for good? Otherwise the join goes on. */
  load(): void {
    const group = this.groups.record(this.join.record?.group ?? '');
    if (group !== undefined) void this.settled(group.id);
  }

  private async settled(group: string): Promise<void> {
    const { record } = this.join;
    if (record?.group !== group) return;
    const now = this.groups.record(group);
    if (now?.open?.entered === true) return;
    if (now === undefined) {
      void this.follower.forget(fromHex(group) as Uint8Array);
      this.join.state = { step: 'waiting', since: record.since };
      this.kernel.changed();
      void this.go();
      return;
    }
    await this.kernel.store.write(new Batch().removeMeta('join'));
    this.join.record = null;
  }

  /** Is the group that this state shows the one of the paper? */
  private promised(state: GroupState, record: JoinRecord): boolean {
    const { engine, trust } = this.kernel;
    const policy = decodePolicy(engine.policy(state));
    const node = this.nodeId();
    const paper = this.join.read(record.fragment);
    if (toHex(state.group) !== record.group || policy === undefined || node === null || paper?.kind !== 'group')
      return false;
    // The group pins its ward's authority: a group of another one is not what the paper promised.
    if (!equal(policy.authority, node)) return false;
    const entered = {
      policy,
      members: engine.members(state),
      self: state.self,
      leads: (account: Uint8Array) => this.leads(account, node, policy.unit),
    };
    return judgeWelcome(trust, entered, paper) === null;
  }

  /** The group is there, until what let this device in is taken back. The join is kept as long. */
  private async found(
    record: JoinRecord,
    lastEntryId: number,
    state: GroupState,
    open: Omit<OpenCommit, 'taken' | 'entered' | 'requests' | 'events'>,
    batch: Batch,
  ): Promise<void> {
    const group: GroupRecord = {
      id: record.group,
      unit: decodePolicy(this.kernel.engine.policy(state))?.unit ?? '',
      epoch: state.epoch,
      began: open.seq,
      cursor: null,
      joinedAt: open.seq,
      lastEntryId,
      pending: null,
      open: { ...open, taken: true, entered: true, requests: [], events: [] },
      creating: null,
      draft: '',
      readUpTo: 0,
    };
    const now = { ...record, entry: undefined };
    await this.groups.put(group, state, batch.meta('join', now));
    this.join.record = now;
    this.join.state = { step: 'joined', group: group.id };
    this.tries = 0;
    this.fresh = group.id;
    this.kernel.changed();
  }

  private async joined(group: string): Promise<void> {
    const { identity } = this.session;
    // It may wait still from an Add that was taken back.
    const waits = (await this.kernel.store.outbox()).some((o) => o.group === group && o.message === '');
    if (identity !== null && !waits) await this.outbox.profiles(group, [identity.record.profile]);
    await this.follower.follow(this.groups.reader(group));
    await this.outbox.pump(group);
  }

  // --- The Welcome does not open: the node has this device in the tree, so it takes its own leaf's place from outside ---

  private async enter(group: string): Promise<void> {
    const entry = await this.entry();
    if (entry === null) return;
    const { commit, groupInfo } = entry;
    const log = fromHex(group) as Uint8Array;
    const answer = await this.connection.request(
      { case: 'commit', value: { group: log, entryId: BigInt(entry.entryId), commit, groupInfo, welcomes: [] } },
      'appended',
    );
    if (answer.ok) {
      await this.kernel.lock(() => this.entered(entry, Number(answer.value.seq)));
      void this.go();
      return;
    }
    switch (answer.error.code) {
      case code.entryGap:
        // A number is no part of the commit; `detail` is the one that the node expects.
        await this.put({ entry: { ...entry, entryId: answer.error.detail } });
        break;
      case code.notPermitted:
        await this.put({ entry: undefined, garbled: undefined });
        return;
      default:
        if (!undecided(answer.error)) await this.put({ entry: undefined });
    }
    if (answer.error.code !== code.lost) this.later();
  }

  /** The commit that goes out: the stored one, or a new one that is stored first. */
  private async entry(): Promise<Entry | null> {
    const { record } = this.join;
    if (record === null || this.session.identity === null || !this.session.loggedIn) return null;
    if (record.entry !== undefined) return record.entry;
    const group = fromHex(record.group) as Uint8Array;
    const answer = await this.connection.request({ case: 'getGroupInfo', value: { group } }, 'groupInfo');
    if (answer.ok) return this.kernel.lock(() => this.make(answer.value.groupInfo));
    // The Add was taken back: another Welcome may come.
    if (answer.error.code === code.notPermitted) await this.put({ garbled: undefined });
    else if (answer.error.code !== code.lost) this.later();
    return null;
  }

  private async make(info: Uint8Array): Promise<Entry | null> {
    const { engine, clock } = this.kernel;
    const { record } = this.join;
    const { identity } = this.session;
    if (record?.garbled !== true || identity === null) return null;
    const paper = this.join.read(record.fragment);
    const extension = encodeLeaf({ deviceList: identity.record.deviceList, voucher: paper?.id ?? none });
    const data = encodeProofs([], clock.now(), nothingSeen);
    const made = engine.reenter(null, [], info, identity.mls, extension, data);
    if (!made.ok) {
      this.later();
      return null;
    }
    const { pending: next, commit, groupInfo } = made.value;
    const epoch = next.epoch - 1;
    if (!this.promised(next, record)) {
      next.dispose();
      this.later();
      return null;
    }
    if (!this.delays.overAgain(record.group, record, epoch, () => void this.go())) {
      next.dispose();
      return null;
    }
    const entry = { entryId: record.entryId + 1, commit, groupInfo };
    const now = { ...record, entry, ...triedIn(record, epoch) };
    await this.groups.putNext(record.group, next, new Batch().meta('join', now));
    this.join.record = now;
    return entry;
  }

  private async entered(entry: Entry, seq: number): Promise<void> {
    const { engine, store, trust } = this.kernel;
    const { record } = this.join;
    const own = this.session.identity?.own;
    if (record?.entry === undefined || own === undefined) return;
    const slot = nextOf(record.group);
    let state = this.groups.next(record.group);
    if (state === undefined) {
      const loaded = engine.load(await store.mls(slot));
      if (!loaded.ok) throw new Error('the state of a commit that was stored with it is not there');
      state = loaded.value;
    }
    const open = {
      seq,
      epoch: state.epoch - 1,
      hash: trust.sha256(entry.commit),
      committer: toHex(own.device),
      account: toHex(own.account),
      external: true,
    };
    // The slot is emptied here where the state was read from it.
    await this.found(record, entry.entryId, state, open, new Batch().removeMls(slot));
  }

  private put(change: Partial<JoinRecord>): Promise<void> {
    return this.kernel.lock(async () => {
      const { record } = this.join;
      if (record === null) return;
      const now = { ...record, ...change };
      const batch = new Batch().meta('join', now);
      if (record.entry !== undefined && now.entry === undefined) await this.groups.dropNext(record.group, batch);
      else await this.kernel.store.write(batch);
      this.join.record = now;
    });
  }

  private later(): void {
    this.waiting = true;
    const most = this.tries > limits.reenterQuick ? limits.retryMost : limits.reenterMost;
    this.kernel.clock.after(Math.min(most, limits.reenterFirst * 2 ** this.tries++), () => {
      this.waiting = false;
      void this.go();
    });
  }
}
