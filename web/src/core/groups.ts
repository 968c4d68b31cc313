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
} from './store.js';
import type { Reader } from './sync.js';

export interface GroupsEvents {
  messages(group: string, messages: readonly MessageRecord[]): void;
  /** A join request came, or a pending append was settled: there may be something to send. */
  work(group: string): void;
  forked(group: string, detail: string): void;
}
export interface Own {
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  readonly key: Key;
}

export class Groups {
  readonly records = new Map<string, GroupRecord>();
  /** Owned here: whoever is replaced is disposed of. */
  private readonly states = new Map<string, GroupState>();
  /** After a pending commit of this device. */
  private readonly nexts = new Map<string, GroupState>();
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

  /** Stores a record with what belongs to it and what `state` changed, then changes memory. Takes `state` over; what it
   *  replaces is disposed of. Call under the lock. */
  async put(record: GroupRecord, state: GroupState | null, batch: Batch): Promise<void> {
    const { engine, store } = this.kernel;
    const { id } = record;
    const [old, next] = [this.states.get(id), this.nexts.get(id)];
    const replaces = state !== null && state !== old;
    if (replaces) batch.mls(id, engine.records(state, old));
    const settled = next !== undefined && record.pending?.kind !== 'commit';
    if (settled) batch.removeMls(nextOf(id));
    await store.write(batch.group(record));
    this.records.set(id, record);
    if (replaces) {
      this.states.set(id, state);
      old?.dispose();
    }
    if (settled) {
      this.nexts.delete(id);
      if (next !== state) next.dispose();
    }
    this.kernel.changed();
  }

  /** Stores a pending commit with the state that follows it, which is taken over. */
  async putNext(record: GroupRecord, next: GroupState): Promise<void> {
    const slot = nextOf(record.id);
    const batch = new Batch().removeMls(slot).mls(slot, this.kernel.engine.records(next));
    await this.put(record, null, batch);
    this.nexts.get(record.id)?.dispose();
    this.nexts.set(record.id, next);
  }

  /** Ends all states; nothing is read after this. */
  close(): void {
    for (const state of [...this.states.values(), ...this.nexts.values()]) state.dispose();
    this.states.clear();
    this.nexts.clear();
  }

  reader(id: string): Reader {
    const log = fromHex(id) as Uint8Array;
    return {
      log,
      cursor: () => this.records.get(id)?.cursor ?? null,
      opened: (answer) => this.opened(id, answer),
      take: (entries) => this.kernel.lock(() => new Reading(this, this.kernel, this.events, id, log).take(entries)),
      head: () => {},
      handBack: async (after) =>
        (await this.kernel.store.entries(id, after, Number.MAX_SAFE_INTEGER)).map((e) =>
          fromBinary(wire.EntrySchema, e.bytes),
        ),
      forked: (detail) => this.events.forked(id, detail),
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
      const cursor = record.cursor ?? { seq: Number(start?.seq ?? 0n), hash: start?.hash ?? new Uint8Array(32) };
      // The node's count is a lower bound: after a restored backup on this side it is the larger one.
      const lastEntryId =
        record.pending === null ? Math.max(record.lastEntryId, Number(answer.lastEntryId)) : record.lastEntryId;
      if (record.cursor === null || lastEntryId !== record.lastEntryId)
        await this.put({ ...record, cursor, lastEntryId }, null, new Batch());
    });
  }
}
