// What a device does about a commit that it cannot follow (RULES: "What a commit is judged by"): refuses it, makes a fresh
// epoch where a re-entry was refused, and re-enters where the others have gone on.
import { fromBinary } from '@bufbuild/protobuf';
import type { GroupState } from '../mls/engine.js';
import * as wire from '../schema/wire';
import { refusalReason } from '../trust/types.js';
import { encodeProofs, nothingSeen } from './admission.js';
import { fromHex } from './bytes.js';
import { type Connection, code } from './connection.js';
import type { Delays } from './delays.js';
import { fraction } from './env.js';
import type { Groups } from './groups.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { standing } from './open_commit.js';
import { Batch, type GroupRecord, type PendingRecord } from './store.js';
import type { Follower } from './sync.js';

const none = new Uint8Array();
/** Of a commit that adds nobody. */
export const nobody = { welcome: none, device: none, account: none };

export class Healing {
  /** Tries to re-enter a group, and whether the next one has to wait. */
  private readonly tries = new Map<string, { count: number; waiting: boolean }>();

  constructor(
    private readonly kernel: Kernel,
    private readonly groups: Groups,
    private readonly connection: Connection,
    private readonly follower: Follower,
    private readonly delays: Delays,
    private readonly pump: (group: string) => void,
  ) {}

  /** The group can be followed: what was tried does not count any more. */
  well(group: string): void {
    if (this.tries.get(group)?.waiting !== true) this.tries.delete(group);
  }

  /** Against the newest commit, after a while: another may refuse it first. Under the lock. */
  async refuse(record: GroupRecord): Promise<PendingRecord | null> {
    const { trust, random } = this.kernel;
    const { open, id } = record;
    const own = this.groups.me();
    if (open === undefined || own === null) return null;
    const wait = fraction(random) * limits.refuseSpread;
    if (!this.delays.over(`refuse:${id}:${open.seq}`, wait, () => this.pump(id))) return null;
    const said = trust.make(
      'refusal',
      {
        group: fromHex(id) as Uint8Array,
        epoch: BigInt(open.epoch),
        commit: open.hash,
        reason: open.against === true ? refusalReason.againstTheRules : refusalReason.cannotProcess,
      },
      own.key,
    );
    if (!said.ok) return null;
    const { epoch, seq } = open;
    const entryId = record.lastEntryId + 1;
    const pending: PendingRecord = { kind: 'refusal', entryId, epoch, seq, refusal: said.value };
    await this.groups.put({ ...record, pending }, null, new Batch());
    return pending;
  }

  /** The node did not take that commit back, and nobody else's refusal has come. `early`: one may still come, which a re-entry
   *  would forestall. Under the lock. */
  async lose(group: string, seq: number, early: boolean): Promise<void> {
    const record = this.groups.record(group);
    if (record?.open?.taken !== false || record.open.seq !== seq || record.lost !== undefined) return;
    if (early) this.pause(group, 0, 2 * limits.refuseSpread);
    await this.groups.put({ ...record, lost: { after: seq - 1 } }, null, new Batch());
  }

  /** An empty commit where a re-entry was refused: its bundle brings another GroupInfo. Under the lock. */
  async renew(record: GroupRecord, state: GroupState): Promise<PendingRecord | null> {
    const { engine, random } = this.kernel;
    const { renew, id } = record;
    const own = this.groups.me();
    if (renew?.epoch !== state.epoch || own === null) return null;
    const wait = renew.first ? 0 : limits.admitFirst + fraction(random) * limits.admitSpread;
    if (!this.delays.over(`renew:${id}:${renew.epoch}:${record.began ?? 0}`, wait, () => this.pump(id))) return null;
    const made = engine.commit(state, own.key, { update: true, data: this.data(record) });
    if (!made.ok) {
      await this.groups.put({ ...record, renew: undefined }, null, new Batch());
      return null;
    }
    const { pending: next, commit, groupInfo } = made.value;
    const entryId = record.lastEntryId + 1;
    const { epoch } = state;
    const { began } = record;
    const pending: PendingRecord = { kind: 'commit', entryId, epoch, began, commit, groupInfo, ...nobody };
    await this.groups.putNext({ ...record, pending }, next);
    return pending;
  }

  /** Out by a commit that may be taken back: the node pushes nothing here any more, so this device looks once. */
  back(record: GroupRecord): void {
    const { id, open } = record;
    if (open === undefined) return;
    const log = fromHex(id) as Uint8Array;
    this.delays.over(`back:${id}:${open.seq}`, limits.backAfter, () => void this.follower.reopen(log));
  }

