// What a batch of entries of a group's log does: chain, then messages, commits and requests, in the log's order.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GroupState, Leaf, MlsResult, Opened } from '../mls/engine.js';
import * as wire from '../schema/wire';
import { spends } from './admission.js';
import { equal, toHex } from './bytes.js';
import { encodeProfiles, readContent } from './content.js';
import type { Groups, GroupsEvents } from './groups.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { goesOn, isExternal, type OpenCommit, takesBack, triedIn } from './open_commit.js';
import { decodePolicy } from './policy.js';
import { Batch, type GroupRecord, type JoinRequestRecord, type MessageRecord, type ProfileRecord } from './store.js';
import { claimedSeq } from './sync.js';

/** What came in by a commit: requests that it answered, and the lines that say so. */
type Came = Pick<OpenCommit, 'requests' | 'events'>;

interface Checked {
  readonly entry: wire.Entry;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly time: number;
}

/** One batch of entries of one log: nothing is visible before all of it is stored. */
export class Reading {
  private readonly batch = new Batch();
  private record: GroupRecord;
  private state: GroupState;
  private prev: GroupState | undefined;
  /** States of this batch: what is not held at its end is disposed of here. */
  private readonly made = new Set<GroupState>();
  /** What let this device in was taken back. */
  private out = false;
  private readonly shown: MessageRecord[] = [];
  private readonly profiles: ProfileRecord[] = [];
  private requests: JoinRequestRecord[];
  private work = false;

  constructor(
    private readonly groups: Groups,
    private readonly kernel: Kernel,
    private readonly events: GroupsEvents,
    private readonly id: string,
    private readonly log: Uint8Array,
  ) {
    this.record = groups.record(id) as GroupRecord;
    this.state = groups.state(id) as GroupState;
    this.prev = groups.prev(id);
    this.requests = groups.requests.get(id) ?? [];
  }

  async take(entries: readonly wire.Entry[]): Promise<boolean> {
    const { joinedAt, open: opened } = this.record;
    const good = this.follow(entries);
    try {
      const fresh = good.filter((c) => c.seq > joinedAt);
      for (let i = 0; i < fresh.length && !this.out; ) {
        const page = this.page(fresh, i);
        if (page.length > 0) this.messages(page);
        else this.apply(fresh[i] as Checked);
        i += Math.max(1, page.length);
      }
      if (this.out) {
        await this.groups.drop(this.id);
        this.hold(null, undefined);
        return false;
      }
      this.trim();
      this.record = { ...this.record, epoch: this.state.epoch };
      await this.groups.put(this.record, this.state, this.batch, this.prev);
    } catch (e) {
      this.hold(null, undefined);
      throw e;
    }
    this.groups.requests.set(this.id, this.requests);
    for (const p of this.profiles) this.groups.profiles.set(p.account, p);
    this.kernel.changed();
    if (opened?.entered === true && this.record.open?.entered !== true) this.groups.settled(this.id);
    if (this.shown.length > 0) this.events.messages(this.id, this.shown);
    if (this.work) this.events.work(this.id);
    return good.length === entries.length;
  }

  /** Old entries go, but never those that a re-entry has to follow. */
  private trim(): void {
    const { cursor, open, lost } = this.record;
    const needed = lost?.after ?? open?.lost?.after ?? (open?.taken === false ? open.seq - 1 : Number.MAX_SAFE_INTEGER);
    const upTo = Math.min((cursor?.seq ?? 0) - limits.keepEntries, needed);
    if (upTo > 0) this.batch.trimEntries(this.id, upTo);
  }

  /** The entries up to the first that does not follow the chain. */
  private follow(entries: readonly wire.Entry[]): Checked[] {
    const good: Checked[] = [];
    for (const entry of entries) {
      const checked = this.check(entry);
      if (checked === null) break;
      const { seq, hash } = checked;
      this.batch.entry({ log: this.id, seq, bytes: toBinary(wire.EntrySchema, entry) });
      this.record = { ...this.record, cursor: { seq, hash } };
      good.push({ entry, ...checked });
    }
    return good;
  }

  /** Messages of others that stand beside each other: they are opened at once. */
  private page(entries: readonly Checked[], from: number): Checked[] {
    let end = from;
    const isMessage = (c: Checked | undefined) => c?.entry.kind === wire.EntryKind.APPLICATION && !this.isMine(c.entry);
    while (isMessage(entries[end])) end++;
    return entries.slice(from, end);
  }

