// A node in memory that speaks schema/client.proto, with the faults that tests ask for. It keeps order, entry ids, epochs and
// header chains as a real one does; of MLS it knows nothing but the epoch of a commit.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equal, toHex } from '../../../src/core/bytes.js';
import type { Socket, SocketHandlers, Transport } from '../../../src/core/env.js';
import * as st from '../../../src/schema/statement';
import * as wire from '../../../src/schema/wire';
import { judgeRefusal, refusalOf, step } from './fake_refusals.js';
import { inboxLog, officialLog, publicKey, readEnvelope, sign, statementId } from './statements.js';

const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
type Answer = NonNullable<Parameters<typeof create<typeof wire.ServerFrameSchema>>[1]>['answer'];
const zero = new Uint8Array(32);

export interface Log {
  readonly id: Uint8Array;
  readonly kind: wire.LogKind;
  readonly node: Uint8Array;
  readonly unit: string;
  readonly entries: wire.Entry[];
  readonly hashes: Uint8Array[];
  readonly writers: Map<string, { last: number; seqs: Map<number, number> }>;
  epoch: number;
  /** Numbers of the entries that began the present epoch and those before it. */
  readonly began: number[];
  /** GroupInfo of each epoch. */
  readonly infos: Uint8Array[];
  /** Where a device begins to read: the entry that let it in. */
  readonly starts: Map<string, number>;
}
interface Session {
  readonly handlers: SocketHandlers;
  readonly nonce: Uint8Array;
  readonly open: Set<string>;
  device: Uint8Array | null;
  alive: boolean;
}

export interface Faults {
  /** The append is stored, but its sender's connection ends before the answer. */
  loseAcks: number;
  /** The append is seen on the way, but the connection ends before it is stored. */
  loseRequests: number;
  /** Every push is sent twice. */
  duplicatePushes: boolean;
  /** So many pushes are swallowed. */
  swallowPushes: number;
  /** Changes what is handed out. */
  tamper: ((entry: wire.Entry) => wire.Entry) | null;
  /** So many commits are answered with this code of an error. */
  rejectCommits: { code: number; times: number };
}

export class FakeNode implements Transport {
  nodeSeed = random(32);
  nodeKey = publicKey(this.nodeSeed);
  readonly logs = new Map<string, Log>();
  readonly accounts = new Map<string, Uint8Array>();
  readonly faults: Faults = {
    loseAcks: 0,
    loseRequests: 0,
    duplicatePushes: false,
    swallowPushes: 0,
    tamper: null,
    rejectCommits: { code: 0, times: 0 },
  };
  readonly requests: string[] = [];
  /** Appends that were sent again under their entry id and epoch with other bytes: a ratchet key used twice, or worse. */
  changedRetries = 0;
  private readonly seen = new Map<string, Uint8Array>();
  reachable = true;
  private readonly sessions = new Set<Session>();

  constructor(public authority: Uint8Array) {}

  // --- What operators and other nodes do ---

  official(authority: Uint8Array): Log {
    return this.log(officialLog(authority), wire.LogKind.OFFICIAL, authority, '');
  }
  /** A statement at the end of an official log; `seed`: the node key of the log's own node. */
  publish(authority: Uint8Array, statement: Uint8Array, seed = this.nodeSeed): void {
    this.push(this.official(authority), wire.EntryKind.STATEMENT, publicKey(seed), 0n, statement, seed);
  }
  kill(): void {
    for (const s of [...this.sessions]) this.end(s);
  }
  /** Forgets the newest entries, as a restored backup does. */
  rewind(log: Log, to: number): void {
    log.entries.length = to;
    log.hashes.length = to;
    log.writers.clear();
    for (const [i, e] of log.entries.entries()) this.count(log, e, i + 1);
    log.epoch = 0;
    log.began.length = 1;
    for (const [i, e] of log.entries.entries()) this.turn(log, e.kind, i + 1);
  }
  group(): Log {
    return [...this.logs.values()].find((l) => l.kind === wire.LogKind.GROUP) as Log;
  }
  append(log: Log, kind: wire.EntryKind, writer: Uint8Array, entryId: number, payload: Uint8Array): number {
    this.turn(log, kind, log.entries.length + 1);
    return this.push(log, kind, writer, BigInt(entryId), payload, this.nodeSeed);
  }

  // --- Transport ---

