// The core as the page knows it (api/boundary.ts): everything is built here, in order, and nowhere else.
import type {
  AlertFields,
  CommandError,
  CommandErrorCode,
  Connection as ConnectionState,
  Core,
  CoreEvent,
  Message,
  State,
  TrustWarning,
  Unit,
} from '../api/boundary.js';
import { emptyState } from '../api/boundary.js';
import type { Engine } from '../mls/engine.js';
import { decimalCode } from '../mls/safety.js';
import type * as wire from '../schema/wire';
import { offices, type Core as Trust } from '../trust/types.js';
import { alertOf, checkingAlerts, officeKinds } from './alerts.js';
import { equal, fromHex, toHex } from './bytes.js';
import { Connection, code, type WireError } from './connection.js';
import type { Clock, Random, Transport } from './env.js';
import { Groups } from './groups.js';
import { Identity } from './identity.js';
import { Join, type Preview, type Session } from './join.js';
import { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { makeLink } from './links.js';
import { OfficialLogs } from './official.js';
import { Outbox } from './outbox.js';
import { encodeLeaf, encodePolicy } from './policy.js';
import { Batch, type GroupRecord, type MessageRecord, type Store, waitingFrom } from './store.js';
import { Follower } from './sync.js';
import { buildState, messageView, type Summary } from './view.js';

export interface CoreEnvironment {
  readonly url: string;
  /** "https://host/": what stands in front of '#' in links that are made here. */
  readonly linkBase: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly engine: Engine;
  readonly trust: Trust;
}

/** A command's refusal, as it crosses the boundary. */
export class CommandFailure extends Error implements CommandError {
  constructor(
    readonly code: CommandErrorCode,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}
function failureOf(error: WireError): CommandFailure {
  const codes: Readonly<Record<number, CommandErrorCode>> = {
    [code.lost]: 'offline',
    [code.unavailable]: 'unavailable',
    [code.rateLimited]: 'unavailable',
    [code.notPermitted]: 'not-permitted',
    [code.unauthenticated]: 'not-permitted',
    22: 'not-permitted', // untrusted
    [code.notFound]: 'not-found',
    [code.expired]: 'expired',
    [code.spent]: 'spent',
    [code.internal]: 'internal',
  };
  return new CommandFailure(codes[error.code] ?? 'invalid', error.message);
}

class CoreNode implements Core, Session {
  challenge: wire.Challenge | null = null;
  identity: Identity | null = null;
  loggedIn = false;

  private readonly listeners = new Set<(event: CoreEvent) => void>();
  private readonly kernel: Kernel;
  private readonly connection: Connection;
  private readonly follower: Follower;
  private readonly groups: Groups;
  private readonly outbox: Outbox;
  private readonly joining: Join;
  private official: OfficialLogs | null = null;
  private pinnedRoot: Uint8Array | null = null;
  /** The node that this client belongs to: kept, so that another one at its address is noticed. */
  private nodeId: Uint8Array | null = null;
  private connectionState: ConnectionState = 'starting';
  private warning: TrustWarning | null = null;
  private preview: Preview | null = null;
  private alertsRead = new Set<string>();
  private readonly summaries = new Map<string, Summary>();
  private stateDue = false;
  /** One run of `meet` at a time; asked again while it runs, it runs once more. */
  private meeting: 'no' | 'yes' | 'again' = 'no';

  constructor(private readonly env: CoreEnvironment) {
    this.kernel = new Kernel(env.store, env.trust, env.engine, env.clock, env.random, () => this.changed());
    this.connection = new Connection(env.url, env.transport, env.clock, env.random, {
      challenged: (challenge) => {
        this.challenge = challenge;
        this.connectionState = 'online';
        this.changed();
        void this.meet();
      },
      lost: () => {
        this.challenge = null;
        this.loggedIn = false;
        this.connectionState = 'offline';
        this.follower.lost();
        this.changed();
      },
      pushed: (log, entry, head) => this.follower.pushed(log, entry, head),
      behind: (log) => this.follower.behind(log),
    });
    this.follower = new Follower(this.connection);
    this.groups = new Groups(
      this.kernel,
      {
        messages: (group, messages) => void this.showMessages(group, messages),
        work: (group) => void this.outbox.pump(group),
        forked: (_group, detail) => this.warn('forked', detail),
      },
      () => this.nodeKeys(),
      () => this.identity && { account: this.identity.account.publicKey, device: this.identity.device.publicKey },
    );
    this.outbox = new Outbox(
      this.kernel,
      this.groups,
      this.connection,
      this.follower,
      () => this.loggedIn,
      (group, messages) => void this.showMessages(group, messages),
    );
    this.joining = new Join(
      this.kernel,
      this.connection,
      this.follower,
      this.groups,
      this.outbox,
      this,
      () => this.nodeKeys(),
      () => (this.nodeKeys().length > 0 ? this.nodeId : null),
    );
  }

  async start(): Promise<void> {
    const { store, trust, clock } = this.env;
    this.pinnedRoot = (await store.meta('pinnedRoot')) ?? null;
    this.nodeId = (await store.meta('node'))?.id ?? null;
    this.alertsRead = new Set((await store.meta('alertsRead')) ?? []);
    const identity = await store.meta('identity');
    if (identity !== undefined) this.identity = Identity.load(trust, identity);
    await this.groups.load();
    await this.joining.load();
    for (const id of this.groups.records.keys()) await this.summarise(id);
    await this.openOfficial();
    this.changed();
    this.connection.start();
    // The browser may know before the socket does; until the first answer, waiting is 'starting'.
    clock.after(limits.reconnectFirst * 4, () => {
      if (this.connectionState === 'starting') this.connectionState = 'offline';
      this.changed();
    });
  }

  stop(): void {
    this.connection.stop();
    this.follower.lost();
    this.env.store.close();
  }

  subscribe(listener: (event: CoreEvent) => void): () => void {
    this.listeners.add(listener);
    listener({ type: 'state', state: this.state() });
    return () => this.listeners.delete(listener);
  }

  // --- Commands ---

  async openLink(fragment: string): Promise<void> {
    const preview = this.joining.read(fragment);
    if (preview === undefined) {
      this.joining.state = { step: 'failed', reason: 'malformed-link' };
      this.changed();
      throw new CommandFailure('invalid', 'not a link of Xóm');
    }
    if (this.pinnedRoot !== null && !equal(this.pinnedRoot, preview.link.root)) {
      this.joining.state = { step: 'failed', reason: 'wrong-root' };
      this.changed();
      throw new CommandFailure('wrong-root', 'the link names another root than the pinned one');
    }
    if (this.pinnedRoot === null) {
      await this.env.store.write(new Batch().meta('pinnedRoot', preview.link.root));
      this.pinnedRoot = preview.link.root;
      await this.openOfficial();
      void this.meet();
    }
    this.preview = preview;
    this.showPreview();
    this.changed();
  }

  async join(name: string): Promise<void> {
    const { preview } = this;
    if (preview === null) throw new CommandFailure('invalid', 'no link was opened');
    const checked = name.normalize('NFC').trim();
    if (checked === '' || checked.length > limits.name || !this.env.trust.isAllowedText(checked))
      throw new CommandFailure('invalid', 'name');
    if (preview.kind === 'group' && this.groups.record(toHex(preview.voucher.group)) !== undefined) {
      this.joining.state = { step: 'joined', group: toHex(preview.voucher.group) };
      this.preview = null;
      this.changed();
      return;
    }
    const expires = preview.kind === 'group' ? preview.voucher.expires : preview.invitation.expires;
    if (expires !== 0 && expires <= this.env.clock.now()) {
      await this.joining.fail('expired');
      throw new CommandFailure('expired', 'the link has expired');
    }
    this.preview = null;
    await this.joining.start(preview, checked);
  }

  async acceptInvitation(fragment: string, name: string): Promise<void> {
    await this.openLink(fragment);
    await this.join(name);
  }

  async createGroup(unit: string): Promise<{ group: string }> {
    const { engine, random, clock } = this.env;
    const { identity, nodeId } = this;
    if (identity === null || nodeId === null) throw new CommandFailure('not-permitted', 'no account');
    const leads = this.official
      ?.offices(identity.account.publicKey)
      .some((h) => h.appointment.office === offices.cellLeader && equal(h.node, nodeId));
    if (leads !== true) throw new CommandFailure('not-permitted', 'only a cell leader makes a group');
    const group = random(32);
    const policy = encodePolicy({
      version: 1n,
      authority: nodeId,
      unit,
      leaders: [identity.account.publicKey],
      vouchersFromEpoch: 0n,
    });
    const extension = encodeLeaf({ deviceList: identity.record.deviceList });
    const made = await engine.createGroup(group, identity.mls, extension, policy, clock.now());
    const record: GroupRecord = {
      id: toHex(group),
      unit,
      state: engine.save(made.state),
      epoch: made.state.epoch,
      cursor: null,
      joinedAt: 0,
      lastEntryId: 0,
      pending: null,
      creating: made.groupInfo,
      draft: '',
      readUpTo: 0,
    };
    await this.kernel.lock(() => this.groups.put(record, made.state, new Batch()));
    await this.outbox.pump(record.id);
    return { group: record.id };
  }

  async makeVoucher(group: string, household: string, days: number = limits.voucherDays) {
    const { trust, clock } = this.env;
    const { identity, pinnedRoot } = this;
    const record = this.groups.record(group);
    if (identity === null || pinnedRoot === null || record === undefined)
      throw new CommandFailure('not-found', 'no such group');
    const oneTime = trust.generateKey();
    try {
      const expires = clock.now() + days * 24 * 3600 * 1000;
      const voucher = trust.make(
        'voucher',
        {
          group: fromHex(group) as Uint8Array,
          key: oneTime.publicKey,
          household: household.normalize('NFC'),
          mostDevices: 1,
          issuedEpoch: BigInt(record.epoch),
          expires,
          inviter: identity.account.publicKey,
        },
        identity.device,
        identity.record.deviceList,
      );
      if (!voucher.ok) throw new CommandFailure('invalid', voucher.error.message);
      const link = makeLink({ kind: 'group', root: pinnedRoot, seed: oneTime.seed(), statement: voucher.value });
      return { link: `${this.env.linkBase}#${link}`, expires };
    } finally {
      oneTime.dispose();
    }
  }

  async sendText(group: string, text: string): Promise<{ id: string }> {
    const checked = text.normalize('NFC').trim();
    if (checked === '' || checked.length > limits.text) throw new CommandFailure('invalid', 'length of the text');
    if (this.groups.record(group) === undefined) throw new CommandFailure('not-found', 'no such group');
    return { id: await this.outbox.text(group, checked) };
  }

  async saveDraft(group: string, text: string): Promise<void> {
    await this.edit(group, { draft: text.slice(0, limits.text) });
  }

  async markRead(group: string): Promise<void> {
    const cursor = this.groups.record(group)?.cursor?.seq ?? 0;
    await this.edit(group, { readUpTo: cursor });
    await this.summarise(group);
    this.changed();
  }

  async markAlertRead(id: string): Promise<void> {
    this.alertsRead.add(id);
    await this.env.store.write(new Batch().meta('alertsRead', [...this.alertsRead].slice(-500)));
    this.changed();
  }

  async publishAlert(fields: AlertFields): Promise<{ id: string; sent: number }> {
    const { trust, random, clock } = this.env;
    const { identity, official } = this;
    if (identity === null || official === null) throw new CommandFailure('not-permitted', 'no account');
    const held = official.offices(identity.account.publicKey).find((h) => h.appointment.office === offices.publisher);
    if (held === undefined) throw new CommandFailure('not-permitted', 'only a publisher speaks for a node');
    const log = trust.officialLog(held.node);
    const id = random(16);
    const now = clock.now();
    const alert = alertOf(fields, held.node, log, id, now);
    if (alert === undefined) throw new CommandFailure('invalid', 'the alert that it replaces');
    const statement = trust.make('alert', alert, identity.device, identity.record.deviceList);
    if (!statement.ok) throw new CommandFailure('invalid', statement.error.message);
    // What every browser would refuse is not sent at all.
    const verdict = official.verifier.check(log, statement.value, official.now());
    if (verdict.ok && !verdict.value.official) throw new CommandFailure('not-permitted', verdict.value.refusal.message);
    const answer = await this.connection.request({ case: 'submit', value: { statement: statement.value } }, 'appended');
    if (!answer.ok) throw failureOf(answer.error);
    return { id: toHex(id), sent: now };
  }

  async listUnits(): Promise<readonly Unit[]> {
    if (this.official === null || this.nodeId === null) return [];
    return this.official.verifier
      .units(this.nodeId)
      .map(({ unit, parent, level, name }) => ({ id: unit, parent, level, name }));
  }

  async messages(group: string, limit: number, before?: string): Promise<readonly Message[]> {
    const { store } = this.env;
    const at = before === undefined ? undefined : await store.message(group, before);
    const records = await store.messages(group, Math.min(limit, 500), at?.order ?? waitingFrom * 2);
    return records.map((m) => this.view(m));
  }

  async setName(name: string): Promise<void> {
    const { trust, store } = this.env;
    const { identity } = this;
    const checked = name.normalize('NFC').trim();
    if (identity === null) throw new CommandFailure('not-found', 'no account');
    if (checked === '' || checked.length > limits.name) throw new CommandFailure('invalid', 'name');
    const own = toHex(identity.account.publicKey);
    const version = (this.groups.profiles.get(own)?.version ?? 1) + 1;
    const made = trust.make(
      'profile',
      { account: identity.account.publicKey, version: BigInt(version), name: checked },
      identity.account,
    );
    if (!made.ok) throw new CommandFailure('invalid', made.error.message);
    const next = identity.with({ name: checked, profile: made.value });
    const profile = { account: own, name: checked, version, statement: made.value };
    await store.write(new Batch().meta('identity', next.record).profile(profile));
    this.identity = next;
    this.groups.profiles.set(own, profile);
    for (const id of this.groups.records.keys()) await this.outbox.profiles(id, [made.value]);
    this.changed();
  }

  async safetyCode(group: string): Promise<string> {
    const state = this.groups.state(group);
    if (state === undefined) throw new CommandFailure('not-found', 'no such group');
    return decimalCode(this.env.engine.epochAuthenticator(state));
  }

  // --- Meeting the node ---

  /** On a new connection, and whenever more became known: official words first, then who the node is, then the rest. */
  private async meet(): Promise<void> {
    if (this.meeting !== 'no') {
      this.meeting = 'again';
      return;
    }
    do {
      this.meeting = 'yes';
      await this.meetOnce();
    } while ((this.meeting as string) === 'again');
    this.meeting = 'no';
  }

  private async meetOnce(): Promise<void> {
    const { challenge, official } = this;
    if (challenge === null || official === null) return;
    await official.sync(this.connection, this.follower);
    if (this.challenge !== challenge || !(await this.recognise(challenge, official))) return;
    if (this.preview !== null) this.showPreview();
    await this.login(challenge);
    await this.joining.resume();
    if (!this.loggedIn) return;
    await this.joining.followInbox();
    await Promise.all(
      [...this.groups.records.values()]
        .filter((r) => r.creating === null)
        .map((r) => this.follower.follow(this.groups.reader(r.id))),
    );
    this.outbox.pumpAll();
    this.changed();
  }

  /** Is this the node of our chain? Nothing of it is believed before. */
  private async recognise(challenge: wire.Challenge, official: OfficialLogs): Promise<boolean> {
    if (this.nodeId !== null && !equal(this.nodeId, challenge.nodeId)) {
      this.warn('wrong-node', 'another node answers at this address');
      return false;
    }
    if (official.node(challenge.nodeId) === undefined) return false; // not certified (yet)
    if (!official.verifier.isNodeKey(challenge.nodeId, challenge.nodeKey)) {
      this.warn('wrong-node', 'the node’s key is not the certified one');
      return false;
    }
    if (this.nodeId === null) {
      await this.env.store.write(new Batch().meta('node', { id: challenge.nodeId }));
      this.nodeId = challenge.nodeId;
    }
    this.changed();
    return true;
  }

  private async login(challenge: wire.Challenge): Promise<void> {
    const { identity } = this;
    if (this.loggedIn || identity === null || !identity.record.registered) return;
    const login = this.env.trust.make(
      'login',
      { nodeKey: challenge.nodeKey, challenge: challenge.nonce, device: identity.device.publicKey },
      identity.device,
    );
    if (!login.ok) return;
    const answer = await this.connection.request(
      { case: 'hello', value: { version: 1, login: login.value } },
      'welcomed',
    );
    this.loggedIn = answer.ok;
  }

  private async openOfficial(): Promise<void> {
    if (this.pinnedRoot === null || this.official !== null) return;
    const official = await OfficialLogs.open(this.kernel, this.pinnedRoot, {
      learned: (alert) => {
        this.changed();
        void this.learned();
        if (alert !== null && alert.real) this.emitAlert(alert.body);
      },
      forked: (detail) => this.warn('forked', detail),
    });
    this.official = official ?? null;
    if (official === undefined) this.warn('no-trust', 'the pinned root is no fingerprint');
  }

  private async learned(): Promise<void> {
    const { identity, official, nodeId } = this;
    if (identity !== null && official !== null)
      await this.joining.learned(official.offices(identity.account.publicKey).length > 0);
    // The certificate of this node may have come just now.
    if (nodeId === null && this.challenge !== null && official?.node(this.challenge.nodeId) !== undefined)
      void this.meet();
    else if (!this.loggedIn && this.challenge !== null && this.nodeKeys().length > 0 && this.meeting === 'no')
      void this.meet();
  }

  private nodeKeys(): readonly Uint8Array[] {
    return (this.nodeId && this.official?.node(this.nodeId)?.nodeKeys) || [];
  }

  // --- Showing ---

  private showPreview(): void {
    const { preview, official, nodeId } = this;
    if (preview === null) return;
    const node = nodeId === null ? undefined : official?.node(nodeId);
    if (preview.kind === 'group')
      this.joining.state = {
        step: 'preview',
        kind: 'group',
        nodeName: node?.name ?? '',
        unitName: '',
        expires: preview.voucher.expires,
      };
    else
      this.joining.state = {
        step: 'preview',
        kind: 'invitation',
        nodeName: official?.node(preview.invitation.issuer)?.name ?? node?.name ?? '',
        unitName: preview.invitation.units[0] ?? '',
        office: officeKinds[preview.invitation.office],
        personName: preview.invitation.name,
        expires: preview.invitation.expires,
      };
  }

  private state() {
    return buildState({
      connection: this.connectionState,
      official: this.official,
      pinnedRoot: this.pinnedRoot,
      nodeId: this.nodeId,
      identity: this.identity,
      groups: this.groups,
      engine: this.env.engine,
      summaries: this.summaries,
      join: this.joining.state,
      alertsRead: this.alertsRead,
      warning: this.warning,
    });
  }

  /** Changes that come together make one event. */
  private changed(): void {
    if (this.stateDue) return;
    this.stateDue = true;
    queueMicrotask(() => {
      this.stateDue = false;
      this.emit({ type: 'state', state: this.state() });
    });
  }

  private emit(event: CoreEvent): void {
    for (const listener of this.listeners) listener(event);
  }
  private emitAlert(body: Uint8Array): void {
    const alert = this.env.trust.readBody('alert', body);
    if (alert.ok) this.emit({ type: 'alert', id: toHex(alert.value.id) });
  }
  private warn(kind: TrustWarning['kind'], detail: string): void {
    this.warning ??= { kind, detail };
    this.changed();
  }

  private view(m: MessageRecord): Message {
    return messageView(this.groups, m, this.identity && toHex(this.identity.account.publicKey));
  }
  private async showMessages(group: string, messages: readonly MessageRecord[]): Promise<void> {
    this.emit({ type: 'messages', group, messages: messages.map((m) => this.view(m)) });
    await this.summarise(group);
    this.changed();
  }
  private async summarise(group: string): Promise<void> {
    const { store } = this.env;
    const recent = await store.messages(group, 20, waitingFrom * 2);
    const own = this.identity ? toHex(this.identity.account.publicKey) : '';
    this.summaries.set(group, {
      last: recent.findLast((m) => m.event === undefined) ?? null,
      unread: await store.unread(group, this.groups.record(group)?.readUpTo ?? 0, own),
    });
  }
  private async edit(group: string, change: Partial<GroupRecord>): Promise<void> {
    await this.kernel.lock(async () => {
      const record = this.groups.record(group);
      if (record === undefined) throw new CommandFailure('not-found', 'no such group');
      await this.groups.put({ ...record, ...change }, null, new Batch());
    });
  }
}

/** What can be shown before the trusted core is loaded: stored alerts, marked as not decided yet. */
export async function storedPreview(store: Store, now: number): Promise<State> {
  const stored: Uint8Array[] = [];
  for (const log of await store.officialLogs())
    for (const e of await store.entries(log, 0, Number.MAX_SAFE_INTEGER)) stored.push(e.bytes);
  const pinned = await store.meta('pinnedRoot');
  return {
    ...emptyState,
    pinnedRoot: pinned === undefined ? null : toHex(pinned),
    alerts: checkingAlerts(stored, now),
  };
}

export interface RunningCore extends Core {
  stop(): void;
}

/** Opens what is stored, then connects; resolves when the stored state can be shown. */
export async function createCore(env: CoreEnvironment): Promise<RunningCore> {
  const core = new CoreNode(env);
  await core.start();
  return core;
}