  /** `state` is the present one from here on, `prev` the one to go back to; what was made on the way and is neither is
   *  disposed of. Null: none is needed any more. */
  private hold(state: GroupState | null, prev: GroupState | undefined): void {
    for (const one of this.made)
      if (one !== state && one !== prev) {
        this.made.delete(one);
        one.dispose();
      }
    if (state !== null) this.state = state;
    this.prev = prev;
  }

  /** An entry that only a member of the present epoch could write: from the commit before it there is no way back. */
  private settle(seq: number, time: number): void {
    const { open, lost } = this.record;
    if (open === undefined) return;
    if (!open.taken) this.tellLeader(open, seq, time);
    this.record = {
      ...this.record,
      open: undefined,
      lost: open.taken ? lost : (lost ?? { after: open.seq - 1 }),
    };
    this.hold(this.state, undefined);
  }

  private isMine(entry: wire.Entry): boolean {
    const own = this.groups.me();
    return own !== null && equal(entry.writer, own.device);
  }

  private check(entry: wire.Entry): { seq: number; hash: Uint8Array; time: number } | null {
    const { cursor } = this.record;
    if (cursor === null) return null;
    const after = { seq: BigInt(cursor.seq), hash: cursor.hash };
    let forked = '';
    for (const key of this.groups.keys()) {
      const checked = this.kernel.trust.checkEntry(this.log, after, entry, key);
      if (checked.ok) {
        const { seq, hash } = checked.value.cursor;
        return { seq: Number(seq), hash, time: checked.value.time };
      }
      if (checked.error.name === 'forked') forked = checked.error.message;
    }
    if (forked !== '' && claimedSeq(entry) === cursor.seq + 1) this.events.forked(this.id, forked);
    return null;
  }

  private apply(checked: Checked): void {
    const { entry, seq, time } = checked;
    const mine = this.isMine(entry);
    switch (entry.kind) {
      case wire.EntryKind.APPLICATION:
        this.wrote(checked);
        this.ownMessage(entry, seq);
        break;
      case wire.EntryKind.COMMIT:
        this.commit(entry, mine, seq, time);
        break;
      case wire.EntryKind.REFUSAL:
        this.refusal(entry, seq, time);
        break;
      case wire.EntryKind.JOIN_REQUEST: {
        const request = { group: this.id, seq, bytes: entry.payload };
        this.requests = [...this.requests, request];
        this.batch.joinRequest(request);
        this.work = true;
        break;
      }
      case wire.EntryKind.GROUP_CREATED:
        this.show({ id: `s${seq}`, order: seq, sender: '', text: '', time, state: 'sent', event: 'created' });
        break;
      default: // a kind of a later version takes its place in the chain and does nothing here
        break;
    }
    if (mine) this.record = { ...this.record, lastEntryId: Math.max(this.record.lastEntryId, Number(entry.entryId)) };
  }

  /** My own words come back: what was in flight has arrived, whether its acknowledgement did or not. */
  private ownMessage(entry: wire.Entry, seq: number): void {
    const { pending } = this.record;
    if (pending?.kind !== 'message' || pending.entryId !== Number(entry.entryId)) return;
    this.record = { ...this.record, pending: null };
    this.batch.removeOutbox(pending.outbox);
    if (pending.message !== null) this.show({ ...pending.message, order: seq, state: 'sent' });
    this.work = true;
  }

  private wrote({ entry, seq, time }: Checked): void {
    const { open } = this.record;
    const own = this.groups.me();
    if (open === undefined || own === null || toHex(entry.writer) === open.committer) return;
    const devices = this.kernel.engine.members(this.state).filter((m) => equal(m.account, own.account)).length;
    if (goesOn(open, entry.writer, this.accountOf(entry.writer), { device: own.device, devices }))
      this.settle(seq, time);
  }

  /** Hex; '' where neither the present tree nor the one before names the device. */
  private accountOf(device: Uint8Array): string {
    for (const state of [this.state, this.prev]) {
      const leaf = state && this.kernel.engine.members(state).find((m) => equal(m.device, device));
      if (leaf !== undefined) return toHex(leaf.account);
    }
    return '';
  }

