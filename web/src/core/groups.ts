// The groups of this device: their records, MLS states, and what reading a group's log does to them.
import { fromBinary } from '@bufbuild/protobuf';
import type { GroupState, Leaf } from '../mls/engine.js';
import * as wire from '../schema/wire';
import type { Key } from '../trust/types.js';
import { fromHex } from './bytes.js';
import type { Kernel } from './kernel.js';
import { Reading } from './reading.js';
import {
  Batch,
  type GroupRecord,
  type JoinRequestRecord,
  type MessageRecord,
  nextOf,
  type ProfileRecord,
  prevOf,
} from './store.js';
import type { Reader } from './sync.js';

export interface GroupsEvents {
  messages(group: string, messages: readonly MessageRecord[]): void;
  /** A join request came, or a pending append was settled: there may be something to send. */
  work(group: string): void;
  forked(group: string, detail: string): void;
  /** The node has taken entries over that it had lost. */
  handedBack(group: string): void;
}
export interface Own {
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  readonly key: Key;
}

function keep(states: Map<string, GroupState>, id: string, state: GroupState | undefined): void {
  if (state === undefined) states.delete(id);
  else states.set(id, state);
}

export class Groups {
  readonly records = new Map<string, GroupRecord>();
  /** Owned here: whoever is replaced is disposed of. */
  private readonly states = new Map<string, GroupState>();
  /** After a pending commit of this device. */
  private readonly nexts = new Map<string, GroupState>();
  /** Before the newest commit, while it can be taken back. */
  private readonly prevs = new Map<string, GroupState>();
  /** What let this device into a group was made sure of, or was taken back and the group is gone. */
  settled: (group: string) => void = () => {};
  /** Groups of an earlier version of the client, or whose state cannot be read, are not there. */
  dropped = false;
  readonly profiles = new Map<string, ProfileRecord>();
  /** Requests that no commit has answered, by group, in log order. */
  readonly requests = new Map<string, JoinRequestRecord[]>();
  private nextOutbox = 1;

  constructor(
    private readonly kernel: Kernel,
    private readonly events: GroupsEvents,
    /** Keys that may sign headers: the certified keys of this node. */
    private readonly nodeKeys: () => readonly Uint8Array[],
    private readonly own: () => Own | null,
  ) {}

  async load(): Promise<void> {
    const { store, engine } = this.kernel;
    this.dropped = (await store.meta('groupsDropped')) === true;
    for (const record of await store.groups()) {
      const state = engine.load(await store.mls(record.id));
      if (!state.ok) {
        this.dropped = true;
        continue;
      }
      this.records.set(record.id, record);
      this.states.set(record.id, state.value);
      if (record.open?.taken === true && record.open.entered !== true) {
        const prev = engine.load(await store.mls(prevOf(record.id)));
        if (prev.ok) this.prevs.set(record.id, prev.value);
      }
      if (record.pending?.kind !== 'commit') continue;
      const next = engine.load(await store.mls(nextOf(record.id)));
      if (next.ok) this.nexts.set(record.id, next.value);
    }
    for (const p of await store.profiles()) this.profiles.set(p.account, p);
    for (const r of await store.joinRequests()) this.requests.set(r.group, [...(this.requests.get(r.group) ?? []), r]);
    for (const o of await store.outbox()) this.nextOutbox = Math.max(this.nextOutbox, (o.number ?? 0) + 1);
  }

  outboxNumber(): number {
    return this.nextOutbox++;
  }
  record(id: string): GroupRecord | undefined {
    return this.records.get(id);
  }
  state(id: string): GroupState | undefined {
    return this.states.get(id);
  }
  next(id: string): GroupState | undefined {
    return this.nexts.get(id);
  }
  members(id: string): readonly Leaf[] {
    const state = this.states.get(id);
    return state === undefined ? [] : this.kernel.engine.members(state);
  }

  prev(id: string): GroupState | undefined {
    return this.prevs.get(id);
  }

  /** Stores a record with what belongs to it and what `state` and `prev` changed, then changes memory. Takes the states over;
   *  what is not held any more is disposed of. Call under the lock. */
  async put(
    record: GroupRecord,
    state: GroupState | null,
    batch: Batch,
    prev = this.prevs.get(record.id),
  ): Promise<void> {
    const { engine, store } = this.kernel;
    const { id } = record;
    const [old, oldNext, oldPrev] = [this.states.get(id), this.nexts.get(id), this.prevs.get(id)];
    const now = state ?? old;
    const nowNext = record.pending?.kind === 'commit' ? oldNext : undefined;
    const nowPrev = record.open?.taken === true ? prev : undefined;
    if (now !== undefined && now !== old) batch.mls(id, engine.records(now, old));
    if (nowNext !== oldNext) batch.removeMls(nextOf(id));
    if (nowPrev !== oldPrev) batch.removeMls(prevOf(id));
    if (nowPrev !== undefined && nowPrev !== oldPrev) batch.mls(prevOf(id), engine.records(nowPrev));
    await store.write(batch.group(record));
    this.records.set(id, record);
    keep(this.states, id, now);
    keep(this.nexts, id, nowNext);
    keep(this.prevs, id, nowPrev);
    const held = [now, nowNext, nowPrev];
    for (const s of [old, oldNext, oldPrev]) if (!held.includes(s)) s?.dispose();
    this.kernel.changed();
  }

