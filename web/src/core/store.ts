// IndexedDB: what must change together is written by one transaction (MLS state, messages and cursor of a sync batch).
// Works on any global indexedDB (a worker's, or fake-indexeddb).
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { StateRecord } from '../mls/engine.js';
import type { Lost, OpenCommit, Tried } from './open_commit.js';

export interface CursorRecord {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface IdentityRecord {
  readonly accountSeed: Uint8Array;
  readonly deviceSeed: Uint8Array;
  /** Statement(DEVICE_LIST) and Statement(PROFILE) of this account */
  readonly deviceList: Uint8Array;
  readonly profile: Uint8Array;
  readonly name: string;
  /** The node knows this device. */
  readonly registered: boolean;
}

/** What was sent or is about to be: stored before any ciphertext leaves, sent again unchanged until an answer came. */
export type PendingRecord =
  | {
      readonly kind: 'message';
      readonly entryId: number;
      readonly epoch: number;
      readonly began?: number;
      readonly payload: Uint8Array;
      readonly outbox: number;
      /** What is shown for it; null for profiles. */
      readonly message: MessageRecord | null;
    }
  | {
      readonly kind: 'commit';
      readonly entryId: number;
      readonly epoch: number;
      readonly began?: number;
      readonly commit: Uint8Array;
      readonly groupInfo: Uint8Array;
      /** Empty, as the two after it, where nobody is added. */
      readonly welcome: Uint8Array;
      readonly device: Uint8Array;
      readonly account: Uint8Array;
      /** A re-entry. */
      readonly external?: boolean;
      // The state to go on with once the log shows that this commit won is stored under nextOf(group).
    }
  | {
      readonly kind: 'refusal';
      readonly entryId: number;
      readonly epoch: number;
      /** Number of the commit's entry. */
      readonly seq: number;
      /** Statement(REFUSAL) */
      readonly refusal: Uint8Array;
    };

export interface GroupRecord {
  readonly id: string;
  readonly unit: string;
  readonly epoch: number;
  /** Number of the entry that began it, which tells two epochs of one number apart. */
  readonly began?: number;
  /** This device was removed: the state is the last one that it had. */
  readonly removed?: boolean;
  /** The newest commit, while it can be taken back. */
  readonly open?: OpenCommit;
  /** This device has to re-enter. */
  readonly lost?: Lost;
  /** A re-entry into this epoch was refused: its GroupInfo may be of no use, so a commit brings another. `first`: this device
   *  refused and commits at once, the others after a while. */
  readonly renew?: { readonly epoch: number; readonly first: boolean };
  /** null until the log was opened for the first time */
  readonly cursor: CursorRecord | null;
  /** Entries up to here came before this device's Welcome: only their chain is checked. */
  readonly joinedAt: number;
  /** Number of the last entry of this device that the node has. */
  readonly lastEntryId: number;
  readonly pending: PendingRecord | null;
  /** GroupInfo of epoch 0 until the node has created the log. */
  readonly creating: Uint8Array | null;
  readonly draft: string;
  /** `order` of the newest message that was read. */
  readonly readUpTo: number;
}

/** One record of an MLS state (protocol/mls/state_records.h). */
export interface MlsRecord {
  /** A group's id, nextOf or prevOf it. */
  readonly state: string;
  readonly kind: number;
  readonly index: number;
  readonly value: Uint8Array;
}
/** Where the state after a pending commit lies until the log has decided. */
export const nextOf = (group: string) => `${group}/next`;
/** Where the state before the newest commit lies as long as that can be taken back. */
export const prevOf = (group: string) => `${group}/prev`;

export interface MessageRecord {
  readonly group: string;
  readonly id: string;
  /** The entry's number; for what waits: waitingFrom + the outbox number, so that it stands last. */
  readonly order: number;
  readonly sender: string;
  readonly text: string;
  readonly time: number;
  readonly state: 'waiting' | 'sent' | 'failed' | 'unreadable';
  /** 'undone': who had joined is out again, because the commit was taken back; 'refused': for leaders, whose commit it was. */
  readonly event?: 'created' | 'joined' | 'undone' | 'refused';
}
export const waitingFrom = 2 ** 50;

export interface OutboxRecord {
  readonly number?: number;
  readonly group: string;
  /** The message that shows it; '' for profiles. */
  readonly message: string;
  /** wire.Content, still plain: it is encrypted at the epoch in which it goes out. */
  readonly content: Uint8Array;
}

export interface EntryRecord {
  readonly log: string;
  readonly seq: number;
  /** wire.Entry */
  readonly bytes: Uint8Array;
  /** Of an official log: what the Verifier said of it. Nothing else may be shown before the Verifier is there. */
  readonly official?: boolean;
}

export interface JoinRequestRecord {
  readonly group: string;
  readonly seq: number;
  /** wire.JoinEntry */
  readonly bytes: Uint8Array;
  /** Number of the refusal that took the answer to it back. */
  readonly again?: number;
}

export interface ProfileRecord {
  readonly account: string;
  readonly name: string;
  readonly version: number;
  readonly statement: Uint8Array;
}

export interface Meta {
  pinnedRoot: Uint8Array;
  node: { id: Uint8Array };
  identity: IdentityRecord;
  join: JoinRecord;
  /** Join requests that a group's log has of this device, by group: the next one takes the next entry id. */
  requested: Readonly<Record<string, number>>;
  alertsRead: readonly string[];
  /** Groups of an earlier version of the client, which this one cannot open, were dropped. */
  groupsDropped: boolean;
}
/** A join under way, kept so that a reload goes on with it, and until what let this device in cannot be taken back. */
export interface JoinRecord extends Tried {
  readonly kind: 'group' | 'invitation';
  readonly fragment: string;
  readonly group: string;
  readonly since: number;
  readonly keyPackage: {
    readonly keyPackage: Uint8Array;
    readonly ref: Uint8Array;
    readonly secret: Uint8Array;
  } | null;
  readonly joinRequest: Uint8Array;
  /** This device's entry id of the request in the group's log. */
  readonly entryId: number;
  readonly sent: boolean;
  /** A Welcome for it came that does not open: this device comes in by a commit from outside. */
  readonly garbled?: boolean;
  /** That commit on its way; the state after it is stored under nextOf(group). */
  readonly entry?: { readonly entryId: number; readonly commit: Uint8Array; readonly groupInfo: Uint8Array };
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown };
  logs: { key: string; value: CursorRecord };
  groups: { key: string; value: GroupRecord };
  messages: { key: [string, string]; value: MessageRecord; indexes: { order: [string, number] } };
  outbox: { key: number; value: OutboxRecord };
  entries: { key: [string, number]; value: EntryRecord };
  joinRequests: { key: [string, number]; value: JoinRequestRecord };
  profiles: { key: string; value: ProfileRecord };
  mls: { key: [string, number, number]; value: MlsRecord };
}
const names = ['meta', 'logs', 'groups', 'messages', 'outbox', 'entries', 'joinRequests', 'profiles', 'mls'] as const;
type StoreName = (typeof names)[number];
type Upgrade = IDBPTransaction<Schema, StoreName[], 'versionchange'>;

