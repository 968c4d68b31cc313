// A member who turns on the others: takes a person's place with what their browser stores, and speaks to the node by itself.
import { fromBinary } from '@bufbuild/protobuf';
import { encodeProofs, nothingSeen } from '../../../src/core/admission.js';
import { fromHex, toHex } from '../../../src/core/bytes.js';
import { type Answer, Connection } from '../../../src/core/connection.js';
import type { Identity } from '../../../src/core/identity.js';
import type { GroupRecord, Store } from '../../../src/core/store.js';
import type { CommitRequest, GroupState } from '../../../src/mls/engine.js';
import * as wire from '../../../src/schema/wire';
import { type Key, must, type Core as Trust } from '../../../src/trust';
import { type Person, random } from '../../core/support/person.js';
import { type Fault, FaultyEngine } from '../../mls/faulty.js';
import { loadUnjudged, take } from '../../mls/support.js';
import { clock } from './ward.js';
import { nodeTransport } from './ws.js';

export class Insider {
  /** Refuses every commit of others as soon as it is pushed, and has done so this often. */
  refusesAll = false;
  /** Only the next one. */
  refusesNext = false;
  refused = 0;
  /** Entries up to here are not for this member. */
  private first = 0;

  private constructor(
    private readonly trust: Trust,
    private readonly engine: FaultyEngine,
    private readonly key: Key,
    private readonly group: Uint8Array,
    private state: GroupState,
    private entryId: number,
    private readonly connection: Connection,
  ) {}

  /** The person's own client ends. */
  static async of(person: Person, url: string): Promise<Insider> {
    const { env, identity } = person.core as unknown as { env: { store: Store }; identity: Identity };
    const record = (await env.store.groups())[0] as GroupRecord;
    const { trust } = await loadUnjudged();
    const engine = new FaultyEngine(trust);
    const state = take(engine.load(await env.store.mls(record.id)));
    const key = must(trust.keyFromSeed(identity.record.deviceSeed));
    person.close();
    const group = fromHex(record.id) as Uint8Array;
    let greeted: (c: wire.Challenge) => void;
    const challenge = new Promise<wire.Challenge>((resolve) => {
      greeted = resolve;
    });
    let insider: Insider | null = null;
    const connection = new Connection(url, nodeTransport(), clock, random, {
      challenged: (c) => greeted(c),
      lost: () => {},
      pushed: (_log, entry) => void insider?.pushed(entry),
      headed: () => {},
      behind: () => {},
    });
    insider = new Insider(trust, engine, key, group, state, record.lastEntryId, connection);
    connection.start();
    const { nodeKey, nonce } = await challenge;
    const login = trust.make('login', { nodeKey, challenge: nonce, device: key.publicKey }, key);
    right(await connection.request({ case: 'hello', value: { version: 1, login: must(login) } }, 'welcomed'));
    const opened = right(await connection.request({ case: 'open', value: { log: group } }, 'opened'));
    insider.first = Number(opened.start?.seq ?? 0n);
    return insider;
  }

  close(): void {
    this.connection.stop();
    this.state.dispose();
    this.key.dispose();
  }

  get device(): string {
    return toHex(this.key.publicKey);
  }

  async entries(): Promise<wire.Entry[]> {
    const all: wire.Entry[] = [];
    for (;;) {
      const value = { log: this.group, after: BigInt(this.first + all.length), limit: 256 };
      const { entries } = right(await this.connection.request({ case: 'fetch', value }, 'entries'));
      if (entries.length === 0) return all;
      all.push(...entries);
    }
  }
  leafOf(person: Person): number {
    const device = person.state.me?.device ?? '';
    const leaf = this.engine.members(this.state).find((m) => toHex(m.device) === device);
    if (leaf === undefined) throw new Error(`${person.name} is not in the group`);
    return leaf.index;
  }

  /** A commit that the node orders, with a fault; this member goes on from it. */
  async commit(fault: Fault, victim = 0, asked: Partial<CommitRequest> = {}, welcomed?: wire.JoinEntry): Promise<void> {
    const request = { data: encodeProofs([], Date.now(), nothingSeen), ...asked };
    const made = take(this.engine.faultyCommit(this.state, this.key, request, fault, victim));
    const { commit, groupInfo, welcome, pending } = made;
    const account = welcomed && this.engine.readKeyPackage(welcomed.keyPackage);
    const welcomes =
      welcomed && account?.ok ? [{ device: welcomed.device, account: account.value.account, welcome }] : [];
    const value = { group: this.group, entryId: BigInt(++this.entryId), commit, groupInfo, welcomes };
    right(await this.connection.request({ case: 'commit', value }, 'appended'));
    this.state.dispose();
    this.state = pending;
  }

  /** Answers the newest join request. */
  async admit(fault: Fault, victim = 0): Promise<void> {
    const asked = (await this.entries()).findLast((e) => e.kind === wire.EntryKind.JOIN_REQUEST);
    if (asked === undefined) throw new Error('nobody asks to join');
    const join = fromBinary(wire.JoinEntrySchema, asked.payload);
    const { voucher, joinRequest, keyPackage } = join;
    const { keyPackageRef } = take(this.engine.readKeyPackage(keyPackage));
    const data = encodeProofs([{ voucher, joinRequest, keyPackageRef }], Date.now(), nothingSeen);
    await this.commit(fault, victim, { adds: [keyPackage], data }, join);
  }

  private async pushed(entry: wire.Entry): Promise<void> {
    if ((!this.refusesAll && !this.refusesNext) || entry.kind !== wire.EntryKind.COMMIT) return;
    this.refusesNext = false;
    const { trust } = this;
    const commit = trust.sha256(entry.payload);
    const refusal = must(
      trust.make('refusal', { group: this.group, epoch: BigInt(this.state.epoch), commit, reason: 1 }, this.key),
    );
    const value = { group: this.group, entryId: BigInt(this.entryId + 1), refusal };
    const answer = await this.connection.request({ case: 'refuse', value }, 'appended');
    if (!answer.ok) return;
    this.entryId++;
    this.refused++;
  }
}

function right<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  return answer.value;
}