  private messages(page: readonly Checked[]): void {
    for (const checked of page) this.wrote(checked);
    if (this.record.removed === true) return;
    const read = this.kernel.engine.decrypt(
      this.state,
      page.map((c) => c.entry.payload),
    );
    this.made.add(read.state);
    this.hold(read.state, this.prev);
    for (const [i, result] of read.opened.entries()) this.message(page[i] as Checked, result);
  }

  private message({ entry, seq, time }: Checked, read: MlsResult<Opened>): void {
    if (!read.ok) {
      // An entry of an epoch that has ended is refused by rule: the node should not have ordered it.
      if (read.error.code === 'past-epoch') return;
      this.show({ id: `s${seq}`, order: seq, sender: '', text: '', time, state: 'unreadable' });
      return;
    }
    const { sender, plaintext } = read.value;
    // The ratchet names the leaf, the node names the writer: if they differ, somebody lies about who speaks.
    if (!equal(sender.device, entry.writer)) return;
    const content = readContent(plaintext);
    if (content === undefined) return;
    if (content.kind === 'profiles') this.learn(content.profiles);
    else {
      const account = toHex(sender.account);
      this.show({ id: `s${seq}`, order: seq, sender: account, text: content.text, time, state: 'sent' });
    }
  }

  private learn(statements: readonly Uint8Array[]): void {
    for (const statement of statements.slice(0, limits.profiles)) {
      const opened = this.kernel.trust.openSelfSigned('profile', statement);
      if (!opened.ok) continue;
      const { account, name, version } = opened.value.value;
      const key = toHex(account);
      const known = this.profiles.find((p) => p.account === key) ?? this.groups.profiles.get(key);
      if (known !== undefined && known.version >= Number(version)) continue;
      const record = { account: key, name, version: Number(version), statement };
      this.profiles.push(record);
      this.batch.profile(record);
    }
  }

  private commit(entry: wire.Entry, mine: boolean, seq: number, time: number): void {
    const { pending, removed, lost, open: last } = this.record;
    const { engine, trust } = this.kernel;
    const next = this.groups.next(this.id);
    const answered = mine && pending?.kind === 'commit' && pending.entryId === Number(entry.entryId);
    const won =
      answered &&
      next !== undefined &&
      (pending.external === true ? lost !== undefined : pending.epoch === this.state.epoch) &&
      equal(pending.commit, entry.payload);
    if (answered) this.record = { ...this.record, pending: null };
    if (!won && (removed === true || lost !== undefined || last?.taken === false)) {
      // It does not go on from this device's state, however right it is.
      this.settle(seq, time);
      this.work = true;
      return;
    }
    const before = this.state;
    const open: OpenCommit = {
      seq,
      epoch: won ? next.epoch - 1 : before.epoch,
      began: this.record.began,
      hash: trust.sha256(entry.payload),
      committer: toHex(entry.writer),
      account: this.accountOf(entry.writer),
      taken: true,
      external: isExternal(entry.payload),
      requests: [],
      events: [],
      lost,
    };
    if (won) {
      this.settle(seq, time);
      const came = this.newcomers(engine.members(next), seq, time);
      this.record = { ...this.record, began: seq, lost: undefined, open: { ...open, ...came } };
      this.hold(next, before);
      if (pending.welcome.length > 0) this.sendProfiles();
    } else this.followed(open, entry, mine, time);
    this.work = true;
  }

  /** Another's commit. The first valid one of an epoch counts; one that cannot be followed changes nothing here. */
  private followed(open: OpenCommit, entry: wire.Entry, mine: boolean, time: number): void {
    const before = this.state;
    const result = this.kernel.engine.process(before, entry.payload);
    if (!result.ok) {
      const { code } = result.error;
      // Of another epoch or group: the node should not have ordered it, and no member's client acts on it.
      if (code === 'past-epoch' || code === 'future-epoch' || code === 'wrong-group') return;
      this.settle(open.seq, time);
      this.record = { ...this.record, open: { ...open, taken: false, against: code === 'refused' } };
      // Nobody refuses what comes from the own device, though it be garbled.
      if (mine) this.record = { ...this.record, lost: { after: open.seq - 1 } };
      return;
    }
    const { state, facts } = result.value;
    this.settle(open.seq, time);
    if (state !== null) this.made.add(state);
    const came = this.newcomers(facts.adds, open.seq, time);
    const account = toHex(facts.committer.account);
    // A commit of this device that is on its way stays: the node answers it, and if this one is taken back, that one may win.
    this.record = { ...this.record, began: open.seq, open: { ...open, account, ...came }, removed: state === null };
    if (state !== null) this.hold(state, before);
  }