/** Migrations are only appended; the database's version is their number. What a
 *  migration asks for is done before the database opens. */
const migrations: readonly ((db: IDBPDatabase<Schema>, upgrade: Upgrade) => void)[] = [
  (db) => {
    db.createObjectStore('meta');
    db.createObjectStore('logs');
    db.createObjectStore('groups', { keyPath: 'id' });
    db.createObjectStore('messages', { keyPath: ['group', 'id'] }).createIndex('order', ['group', 'order']);
    db.createObjectStore('outbox', { keyPath: 'number', autoIncrement: true });
    db.createObjectStore('entries', { keyPath: ['log', 'seq'] });
    db.createObjectStore('joinRequests', { keyPath: ['group', 'seq'] });
    db.createObjectStore('profiles', { keyPath: 'account' });
  },
  // MLS states became records of the trusted core. States of the library before it cannot be read: who this device is and
  // what is official stay, groups and what waited for them go, and the page says so.
  (db, upgrade) => {
    db.createObjectStore('mls', { keyPath: ['state', 'kind', 'index'] });
    void (async () => {
      const groups = await upgrade.objectStore('groups').getAllKeys();
      const join = (await upgrade.objectStore('meta').get('join')) as JoinRecord | undefined;
      if (join?.kind === 'group') void upgrade.objectStore('meta').delete('join');
      else if (groups.length === 0) return;
      for (const name of ['groups', 'messages', 'outbox', 'joinRequests'] as const)
        void upgrade.objectStore(name).clear();
      const end = Number.MAX_SAFE_INTEGER;
      for (const id of groups) void upgrade.objectStore('entries').delete(IDBKeyRange.bound([id, 0], [id, end]));
      void upgrade.objectStore('meta').put(true, 'groupsDropped');
    })();
  },
];

/** Writes gathered to be stored at once. */
export class Batch {
  readonly writes: {
    store: StoreName;
    key: IDBValidKey | undefined;
    value: unknown;
    remove: boolean | 'range' | 'prefix';
  }[] = [];

  meta<K extends keyof Meta>(key: K, value: Meta[K]): this {
    return this.add('meta', value, key);
  }
  removeMeta(key: keyof Meta): this {
    return this.drop('meta', key);
  }
  cursor(log: string, cursor: CursorRecord): this {
    return this.add('logs', cursor, log);
  }
  group(record: GroupRecord): this {
    return this.add('groups', record);
  }
  removeGroup(id: string): this {
    return this.drop('groups', id);
  }
  /** `state`: a group's id, nextOf or prevOf it. */
  mls(state: string, records: readonly StateRecord[]): this {
    for (const { kind, index, value } of records)
      if (value.length === 0) this.drop('mls', [state, kind, index]);
      else this.add('mls', { state, kind, index, value });
    return this;
  }
  removeMls(state: string): this {
    this.writes.push({ store: 'mls', key: [state], value: undefined, remove: 'prefix' });
    return this;
  }
  message(record: MessageRecord): this {
    return this.add('messages', record);
  }
  outbox(record: OutboxRecord): this {
    return this.add('outbox', record);
  }
  removeOutbox(number: number): this {
    return this.drop('outbox', number);
  }
  entry(record: EntryRecord): this {
    return this.add('entries', record);
  }
  trimEntries(log: string, upTo: number): this {
    this.writes.push({ store: 'entries', key: [log, upTo], value: undefined, remove: 'range' });
    return this;
  }
  joinRequest(record: JoinRequestRecord): this {
    return this.add('joinRequests', record);
  }
  removeJoinRequest(group: string, seq: number): this {
    return this.drop('joinRequests', [group, seq]);
  }
  profile(record: ProfileRecord): this {
    return this.add('profiles', record);
  }

