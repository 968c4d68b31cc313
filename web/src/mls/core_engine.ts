// Engine on the trusted core's own MLS (protocol/mls, by protocol/wasm/groups.cpp), in the module that `trust` loaded.
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as schema from '../schema/generated/core_pb';
import {
  type Answered,
  borderOf,
  type Core,
  handleOf,
  type Key,
  type Module,
  must,
  nameOfError,
  type Result,
  type TrustError,
} from '../trust';
import type {
  AddedLeaf,
  CommitFacts,
  CommitRequest,
  DeviceIdentity,
  Engine,
  GroupState,
  Leaf,
  MlsError,
  MlsResult,
  NewCommit,
  NewKeyPackage,
  Opened,
  StateRecord,
} from './engine.js';
import { limits } from './engine.js';
import { identityDecrypt, identityEncrypt } from './identity.js';

/** Set by the bundler; written out at each use, so that a normal build drops the branch and what it calls. */
declare const __IDENTITY_CRYPTO__: boolean;

const none = new Uint8Array();
const hour = 3600;

/** Names of the module's functions that Xóm's policy judges; the tests' module has others without it. */
export interface Judged {
  readonly commit: string;
  readonly process: string;
  readonly reenter: string;
}
const judgedByPolicy: Judged = {
  commit: 'xom_group_commit',
  process: 'xom_group_process',
  reenter: 'xom_group_reenter',
};

function errorOf(e: TrustError): MlsError {
  const detail = e.message;
  switch (e.name) {
    case 'stale_epoch':
      return { code: 'past-epoch', detail };
    case 'unavailable':
      return { code: 'future-epoch', detail };
    case 'too_large':
      return { code: 'too-large', detail };
    case 'untrusted':
    case 'not_permitted':
    case 'expired':
    case 'spent':
    case 'revoked':
      return { code: 'refused', detail };
    default:
      return { code: 'invalid', detail };
  }
}
function refuse<T>(code: MlsError['code'], detail: string): MlsResult<T> {
  return { ok: false, error: { code, detail } };
}
function map<A, B>(result: Result<A>, f: (value: A) => B): MlsResult<B> {
  return result.ok ? { ok: true, value: f(result.value) } : { ok: false, error: errorOf(result.error) };
}
const encode = <D extends DescMessage>(desc: D, value: MessageInitShape<D>): Uint8Array =>
  toBinary(desc, create(desc, value));

function leafOf(m: schema.GroupLeaf | undefined): Leaf {
  if (m === undefined) throw new Error('the core left out a part of its answer');
  return { index: m.index, account: m.identity, device: m.signatureKey, extension: m.facts };
}
function addedOf(m: schema.AddedLeaf): AddedLeaf {
  const { index: _, ...leaf } = leafOf(m.leaf);
  return { ...leaf, keyPackageRef: m.ref, notBefore: Number(m.notBefore), notAfter: Number(m.notAfter) };
}

const isTooLarge = (message: Uint8Array | undefined) => (message?.length ?? 0) > limits.message;

function openedOf(m: schema.OpenedMessage, members: readonly Leaf[]): MlsResult<Opened> {
  if (m.error !== 0) {
    const { error: code, errorMessage: message, errorDetail: detail } = m;
    return { ok: false, error: errorOf({ code, name: nameOfError(code), message, detail }) };
  }
  const sender = members.find((leaf) => leaf.index === m.sender);
  return sender === undefined
    ? refuse('invalid', 'no such leaf')
    : { ok: true, value: { sender, plaintext: m.plaintext } };
}

/** What all states of one epoch share, read when it is asked for. */
interface Epoch {
  readonly standing: schema.GroupStanding;
  members?: readonly Leaf[];
}

class State implements GroupState {
  private disposed = false;
  constructor(
    private readonly module: Module,
    private readonly address: number,
    readonly shared: Epoch,
  ) {}
  get group(): Uint8Array {
    return this.shared.standing.group;
  }
  get epoch(): number {
    return Number(this.shared.standing.epoch);
  }
  get self(): number {
    return this.shared.standing.self;
  }
  get handle(): number {
    if (this.disposed) throw new Error('the state was disposed of');
    return this.address;
  }
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.module.release('xom_group_free', this.address);
  }
}
const inner = (state: GroupState): State => state as State;