  /** A member's word against the newest commit. The node puts it here only where it takes the commit back. */
  private refusal(entry: wire.Entry, seq: number, time: number): void {
    const { open, pending } = this.record;
    const { engine, trust } = this.kernel;
    if (open === undefined) return;
    const before = this.prev ?? this.state;
    // The state before an own re-entry is one that the others left long ago: who came in since then may refuse as well.
    const trees = open.lost === undefined && before !== this.state ? [this.state, before] : [this.state];
    if (
      !takesBack(
        trust,
        this.log,
        open,
        trees.map((s) => engine.members(s)),
        entry,
      )
    )
      return;
    if (open.entered === true) {
      this.out = true;
      return;
    }
    for (const event of open.events) this.show({ ...event, event: 'undone' });
    this.tellLeader(open, seq, time);
    const again = open.requests.map((r) => ({ ...r, again: seq }));
    for (const request of again) this.batch.joinRequest(request);
    this.requests = [...again, ...this.requests].sort((a, b) => a.seq - b.seq);
    const renews = open.external && open.lost === undefined;
    this.record = {
      ...this.record,
      began: open.began,
      open: undefined,
      removed: false,
      lost: open.lost && triedIn(open.lost, open.epoch),
      // A commit of this device that lost the epoch is good for it again; what went on from the other one is not.
      pending:
        pending?.kind === 'message' || (pending?.kind === 'commit' && pending.epoch === before.epoch) ? pending : null,
      ...(renews && { renew: { epoch: open.epoch, first: this.isMine(entry) } }),
    };
    this.hold(before, undefined);
    this.work = true;
  }

  /** A leader's device shows whose commit was refused, or could not be followed here though it stands. */
  private tellLeader(open: OpenCommit, seq: number, time: number): void {
    const own = this.groups.me()?.account;
    const leaders = decodePolicy(this.kernel.engine.policy(this.prev ?? this.state))?.leaders ?? [];
    if (own === undefined || open.account === '' || !leaders.some((l) => equal(l, own))) return;
    const id = `s${seq}-refused`;
    this.show({ id, order: seq, sender: open.account, text: '', time, state: 'sent', event: 'refused' });
  }

  /** The requests of those who are in now are answered; one whose voucher is spent will never be. */
  private newcomers(leaves: readonly Pick<Leaf, 'account' | 'extension'>[], seq: number, time: number): Came {
    const before = this.kernel.engine.members(this.state);
    const events: MessageRecord[] = [];
    const requests: JoinRequestRecord[] = [];
    for (const leaf of leaves) {
      if (before.some((m) => equal(m.account, leaf.account))) continue;
      const account = toHex(leaf.account);
      const id = `s${seq}-${account.slice(0, 8)}`;
      events.push(this.show({ id, order: seq, sender: account, text: '', time, state: 'sent', event: 'joined' }));
      for (const request of this.requests)
        if (spends(this.kernel.trust, fromBinary(wire.JoinEntrySchema, request.bytes), leaf)) {
          requests.push(request);
          this.dropRequest(request);
        }
    }
    return { events, requests };
  }
  private dropRequest(request: JoinRequestRecord): void {
    this.requests = this.requests.filter((r) => r !== request);
    this.batch.removeJoinRequest(request.group, request.seq);
  }

  /** Who commits an Add tells the newcomer everybody's name: names travel only encrypted. */
  private sendProfiles(): void {
    const members = new Set(this.kernel.engine.members(this.state).map((m) => toHex(m.account)));
    const known = [...this.groups.profiles.values()].filter((p) => members.has(p.account)).map((p) => p.statement);
    if (known.length === 0) return;
    this.batch.outbox({
      number: this.groups.outboxNumber(),
      group: this.id,
      message: '',
      content: encodeProfiles(known.slice(0, limits.profiles), this.kernel.clock.now()),
    });
  }

  private show(message: Omit<MessageRecord, 'group'>): MessageRecord {
    const record = { ...message, group: this.id };
    this.shown.push(record);
    this.batch.message(record);
    return record;
  }
}