  /** Stores a pending commit with the state that follows it, which is taken over. Without a record of the group yet, `batch`
   *  says who keeps the commit. */
  async putNext(record: GroupRecord | string, next: GroupState, batch = new Batch()): Promise<void> {
    const id = typeof record === 'string' ? record : record.id;
    const slot = nextOf(id);
    batch.removeMls(slot).mls(slot, this.kernel.engine.records(next));
    if (typeof record === 'string') await this.kernel.store.write(batch);
    else await this.put(record, null, batch);
    this.nexts.get(id)?.dispose();
    this.nexts.set(id, next);
  }

  /** Of a commit that was kept without a record. */
  async dropNext(id: string, batch: Batch): Promise<void> {
    await this.kernel.store.write(batch.removeMls(nextOf(id)));
    this.nexts.get(id)?.dispose();
    this.nexts.delete(id);
  }

  /** This device is not in this group: only what was shown stays, and what waits to be sent. Call under the lock. */
  async drop(id: string): Promise<void> {
    const batch = new Batch().removeGroup(id).removeMls(id).removeMls(nextOf(id)).removeMls(prevOf(id));
    for (const { seq } of this.requests.get(id) ?? []) batch.removeJoinRequest(id, seq);
    await this.kernel.store.write(batch.trimEntries(id, Number.MAX_SAFE_INTEGER));
    this.records.delete(id);
    this.requests.delete(id);
    for (const states of [this.states, this.nexts, this.prevs]) {
      states.get(id)?.dispose();
      states.delete(id);
    }
    this.kernel.changed();
    this.settled(id);
  }

  /** The node says that this device is no member: true if the commit that it came in by can be taken back, and so it was. */
  denied(id: string): Promise<boolean> {
    return this.kernel.lock(async () => {
      const entered = this.records.get(id)?.open?.entered === true;
      if (entered) await this.drop(id);
      return entered;
    });
  }

  /** Ends all states; nothing is read after this. */
  close(): void {
    for (const states of [this.states, this.nexts, this.prevs]) {
      for (const state of states.values()) state.dispose();
      states.clear();
    }
  }

  reader(id: string): Reader {
    const log = fromHex(id) as Uint8Array;
    return {
      log,
      cursor: () => this.records.get(id)?.cursor ?? null,
      opened: (answer) => this.opened(id, answer),
      take: (entries) =>
        this.kernel.lock(
          async () => this.records.has(id) && new Reading(this, this.kernel, this.events, id, log).take(entries),
        ),
      head: () => {},
      handBack: async (after) =>
        (await this.kernel.store.entries(id, after, Number.MAX_SAFE_INTEGER)).map((e) =>
          fromBinary(wire.EntrySchema, e.bytes),
        ),
      handedBack: () => this.events.handedBack(id),
      forked: (detail) => this.events.forked(id, detail),
      denied: async () => {
        await this.denied(id);
      },
    };
  }

  keys(): readonly Uint8Array[] {
    return this.nodeKeys();
  }
  me(): Own | null {
    return this.own();
  }

  private opened(id: string, answer: wire.Opened): Promise<void> {
    return this.kernel.lock(async () => {
      const record = this.records.get(id);
      if (record === undefined) return;
      const start = answer.start;
      const { open, joinedAt } = record;
      // It may read from a later Add on: the one that this device came in by was taken back.
      if (record.cursor === null && open?.entered === true && !open.external && Number(start?.seq ?? 0n) > joinedAt)
        return this.drop(id);
      const cursor = record.cursor ?? { seq: Number(start?.seq ?? 0n), hash: start?.hash ?? new Uint8Array(32) };
      // The node's count is a lower bound: after a restored backup on this side it is the larger one.
      const lastEntryId =
        record.pending === null ? Math.max(record.lastEntryId, Number(answer.lastEntryId)) : record.lastEntryId;
      if (record.cursor === null || lastEntryId !== record.lastEntryId)
        await this.put({ ...record, cursor, lastEntryId }, null, new Batch());
    });
  }
}