  connect(_url: string, handlers: SocketHandlers): Socket {
    const session: Session = { handlers, nonce: random(32), open: new Set(), device: null, alive: true };
    setTimeout(() => {
      if (!session.alive) return;
      if (!this.reachable) return this.end(session);
      this.sessions.add(session);
      handlers.open();
      this.send(session, 0n, {
        case: 'challenge',
        value: {
          version: 1,
          nonce: session.nonce,
          nodeKey: this.nodeKey,
          nodeId: this.authority,
          time: BigInt(Date.now()),
        },
      });
    }, 0);
    return {
      send: (bytes) => {
        const copy = bytes.slice();
        setTimeout(() => session.alive && this.receive(session, copy), 0);
      },
      close: () => this.end(session),
    };
  }

  private end(session: Session): void {
    if (!session.alive) return;
    session.alive = false;
    this.sessions.delete(session);
    setTimeout(() => session.handlers.closed(), 0);
  }
  private send(session: Session, id: bigint, answer: Answer): void {
    const bytes = toBinary(wire.ServerFrameSchema, create(wire.ServerFrameSchema, { id, answer }));
    setTimeout(() => session.alive && session.handlers.message(bytes), 0);
  }

  private receive(session: Session, bytes: Uint8Array): void {
    if (bytes.length > 1024 * 1024) {
      this.end(session);
      return;
    }
    const { id, request } = fromBinary(wire.ClientFrameSchema, bytes);
    this.requests.push(request.case ?? 'none');
    const appended = request.case === 'append' ? request.value : refusalOf(request);
    if (appended !== null && session.device !== null) {
      const { log, entryId, epoch, payload } = appended;
      const key = [toHex(log), toHex(session.device), entryId, epoch].join();
      const before = this.seen.get(key);
      if (before !== undefined && !equal(before, payload)) this.changedRetries++;
      this.seen.set(key, payload);
      if (this.faults.loseRequests > 0) {
        this.faults.loseRequests--;
        this.end(session);
        return;
      }
    }
    const answer = this.answer(session, request);
    if (answer?.case === 'appended' && this.faults.loseAcks > 0) {
      this.faults.loseAcks--;
      this.end(session);
      return;
    }
    this.send(session, id, answer);
  }

  private answer(session: Session, request: wire.ClientFrame['request']): Answer {
    const fail = (code: number, detail = 0): Answer => ({
      case: 'error',
      value: { code, message: `fake ${code}`, detail: BigInt(detail) },
    });
    switch (request.case) {
      case 'ping':
        return { case: 'pong', value: { time: BigInt(Date.now()) } };
      case 'listLogs':
        return {
          case: 'logs',
          value: {
            logs: [...this.logs.values()]
              .filter((l) => l.kind === wire.LogKind.OFFICIAL)
              .map((l) => ({ log: l.id, kind: l.kind, node: l.node, unit: l.unit, head: this.head(l) })),
          },
        };
      case 'hello':
        return this.login(session, request.value.login) ?? fail(8);
      case 'register': {
        const list = readEnvelope(request.value.deviceList);
        if (list === undefined) return fail(2);
        const { account, devices } = fromBinary(st.DeviceListSchema, list.body);
        for (const d of devices) this.accounts.set(toHex(d), account);
        return this.login(session, request.value.login) ?? fail(8);
      }
      case 'open': {
        const log = this.logs.get(toHex(request.value.log));
        if (log === undefined) return fail(9);
        const start = log.starts.get(toHex(session.device ?? zero)) ?? 0;
        const at = Number(request.value.cursor?.seq ?? start);
        if (at > log.entries.length) return fail(16, log.entries.length);
        const { cursor } = request.value;
        if (cursor !== undefined && at > 0 && !equal(log.hashes[at - 1] as Uint8Array, cursor.hash)) return fail(17);
        session.open.add(toHex(log.id));
        const writer = log.writers.get(toHex(session.device ?? zero));
        return {
          case: 'opened',
          value: {
            log: log.id,
            start: { seq: BigInt(at), hash: at === 0 ? zero : (log.hashes[at - 1] as Uint8Array) },
            head: this.head(log),
            lastEntryId: BigInt(writer?.last ?? 0),
            epoch: BigInt(log.epoch),
          },
        };
      }
      case 'fetch': {
        const log = this.logs.get(toHex(request.value.log));
        if (log === undefined) return fail(9);
        const after = Number(request.value.after);
        const entries = log.entries.slice(after, after + Math.min(request.value.limit, 7));
        const { tamper } = this.faults;
        return {
          case: 'entries',
          value: { log: log.id, entries: tamper === null ? entries : entries.map(tamper), head: this.head(log) },
        };
      }
      case 'restore': {
        const log = this.logs.get(toHex(request.value.log));
        if (log === undefined) return fail(9);
        for (const e of request.value.entries) {
          const header = fromBinary(st.EntryHeaderSchema, fromBinary(st.StatementSchema, e.header).body);
          if (Number(header.seq) <= log.entries.length) continue; // the first uploader won
          if (Number(header.seq) !== log.entries.length + 1) return fail(15, log.entries.length + 1);
          log.entries.push(e);
          log.hashes.push(statementId(e.header) as Uint8Array);
          this.count(log, e, log.entries.length);
          this.turn(log, e.kind, log.entries.length);
        }
        return { case: 'done', value: {} };
      }
      case 'submit': {
        this.publish(this.authority, request.value.statement);
        return { case: 'appended', value: { log: officialLog(this.authority), seq: 1n } };
      }
      default:
        break;
    }
    const { device } = session;
    if (device === null) return fail(8);
    switch (request.case) {
      case 'createGroup': {
        const { group, unit, groupInfo } = request.value;
        if (this.logs.has(toHex(group))) return fail(10);
        const log = this.log(group, wire.LogKind.GROUP, this.authority, unit);
        log.infos[0] = groupInfo;
        this.push(log, wire.EntryKind.GROUP_CREATED, this.nodeKey, 1n, new Uint8Array(), this.nodeSeed);
        return this.appended(log, 1);
      }
      case 'getGroupInfo': {
        const { group } = request.value;
        const log = this.logs.get(toHex(group));
        const groupInfo = log?.infos[log.epoch];
        return groupInfo === undefined ? fail(20) : { case: 'groupInfo', value: { group, groupInfo } };
      }
      case 'append':
      case 'join':
      case 'commit':
      case 'refuse':
        return this.appendRequest(device, request, fail);
      default:
        return fail(4);
    }
  }