  private add(store: StoreName, value: unknown, key?: IDBValidKey): this {
    this.writes.push({ store, key, value, remove: false });
    return this;
  }
  private drop(store: StoreName, key: IDBValidKey): this {
    this.writes.push({ store, key, value: undefined, remove: true });
    return this;
  }
}

export class Store {
  private closed = false;
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = 'xom'): Promise<Store> {
    const db = await openDB<Schema>(name, migrations.length, {
      upgrade(database, oldVersion, _newVersion, upgrade) {
        for (const migrate of migrations.slice(oldVersion)) migrate(database, upgrade as unknown as Upgrade);
      },
    });
    return new Store(db);
  }

  /** What is under way is finished; what comes after it never resolves, as in a tab that was closed. */
  close(): void {
    this.closed = true;
    this.db.close();
  }

  private use<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    return this.closed ? new Promise<T>(() => {}) : work(this.db);
  }

  /** All or nothing, on disk when it resolves (durability strict). */
  write(batch: Batch): Promise<void> {
    if (batch.writes.length === 0) return Promise.resolve();
    return this.use(async (db) => {
      const tx = db.transaction(names, 'readwrite', { durability: 'strict' });
      const writes = batch.writes.map((w) => {
        const store = tx.objectStore(w.store as 'meta');
        if (w.remove === 'range') {
          const [log, upTo] = w.key as [string, number];
          return store.delete(IDBKeyRange.bound([log, 0], [log, upTo]));
        }
        if (w.remove === 'prefix') {
          const [first] = w.key as [string];
          return store.delete(IDBKeyRange.bound([first], [first, []]));
        }
        return w.remove ? store.delete(w.key as string) : store.put(w.value, w.key as string | undefined);
      });
      await Promise.all([...writes, tx.done]);
    });
  }

  meta<K extends keyof Meta>(key: K): Promise<Meta[K] | undefined> {
    return this.use(async (db) => (await db.get('meta', key)) as Meta[K] | undefined);
  }
  cursor(log: string): Promise<CursorRecord | undefined> {
    return this.use((db) => db.get('logs', log));
  }
  groups(): Promise<GroupRecord[]> {
    return this.use((db) => db.getAll('groups'));
  }
  mls(state: string): Promise<MlsRecord[]> {
    return this.use((db) => db.getAll('mls', IDBKeyRange.bound([state], [state, []])));
  }
  /** In the order in which they go out. */
  outbox(): Promise<OutboxRecord[]> {
    return this.use((db) => db.getAll('outbox'));
  }
  joinRequests(): Promise<JoinRequestRecord[]> {
    return this.use((db) => db.getAll('joinRequests'));
  }
  profiles(): Promise<ProfileRecord[]> {
    return this.use((db) => db.getAll('profiles'));
  }
  message(group: string, id: string): Promise<MessageRecord | undefined> {
    return this.use((db) => db.get('messages', [group, id]));
  }
  /** Entries of a log with number > after, in order. */
  entries(log: string, after: number, most: number): Promise<EntryRecord[]> {
    const range = IDBKeyRange.bound([log, after + 1], [log, Number.MAX_SAFE_INTEGER]);
    return this.use((db) => db.getAll('entries', range, Math.min(most, 2 ** 31)));
  }
  /** Hex ids of the public logs that were read; an inbox has a cursor here too, but keeps no entries. */
  officialLogs(): Promise<string[]> {
    return this.use((db) => db.getAllKeys('logs'));
  }
  /** The newest `limit` messages with an order below `before`, oldest first. */
  messages(group: string, limit: number, before: number): Promise<MessageRecord[]> {
    return this.use(async (db) => {
      const out: MessageRecord[] = [];
      const range = IDBKeyRange.bound([group, -1], [group, before], false, true);
      let cursor = await db.transaction('messages').store.index('order').openCursor(range, 'prev');
      while (cursor !== null && out.length < limit) {
        out.push(cursor.value);
        cursor = await cursor.continue();
      }
      return out.reverse();
    });
  }
  unread(group: string, after: number, self: string): Promise<number> {
    const range = IDBKeyRange.bound([group, after], [group, waitingFrom], true, true);
    return this.use(async (db) => {
      const all = await db.getAllFromIndex('messages', 'order', range, 1000);
      return all.filter((m) => m.sender !== self && m.event === undefined).length;
    });
  }
}