  /** Entries were handed back to the node. If it lost commits, it has no GroupInfo for who must re-enter, since no entry holds
   *  one; a fresh epoch brings it. Only after a while: whoever has entries that come after those must hand them back before
   *  anything else stands in their place. */
  handedBack(group: string): void {
    const { clock, random } = this.kernel;
    clock.after((2 + fraction(random)) * limits.reconnectMost, () => void this.renewIfNeeded(group));
  }

  private async renewIfNeeded(group: string): Promise<void> {
    const log = fromHex(group) as Uint8Array;
    const answer = await this.connection.request({ case: 'getGroupInfo', value: { group: log } }, 'groupInfo');
    if (answer.ok || answer.error.code !== code.unavailable) return;
    await this.kernel.lock(async () => {
      const record = this.groups.record(group);
      if (record === undefined) return;
      await this.groups.put({ ...record, renew: { epoch: record.epoch, first: true } }, null, new Batch());
    });
    this.pump(group);
  }

  /** A commit from outside that takes the place of this device's own leaf; null if it is not to be made now. */
  async reenter(group: string): Promise<PendingRecord | null> {
    if (this.tries.get(group)?.waiting === true) return null;
    const log = fromHex(group) as Uint8Array;
    // What came since may have made it needless.
    await this.follower.catchUp(log);
    if (!(await this.mayEnter(group))) return null;
    const answer = await this.connection.request({ case: 'getGroupInfo', value: { group: log } }, 'groupInfo');
    if (answer.ok) return this.kernel.lock(() => this.enter(group, answer.value.groupInfo));
    // Not a member by what the node has: if that is taken back, the log says so.
    const out = answer.error.code === code.notPermitted;
    if (out) void this.follower.reopen(log);
    this.again(group, out);
    return null;
  }

  /** Not in an epoch in which that was refused a short time ago. */
  private async mayEnter(group: string): Promise<boolean> {
    const lost = this.groups.record(group)?.lost;
    const state = this.groups.state(group);
    if (lost === undefined || state === undefined) return false;
    const epoch = state.epoch + (await this.commitsAfter(group, lost.after)).length;
    return this.delays.overAgain(group, lost, epoch, () => this.pump(group));
  }

  private async commitsAfter(group: string, after: number): Promise<Uint8Array[]> {
    const { store, trust } = this.kernel;
    const stored = await store.entries(group, after, Number.MAX_SAFE_INTEGER);
    return standing(
      trust,
      stored.map((e) => fromBinary(wire.EntrySchema, e.bytes)),
    );
  }

  private async enter(group: string, groupInfo: Uint8Array): Promise<PendingRecord | null> {
    const { engine } = this.kernel;
    const record = this.groups.record(group);
    const state = this.groups.state(group);
    const own = this.groups.me();
    if (record === undefined || state === undefined || own === null) return null;
    if (record.lost === undefined || record.pending !== null) return record.pending;
    // The leaf stays what it was: device list and voucher.
    const leaf = engine.members(state).find((m) => m.index === state.self);
    const identity = { account: own.account, key: own.key };
    const commits = await this.commitsAfter(group, record.lost.after);
    const made = engine.reenter(state, commits, groupInfo, identity, leaf?.extension ?? none, this.data(record));
    if (!made.ok) {
      const { code } = made.error;
      if (code === 'past-epoch' || code === 'future-epoch') this.outrun(group);
      else this.again(group, code === 'not-a-member');
      return null;
    }
    const { pending: next, commit } = made.value;
    const epoch = next.epoch - 1;
    const entryId = record.lastEntryId + 1;
    const { groupInfo: info } = made.value;
    const pending: PendingRecord = {
      ...{ kind: 'commit', entryId, epoch, commit, groupInfo: info, external: true },
      ...nobody,
    };
    await this.groups.putNext({ ...record, pending }, next);
    return pending;
  }

  /** Later, ever more rarely. `out`: there is nothing to re-enter, as far as is known. */
  again(group: string, out = false): void {
    const count = (this.tries.get(group)?.count ?? 0) + 1;
    // What has failed for a minute will hardly succeed within the next.
    const most = out || count > limits.reenterQuick ? limits.retryMost : limits.reenterMost;
    this.pause(group, count, Math.min(most, limits.reenterFirst * 2 ** (count - 1)));
  }

  /** Another's commit was first: of many that re-enter at once each gets its turn. */
  outrun(group: string): void {
    const count = this.tries.get(group)?.count ?? 0;
    this.pause(group, count, fraction(this.kernel.random) * limits.reenterMost);
  }

  private pause(group: string, count: number, wait: number): void {
    this.tries.set(group, { count, waiting: true });
    this.kernel.clock.after(wait, () => {
      this.tries.set(group, { count, waiting: false });
      this.pump(group);
    });
  }

  private data(record: GroupRecord): Uint8Array {
    return encodeProofs([], this.kernel.clock.now(), record.cursor ?? nothingSeen);
  }
}