export class CoreEngine implements Engine {
  constructor(
    private readonly module: Module,
    private readonly judged: Judged = judgedByPolicy,
  ) {}

  makeKeyPackage(identity: DeviceIdentity, extension: Uint8Array, now: number): NewKeyPackage {
    const request = this.leaf(identity, extension, now);
    const { bytes } = must(this.module.call('xom_key_package_make', handleOf(identity.key, this.module), request));
    const { keyPackage, ref, secret } = fromBinary(schema.NewKeyPackageSchema, bytes);
    return { keyPackage, ref, secret };
  }

  readKeyPackage(message: Uint8Array): MlsResult<AddedLeaf> {
    if (message.length > limits.commit) return refuse('too-large', 'KeyPackage');
    return map(this.module.call('xom_key_package_read', message), ({ bytes }) =>
      addedOf(fromBinary(schema.AddedLeafSchema, bytes)),
    );
  }

  createGroup(
    group: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    policy: Uint8Array,
    now: number,
  ): { state: GroupState; groupInfo: Uint8Array } {
    const request = this.leaf(identity, extension, now);
    const key = handleOf(identity.key, this.module);
    const state = this.state(must(this.module.call('xom_group_found', key, group, request, policy)).detail);
    return { state, groupInfo: must(this.module.call('xom_group_info', state.handle, key)).bytes };
  }

  joinByWelcome(welcome: Uint8Array, own: NewKeyPackage): MlsResult<GroupState> {
    if (welcome.length > limits.welcome) return refuse('too-large', 'Welcome');
    return map(this.module.call('xom_group_join', welcome, own.keyPackage, own.secret), (a) => this.state(a.detail));
  }

  commit(state: GroupState, key: Key, request: CommitRequest): MlsResult<NewCommit> {
    return this.commitBy(this.judged.commit, state, key, request);
  }

  protected commitBy(
    name: string,
    state: GroupState,
    key: Key,
    { adds = [], removes = [], update = false, data }: CommitRequest,
    ...more: readonly number[]
  ): MlsResult<NewCommit> {
    const asked = encode(schema.CommitRequestSchema, {
      adds: [...adds],
      removes: removes.map((index) => ({ index })),
      path: update,
      authenticatedData: data,
    });
    return map(this.module.call(name, inner(state).handle, handleOf(key, this.module), asked, ...more), (a) =>
      this.made(a),
    );
  }

  reenter(
    base: GroupState | null,
    commits: readonly Uint8Array[],
    groupInfo: Uint8Array,
    identity: DeviceIdentity,
    extension: Uint8Array,
    data: Uint8Array,
  ): MlsResult<NewCommit> {
    if (groupInfo.length > limits.welcome) return refuse('too-large', 'GroupInfo');
    if (commits.length > limits.followed) return refuse('too-large', 'commits');
    const request = encode(schema.ReentryRequestSchema, {
      identity: identity.account,
      facts: extension,
      authenticatedData: data,
      commits: [...commits],
    });
    const handle = base === null ? 0 : inner(base).handle;
    const answer = this.module.call(
      this.judged.reenter,
      handle,
      groupInfo,
      handleOf(identity.key, this.module),
      request,
    );
    if (!answer.ok && answer.error.name === 'not_found') return refuse('not-a-member', answer.error.message);
    return map(answer, (a) => this.made(a));
  }

  process(state: GroupState, commit: Uint8Array): MlsResult<{ state: GroupState | null; facts: CommitFacts }> {
    if (commit.length > limits.commit) return refuse('too-large', 'commit');
    const answer = this.module.call(this.judged.process, inner(state).handle, commit);
    if (!answer.ok) return { ok: false, error: errorOf(answer.error) };
    const next = answer.value.detail === 0n ? null : this.state(answer.value.detail);
    const m = fromBinary(schema.ProcessedSchema, answer.value.bytes);
    if (m.proposal) {
      next?.dispose();
      return refuse('refused', 'a proposal by itself');
    }
    const facts = {
      committer: leafOf(m.committer),
      adds: m.added.map(addedOf),
      removes: m.removed.map(leafOf),
      authenticatedData: m.authenticatedData,
    };
    return { ok: true, value: { state: next, facts } };
  }

