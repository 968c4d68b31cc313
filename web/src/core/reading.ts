// What a batch of entries of a group's log does: chain, then messages, commits and requests, in the log's order.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GroupState, Leaf, MlsResult, Opened } from '../mls/engine.js';
import * as wire from '../schema/wire';
import { equal, toHex } from './bytes.js';
import { encodeProfiles, readContent } from './content.js';
import type { Groups, GroupsEvents } from './groups.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { decodeLeaf } from './policy.js';
import { Batch, type GroupRecord, type JoinRequestRecord, type MessageRecord, type ProfileRecord } from './store.js';
import { claimedSeq } from './sync.js';

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
  private readonly before: GroupState;
  private state: GroupState;
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
    this.before = groups.state(id) as GroupState;
    this.state = this.before;
    this.requests = groups.requests.get(id) ?? [];
  }

  async take(entries: readonly wire.Entry[]): Promise<boolean> {
    const joinedAt = this.record.joinedAt;
    const good = this.follow(entries);
    try {
      const fresh = good.filter((c) => c.seq > joinedAt);
      for (let i = 0; i < fresh.length; ) {
        const page = this.page(fresh, i);
        if (page.length > 0) this.messages(page);
        else this.apply(fresh[i] as Checked);
        i += Math.max(1, page.length);
      }
      const at = this.record.cursor?.seq ?? 0;
      if (at > limits.keepEntries) this.batch.trimEntries(this.id, at - limits.keepEntries);
      this.record = { ...this.record, epoch: this.state.epoch };
      await this.groups.put(this.record, this.state, this.batch);
    } catch (e) {
      this.advance(this.before);
      throw e;
    }
    this.groups.requests.set(this.id, this.requests);
    for (const p of this.profiles) this.groups.profiles.set(p.account, p);
    this.kernel.changed();
    if (this.shown.length > 0) this.events.messages(this.id, this.shown);
    if (this.work) this.events.work(this.id);
    return good.length === entries.length;
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

  /** `state` is the present one from here on; what was made on the way is disposed of. */
  private advance(state: GroupState): void {
    if (this.state !== this.before && this.state !== this.groups.next(this.id) && this.state !== state)
      this.state.dispose();
    this.state = state;
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

  private apply({ entry, seq, time }: Checked): void {
    const mine = this.isMine(entry);
    switch (entry.kind) {
      case wire.EntryKind.APPLICATION:
        this.ownMessage(entry, seq);
        break;
      case wire.EntryKind.COMMIT:
        this.commit(entry, mine, seq, time);
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

  private messages(page: readonly Checked[]): void {
    if (this.record.removed === true) return;
    const read = this.kernel.engine.decrypt(
      this.state,
      page.map((c) => c.entry.payload),
    );
    this.advance(read.state);
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
    const { pending } = this.record;
    const { engine } = this.kernel;
    if (this.record.removed === true) return;
    const next = this.groups.next(this.id);
    const won =
      mine &&
      next !== undefined &&
      pending?.kind === 'commit' &&
      pending.entryId === Number(entry.entryId) &&
      equal(pending.commit, entry.payload);
    if (won) {
      this.newcomers(engine.members(next), seq, time);
      this.advance(next);
      this.record = { ...this.record, pending: null };
      this.sendProfiles();
    } else {
      const result = engine.process(this.state, entry.payload);
      // The first valid commit of an epoch counts; an invalid one changes nothing here.
      if (!result.ok) return;
      const { state, facts } = result.value;
      this.newcomers(facts.adds, seq, time);
      if (state === null) this.record = { ...this.record, removed: true };
      else this.advance(state);
      if (pending?.kind === 'commit') this.record = { ...this.record, pending: null };
    }
    this.work = true;
  }

  /** The requests of those who are in now are answered; one whose voucher is spent will never be. */
  private newcomers(leaves: readonly Pick<Leaf, 'account' | 'extension'>[], seq: number, time: number): void {
    const before = this.kernel.engine.members(this.state);
    for (const leaf of leaves) {
      if (before.some((m) => equal(m.account, leaf.account))) continue;
      const account = toHex(leaf.account);
      this.show({
        id: `s${seq}-${account.slice(0, 8)}`,
        order: seq,
        sender: account,
        text: '',
        time,
        state: 'sent',
        event: 'joined',
      });
      const voucher = decodeLeaf(leaf.extension)?.voucher;
      for (const request of this.requests) {
        const opened = this.kernel.trust.verifyVoucher(fromBinary(wire.JoinEntrySchema, request.bytes).voucher);
        if (
          opened.ok &&
          voucher !== undefined &&
          equal(opened.value.id, voucher) &&
          opened.value.voucher.mostDevices <= 1
        )
          this.dropRequest(request);
      }
    }
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

  private show(message: Omit<MessageRecord, 'group'>): void {
    const record = { ...message, group: this.id };
    this.shown.push(record);
    this.batch.message(record);
  }
}
