// Everything is a log, and this client is a reader with a cursor: open, fetch what is missing, then live pushes. A push is
// only a shortcut: whatever does not follow the cursor at once leads to a fetch.
import { fromBinary } from '@bufbuild/protobuf';
import * as st from '../schema/statement';
import type * as wire from '../schema/wire';
import { toHex } from './bytes.js';
import { type Connection, code } from './connection.js';
import type { Clock } from './env.js';
import { limits } from './limits.js';
import type { CursorRecord } from './store.js';

export interface Reader {
  readonly log: Uint8Array;
  /** null: nothing read yet, the node says where this reader may begin. */
  cursor(): CursorRecord | null;
  opened(answer: wire.Opened): Promise<void>;
  /** Entries that follow the cursor. Stored with the new cursor before it resolves. False: one of them cannot be
   *  right, and reading stops here until the next connection. */
  take(entries: readonly wire.Entry[]): Promise<boolean>;
  head(signedHead: Uint8Array): void;
  /** Stored entries after this number, for a node that has lost them. */
  handBack(after: number): Promise<wire.Entry[]>;
  /** The node has taken some of them over. */
  handedBack?(): void;
  /** The node contradicts what was read from it before. */
  forked(detail: string): void;
  /** The node says that this log, or the part of it after the cursor, is not for this device. */
  denied?(): Promise<void>;
}

/** The number that a header claims; it is verified afterwards. NaN if it cannot be read. */
export function claimedSeq(entry: wire.Entry): number {
  try {
    const { body } = fromBinary(st.StatementSchema, entry.header);
    return Number(fromBinary(st.EntryHeaderSchema, body).seq);
  } catch {
    return Number.NaN;
  }
}

interface Followed {
  readonly reader: Reader;
  /** Reading of this log, one step after the other. */
  work: Promise<boolean>;
  live: boolean;
  /** Fruitless tries in a row, and whether the next one is due already. */
  failures: number;
  retrying: boolean;
}