  private appendRequest(
    device: Uint8Array,
    request: Extract<wire.ClientFrame['request'], { case: 'append' | 'join' | 'commit' | 'refuse' }>,
    fail: (code: number, detail?: number) => Answer,
  ): Answer {
    const id = request.case === 'append' ? request.value.log : request.value.group;
    const log = this.logs.get(toHex(id));
    if (log === undefined) return fail(9);
    const entryId = Number(request.value.entryId);
    const writer = log.writers.get(toHex(device));
    const known = writer?.seqs.get(entryId);
    if (known !== undefined) return this.appended(log, known);
    if (entryId !== (writer?.last ?? 0) + 1) return fail(15, (writer?.last ?? 0) + 1);
    const began = request.case === 'append' || request.case === 'commit' ? request.value.began : undefined;
    if (began !== undefined && Number(began) !== log.began.at(-1)) return fail(14, log.epoch);
    if (request.case === 'join') {
      const v = request.value;
      const payload = toBinary(
        wire.JoinEntrySchema,
        create(wire.JoinEntrySchema, {
          voucher: v.voucher,
          joinRequest: v.joinRequest,
          keyPackage: v.keyPackage,
          deviceList: v.deviceList,
          device,
        }),
      );
      return this.appended(log, this.append(log, wire.EntryKind.JOIN_REQUEST, device, entryId, payload));
    }
    if (request.case === 'append') {
      if (Number(request.value.epoch) !== log.epoch) return fail(14, log.epoch);
      return this.appended(log, this.append(log, wire.EntryKind.APPLICATION, device, entryId, request.value.payload));
    }
    if (request.case === 'refuse') {
      const no = judgeRefusal(log.entries, device, request.value.refusal, this.accounts);
      if (no !== null) return fail(no, log.epoch);
      return this.appended(log, this.append(log, wire.EntryKind.REFUSAL, device, entryId, request.value.refusal));
    }
    if (epochOf(request.value.commit) !== log.epoch) return fail(14, log.epoch);
    const { rejectCommits } = this.faults;
    if (rejectCommits.times > 0) {
      rejectCommits.times--;
      return fail(rejectCommits.code);
    }
    log.infos[log.epoch + 1] = request.value.groupInfo;
    const seq = this.append(log, wire.EntryKind.COMMIT, device, entryId, request.value.commit);
    for (const w of request.value.welcomes) {
      log.starts.set(toHex(w.device), seq);
      const inbox = this.log(inboxLog(w.device), wire.LogKind.INBOX, this.authority, '');
      const payload = toBinary(
        wire.InboxWelcomeSchema,
        create(wire.InboxWelcomeSchema, { group: log.id, welcome: w.welcome, commitSeq: BigInt(seq) }),
      );
      this.append(inbox, wire.EntryKind.WELCOME, this.nodeKey, inbox.entries.length + 1, payload);
    }
    return this.appended(log, seq);
  }

