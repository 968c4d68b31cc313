// The official logs of the tree, from the pinned root down to this node, fed to the Verifier of the trusted core.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as st from '../schema/statement';
import * as wire from '../schema/wire';
import { type HeldOffice, type NodeInfo, type Official, offices, type Verifier } from '../trust/types.js';
import { equal, toHex } from './bytes.js';
import type { Connection } from './connection.js';
import type { Kernel } from './kernel.js';
import { Batch, type CursorRecord } from './store.js';
import type { Follower, Reader } from './sync.js';

const replayAtOnce = 500;

export interface OfficialEvents {
  /** Something official was read. `alert`: an alert that became verified just now. */
  learned(alert: Official | null): void;
  forked(detail: string): void;
}

export class OfficialLogs {
  /** Did the node offer the root's own log when it answered last? Null: it has not answered. */
  offered: boolean | null = null;
  private closed = false;

  private readonly followed = new Map<string, Uint8Array>();

  private constructor(
    private readonly kernel: Kernel,
    readonly root: Uint8Array,
    readonly verifier: Verifier,
    private readonly events: OfficialEvents,
  ) {}

  /** Replays what is stored. Undefined if `root` is no fingerprint. */
  static async open(kernel: Kernel, root: Uint8Array, events: OfficialEvents): Promise<OfficialLogs | undefined> {
    const verifier = kernel.trust.createVerifier(root);
    if (!verifier.ok) return undefined;
    const self = new OfficialLogs(kernel, root, verifier.value, events);
    await self.replay();
    return self;
  }

  /** Follows every official log that the node offers and the chain reaches; true if all were read to the end. */
  async sync(connection: Connection, follower: Follower): Promise<boolean> {
    const answer = await connection.request({ case: 'listLogs', value: {} }, 'logs');
    if (!answer.ok || this.closed) return false;
    let open = answer.value.logs.filter((l) => l.kind === wire.LogKind.OFFICIAL);
    this.offered = open.some((l) => this.isRoots(l));
    let fine = true;
    for (;;) {
      const reachable = open.filter((l) => this.reaches(l));
      if (reachable.length === 0) return fine;
      open = open.filter((l) => !reachable.includes(l));
      for (const l of reachable) {
        this.followed.set(toHex(l.log), l.log);
        if (!(await follower.follow(this.reader(l.log)))) fine = false;
        if (this.closed) return false;
      }
    }
  }

  /** Follows nothing any more; not to be used afterwards. */
  async close(follower: Follower): Promise<void> {
    this.closed = true;
    for (const log of this.followed.values()) await follower.forget(log);
    this.verifier.dispose();
  }

  node(id: Uint8Array): NodeInfo | undefined {
    return this.verifier.nodes().find((n) => equal(n.id, id) && !n.revoked);
  }
  /** From the root down to the node. */
  path(id: Uint8Array): NodeInfo[] {
    const nodes = this.verifier.nodes();
    const out: NodeInfo[] = [];
    let next: Uint8Array | undefined = id;
    while (next !== undefined && out.length <= nodes.length) {
      const wanted: Uint8Array = next;
      const found = nodes.find((n) => equal(n.id, wanted));
      if (found === undefined) return [];
      out.unshift(found);
      next = found.parent;
    }
    return out;
  }
  logOf(node: Uint8Array): Uint8Array {
    return this.kernel.trust.officialLog(node);
  }
  offices(account: Uint8Array): readonly HeldOffice[] {
    return this.verifier.offices(account, this.now());
  }
  /** Is this account the node's cell leader for the unit, or for one above it? */
  leads(account: Uint8Array, node: Uint8Array, unit: string): boolean {
    const units = this.verifier.units(node);
    const above = [unit];
    for (let at = units.find((u) => u.unit === unit); at !== undefined && at.parent !== ''; ) {
      const { parent } = at;
      if (above.includes(parent)) break;
      above.push(parent);
      at = units.find((u) => u.unit === parent);
    }
    return this.offices(account).some(
      ({ node: of, appointment }) =>
        equal(of, node) &&
        appointment.office === offices.cellLeader &&
        (appointment.units.length === 0 || appointment.units.some((u) => above.includes(u))),
    );
  }
  /** The clock, but not before the newest time that a certified node has signed. */
  now(): number {
    return Math.max(this.kernel.clock.now(), this.verifier.clockLowerBound());
  }

  private reaches(info: wire.LogInfo): boolean {
    // The list is the node's word alone: a log is taken only under the name that its node's key gives it.
    if (!equal(this.kernel.trust.officialLog(info.node), info.log)) return false;
    return this.isRoots(info) || this.node(info.node) !== undefined;
  }
  private isRoots(info: wire.LogInfo): boolean {
    return equal(this.kernel.trust.rootFingerprint(info.node), this.root);
  }

  private reader(log: Uint8Array): Reader {
    const { kernel, verifier, events } = this;
    const key = toHex(log);
    const cursor = (): CursorRecord => {
      const c = verifier.cursor(log);
      return { seq: Number(c.seq), hash: c.hash };
    };
    return {
      log,
      cursor,
      opened: async () => {},
      take: async (entries) => {
        const batch = new Batch();
        const alerts: Official[] = [];
        let learned = false;
        let fine = true;
        for (const entry of entries) {
          const verdict = verifier.feed(log, entry);
          if (!verdict.ok) {
            if (verdict.error.name === 'forked') events.forked(verdict.error.message);
            fine = false;
            break;
          }
          learned = true;
          if (verdict.value.official && verdict.value.kind === st.Kind.ALERT) alerts.push(verdict.value);
          const { seq, official } = verdict.value;
          batch.entry({ log: key, seq: Number(seq), bytes: toBinary(wire.EntrySchema, entry), official });
        }
        if (learned) await kernel.store.write(batch.cursor(key, cursor()));
        for (const alert of alerts) events.learned(alert);
        if (learned && alerts.length === 0) events.learned(null);
        return fine;
      },
      head: (signedHead) => {
        const result = verifier.feedHead(signedHead);
        if (!result.ok && result.error.name === 'forked') events.forked(result.error.message);
        events.learned(null);
      },
      handBack: async (after) => {
        const stored = await kernel.store.entries(key, after, Number.MAX_SAFE_INTEGER);
        return stored.map((e) => fromBinary(wire.EntrySchema, e.bytes));
      },
      forked: (detail) => events.forked(detail),
    };
  }

  private async replay(): Promise<void> {
    let open = await this.kernel.store.officialLogs();
    for (;;) {
      const before = open.length;
      const later: string[] = [];
      for (const key of open) if (!(await this.replayLog(key))) later.push(key);
      open = later;
      if (open.length === 0 || open.length === before) return;
    }
  }

  /** False if the chain does not reach this log yet. */
  private async replayLog(key: string): Promise<boolean> {
    let after = 0;
    for (;;) {
      const records = await this.kernel.store.entries(key, after, replayAtOnce);
      for (const record of records) {
        const entry = fromBinary(wire.EntrySchema, record.bytes);
        const log = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(key.slice(2 * i, 2 * i + 2), 16));
        const verdict = this.verifier.feed(log, create(wire.EntrySchema, entry));
        if (!verdict.ok) return after > 0;
        after = record.seq;
      }
      if (records.length < replayAtOnce) return true;
    }
  }
}