/** Pieces that fit into a frame. */
function parts(entries: readonly wire.Entry[]): wire.Entry[][] {
  const all: wire.Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.header.length + entry.payload.length;
    const last = all.at(-1);
    if (last === undefined || last.length === limits.fetchEntries || bytes + size > limits.restoreBytes) {
      all.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return all;
}

export class Follower {
  private readonly logs = new Map<string, Followed>();
  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
  ) {}

  /** Reads to the end and stays there. False if it did not get to the end. */
  follow(reader: Reader): Promise<boolean> {
    const key = toHex(reader.log);
    let followed = this.logs.get(key);
    if (followed === undefined) {
      followed = { reader, work: Promise.resolve(true), live: false, failures: 0, retrying: false };
      this.logs.set(key, followed);
    }
    return this.step(followed, async (f) => f.live || this.open(f));
  }

  /** Fetches what is missing, because an answer named an entry that has not been seen. */
  catchUp(log: Uint8Array): Promise<boolean> {
    const followed = this.logs.get(toHex(log));
    if (followed === undefined) return Promise.resolve(false);
    return this.step(followed, (f) => (f.live ? this.fetch(f) : this.open(f)));
  }

  /** Opens it once more: the node may have ended what it pushed here. */
  reopen(log: Uint8Array): Promise<boolean> {
    const followed = this.logs.get(toHex(log));
    if (followed === undefined) return Promise.resolve(false);
    return this.step(followed, (f) => {
      f.live = false;
      return this.open(f);
    });
  }

  /** This log is not read any more; resolves when what was under way has ended. */
  async forget(log: Uint8Array): Promise<void> {
    const followed = this.logs.get(toHex(log));
    this.logs.delete(toHex(log));
    await followed?.work;
  }

  lost(): void {
    for (const f of this.logs.values()) f.live = false;
  }

  pushed(log: Uint8Array, entry: wire.Entry, signedHead: Uint8Array): void {
    const followed = this.logs.get(toHex(log));
    if (followed === undefined) return;
    void this.step(followed, async (f) => {
      if (!f.live) return false;
      const at = f.reader.cursor()?.seq ?? 0;
      const seq = claimedSeq(entry);
      if (seq <= at) return true;
      const fine = seq === at + 1 ? await this.take(f, [entry]) : await this.fetch(f);
      if (fine && signedHead.length > 0) f.reader.head(signedHead);
      return fine;
    });
  }

  /** In its turn, so that a head is not judged before the entries that came ahead of it. */
  headed(log: Uint8Array, signedHead: Uint8Array): void {
    const followed = this.logs.get(toHex(log));
    if (followed === undefined) return;
    void this.step(followed, async (f) => {
      if (f.live) f.reader.head(signedHead);
      return f.live;
    });
  }

  behind(log: Uint8Array): void {
    void this.catchUp(log);
  }

  private step(f: Followed, next: (f: Followed) => Promise<boolean>): Promise<boolean> {
    const run = async () => {
      const fine = await next(f);
      if (fine) f.failures = 0;
      else this.retry(f);
      return fine;
    };
    f.work = f.work.then(run, run);
    return f.work;
  }

  /** What failed for a reason that may pass is tried again on the same connection, ever more rarely. */
  private retry(f: Followed): void {
    const isFollowed = () => this.logs.get(toHex(f.reader.log)) === f;
    if (f.retrying || !this.connection.up || !isFollowed()) return;
    f.retrying = true;
    const wait = Math.min(limits.retryMost, limits.retryFirst * 2 ** f.failures++);
    this.clock.after(wait, () => {
      f.retrying = false;
      if (!f.live && this.connection.up && isFollowed()) void this.follow(f.reader);
    });
  }

  private async open(f: Followed): Promise<boolean> {
    const { reader } = f;
    for (let attempt = 0; attempt < 3; attempt++) {
      const at = reader.cursor();
      const cursor = at === null ? undefined : { seq: BigInt(at.seq), hash: at.hash };
      const answer = await this.connection.request({ case: 'open', value: { log: reader.log, cursor } }, 'opened');
      if (answer.ok) {
        await reader.opened(answer.value);
        f.live = true;
        if (answer.value.signedHead.length > 0) reader.head(answer.value.signedHead);
        const head = Number(answer.value.head?.seq ?? 0n);
        return head > (reader.cursor()?.seq ?? 0) ? this.fetch(f) : true;
      }
      if (answer.error.code === code.rewound) {
        if (!(await this.restore(reader, answer.error.detail))) return false;
      } else {
        if (answer.error.code === code.forked) reader.forked('the cursor contradicts the log');
        await this.refused(reader, answer.error.code);
        return false;
      }
    }
    return false;
  }

  private async refused(reader: Reader, error: number): Promise<void> {
    // Trimmed: this reader begins later than it believes.
    if (error === code.notPermitted || error === code.trimmed) await reader.denied?.();
  }

  /** `head`: the last entry that the node still has. */
  private async restore(reader: Reader, head: number): Promise<boolean> {
    const entries = await reader.handBack(head);
    const first = entries[0];
    if (first === undefined || claimedSeq(first) !== head + 1) return false;
    for (const [i, part] of parts(entries).entries()) {
      const answer = await this.connection.request(
        { case: 'restore', value: { log: reader.log, entries: part } },
        'done',
      );
      if (!answer.ok) return false;
      if (i === 0) reader.handedBack?.();
    }
    return true;
  }

  private async fetch(f: Followed): Promise<boolean> {
    const { reader } = f;
    for (;;) {
      const after = reader.cursor()?.seq ?? 0;
      const answer = await this.connection.request(
        { case: 'fetch', value: { log: reader.log, after: BigInt(after), limit: limits.fetchEntries } },
        'entries',
      );
      if (!answer.ok) {
        f.live = false;
        await this.refused(reader, answer.error.code);
        return false;
      }
      if (answer.value.entries.length > 0 && !(await this.take(f, answer.value.entries))) return false;
      const now = reader.cursor()?.seq ?? 0;
      const head = Number(answer.value.head?.seq ?? 0n);
      if (now >= head || now === after) {
        if (answer.value.signedHead.length > 0) reader.head(answer.value.signedHead);
        return now >= head;
      }
    }
  }

  private async take(f: Followed, entries: readonly wire.Entry[]): Promise<boolean> {
    const fine = await f.reader.take(entries);
    if (!fine) f.live = false;
    return fine;
  }
}