  private login(session: Session, statement: Uint8Array): Answer | undefined {
    const envelope = readEnvelope(statement);
    if (envelope === undefined) return undefined;
    const login = fromBinary(st.LoginSchema, envelope.body);
    const account = this.accounts.get(toHex(login.device));
    if (account === undefined || !equal(login.challenge, session.nonce)) return undefined;
    session.device = login.device;
    const inbox = this.log(inboxLog(login.device), wire.LogKind.INBOX, this.authority, '');
    return { case: 'welcomed', value: { account, device: login.device, inbox: inbox.id } };
  }

  private log(id: Uint8Array, kind: wire.LogKind, node: Uint8Array, unit: string): Log {
    const key = toHex(id);
    let log = this.logs.get(key);
    if (log === undefined) {
      log = {
        id,
        kind,
        node,
        unit,
        entries: [],
        hashes: [],
        writers: new Map(),
        epoch: 0,
        began: [1],
        infos: [],
        starts: new Map(),
      };
      this.logs.set(key, log);
    }
    return log;
  }
  private turn(log: Log, kind: wire.EntryKind, seq: number): void {
    if (step(kind) > 0) log.began.push(seq);
    if (step(kind) < 0) log.began.pop();
    log.epoch += step(kind);
  }
  private head(log: Log) {
    return { seq: BigInt(log.entries.length), hash: log.hashes.at(-1) ?? zero };
  }
  private appended(log: Log, seq: number): Answer {
    return { case: 'appended', value: { log: log.id, seq: BigInt(seq) } };
  }
  private count(log: Log, entry: wire.Entry, seq: number): void {
    const key = toHex(entry.writer);
    const writer = log.writers.get(key) ?? { last: 0, seqs: new Map() };
    writer.last = Math.max(writer.last, Number(entry.entryId));
    writer.seqs.set(Number(entry.entryId), seq);
    log.writers.set(key, writer);
  }

  private push(
    log: Log,
    kind: wire.EntryKind,
    writer: Uint8Array,
    entryId: bigint,
    payload: Uint8Array,
    seed: Uint8Array,
  ): number {
    const number = entryId === 0n ? BigInt(log.entries.length + 1) : entryId;
    const id = new Uint8Array(8);
    new DataView(id.buffer).setBigUint64(0, number);
    const entryHash = sha256(
      concat(new TextEncoder().encode('xom/1/entry\0'), Uint8Array.of(kind), writer, id, payload),
    );
    const header = sign(
      st.Kind.ENTRY_HEADER,
      st.EntryHeaderSchema,
      {
        log: log.id,
        seq: BigInt(log.entries.length + 1),
        previous: log.hashes.at(-1) ?? zero,
        entryHash,
        time: BigInt(Date.now()),
      },
      seed,
    );
    const entry = create(wire.EntrySchema, { header, kind, writer, entryId: number, payload });
    log.entries.push(entry);
    log.hashes.push(statementId(header) as Uint8Array);
    this.count(log, entry, log.entries.length);
    const { tamper } = this.faults;
    for (const s of this.sessions) {
      if (!s.open.has(toHex(log.id))) continue;
      if (this.faults.swallowPushes > 0) {
        this.faults.swallowPushes--;
        continue;
      }
      const value = { log: log.id, entry: tamper === null ? entry : tamper(entry) };
      this.send(s, 0n, { case: 'pushed', value });
      if (this.faults.duplicatePushes) this.send(s, 0n, { case: 'pushed', value });
    }
    return log.entries.length;
  }
}

/** MLSMessage(PublicMessage): version, wire format, group id<V>, epoch. */
function epochOf(commit: Uint8Array): number {
  const length = commit[4] as number;
  return Number(new DataView(commit.buffer, commit.byteOffset + 5 + length, 8).getBigUint64(0));
}