  encrypt(state: GroupState, key: Key, plaintext: Uint8Array): MlsResult<{ state: GroupState; message: Uint8Array }> {
    const { handle, shared } = inner(state);
    return map(
      this.module.call('xom_group_encrypt', handle, handleOf(key, this.module), plaintext, none),
      ({ bytes, detail }) => ({
        state: new State(this.module, Number(detail), shared),
        message: __IDENTITY_CRYPTO__ ? identityEncrypt(bytes, state.self, plaintext) : bytes,
      }),
    );
  }

  decrypt(state: GroupState, messages: readonly Uint8Array[]): { state: GroupState; opened: MlsResult<Opened>[] } {
    if (__IDENTITY_CRYPTO__) return identityDecrypt(messages, this.members(state), this.load(this.records(state)));
    const { shared } = inner(state);
    const members = this.members(state);
    const opened: MlsResult<Opened>[] = [];
    let next = inner(state);
    do {
      // What is too large is not handed over at all.
      const page = messages.slice(opened.length, opened.length + limits.page).map((m) => (isTooLarge(m) ? none : m));
      const request = encode(schema.MessagePageSchema, { messages: page });
      const answer = must(this.module.call('xom_group_decrypt_page', next.handle, request));
      if (next !== state) next.dispose();
      next = new State(this.module, Number(answer.detail), shared);
      const results = fromBinary(schema.OpenedPageSchema, answer.bytes).messages;
      const from = opened.length;
      for (const [i, m] of results.entries())
        opened.push(isTooLarge(messages[from + i]) ? refuse('too-large', 'message') : openedOf(m, members));
      // The module stops at a handshake, which is no message; what comes after it may be some.
      if (results.length < page.length) opened.push(refuse('invalid', 'a handshake in the place of a message'));
    } while (opened.length < messages.length);
    return { state: next, opened };
  }

  members(state: GroupState): readonly Leaf[] {
    const { shared } = inner(state);
    shared.members ??= fromBinary(
      schema.GroupLeavesSchema,
      must(this.module.call('xom_group_members', inner(state).handle)).bytes,
    ).leaves.map(leafOf);
    return shared.members;
  }
  policy(state: GroupState): Uint8Array {
    return inner(state).shared.standing.policy;
  }
  epochAuthenticator(state: GroupState): Uint8Array {
    return must(this.module.call('xom_group_authenticator', inner(state).handle)).bytes;
  }
  exportSecret(state: GroupState, label: string, context: Uint8Array, length: number): Uint8Array {
    const name = new TextEncoder().encode(label);
    return must(this.module.call('xom_group_export', inner(state).handle, name, context, length)).bytes;
  }

  records(state: GroupState, before?: GroupState): readonly StateRecord[] {
    const old = before === undefined ? 0 : inner(before).handle;
    const { bytes } = must(this.module.call('xom_group_records', inner(state).handle, old));
    return fromBinary(schema.StateRecordsSchema, bytes).records.map(({ kind, index, value }) => ({
      kind,
      index,
      value,
    }));
  }
  load(records: readonly StateRecord[]): MlsResult<GroupState> {
    const bytes = encode(schema.StateRecordsSchema, { records: records.map((r) => ({ ...r })) });
    return map(this.module.call('xom_group_load', bytes), (a) => this.state(a.detail));
  }

  private made({ bytes, detail }: Answered): NewCommit {
    const { commit, groupInfo, welcome } = fromBinary(schema.NewCommitSchema, bytes);
    return { pending: this.state(detail), commit, groupInfo, welcome };
  }

  private state(detail: bigint): State {
    const handle = Number(detail);
    const standing = fromBinary(schema.GroupStandingSchema, must(this.module.call('xom_group_standing', handle)).bytes);
    return new State(this.module, handle, { standing });
  }

  private leaf(identity: DeviceIdentity, extension: Uint8Array, now: number): Uint8Array {
    const start = Math.floor(now / 1000) - hour;
    return encode(schema.LeafRequestSchema, {
      identity: identity.account,
      facts: extension,
      notBefore: BigInt(start),
      notAfter: BigInt(start + limits.lifetimeSpan),
    });
  }
}

/** Stands on the module instance of `core`. */
export function makeEngine(core: Core): Engine {
  return new CoreEngine(borderOf(core));
}
