// The core as the page knows it (api/boundary.ts): everything is built here, in order, and nowhere else.
import type {
  AlertFields,
  Connection as ConnectionState,
  Core,
  CoreEvent,
  Message,
  TrustWarning,
  Unit,
} from '../api/boundary.js';
import { decimalCode } from '../mls/safety.js';
import type * as wire from '../schema/wire';
import { Acting } from './acting.js';
import { toHex } from './bytes.js';
import { Chain } from './chain.js';
import { Connection } from './connection.js';
import { Display } from './display.js';
import type { CoreEnvironment } from './env.js';
import { CommandFailure } from './failure.js';
import { Groups } from './groups.js';
import { Identity } from './identity.js';
import { Join, type Preview, type Session } from './join.js';
import { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { Outbox } from './outbox.js';
import { Batch, type GroupRecord, waitingFrom } from './store.js';
import { Follower } from './sync.js';
import { buildState, previewView } from './view.js';

class CoreNode implements Core, Session {
  challenge: wire.Challenge | null = null;
  identity: Identity | null = null;
  loggedIn = false;

  private readonly display: Display;
  private readonly kernel: Kernel;
  private readonly connection: Connection;
  private readonly follower: Follower;
  private readonly groups: Groups;
  private readonly outbox: Outbox;
  private readonly joining: Join;
  private readonly chain: Chain;
  private readonly acting: Acting;
  private connectionState: ConnectionState = 'starting';
  private warning: TrustWarning | null = null;
  private preview: Preview | null = null;
  private alertsRead = new Set<string>();
  /** One run of `meet` at a time; asked again while it runs, it runs once more. */
  private meeting: 'no' | 'yes' | 'again' = 'no';

  constructor(private readonly env: CoreEnvironment) {
    this.display = new Display(
      env.store,
      () => this.groups,
      () => (this.identity ? toHex(this.identity.account.publicKey) : ''),
      () => this.state(),
    );
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
      headed: (log, head) => this.follower.headed(log, head),
      behind: (log) => this.follower.behind(log),
    });
    this.follower = new Follower(this.connection, env.clock);
    this.chain = new Chain(this.kernel, this.follower, {
      learned: (alert) => {
        this.changed();
        void this.learned();
        if (alert?.real) this.emitAlert(alert.body);
      },
      warn: (kind, detail) => this.warn(kind, detail),
    });
    this.groups = new Groups(
      this.kernel,
      {
        messages: (group, messages) => void this.display.messages(group, messages),
        work: (group) => void this.outbox.pump(group),
        forked: (_group, detail) => this.warn('forked', detail),
        handedBack: (group) => this.outbox.handedBack(group),
      },
      () => this.chain.nodeKeys(),
      () => this.identity?.own ?? null,
    );
    this.outbox = new Outbox(
      this.kernel,
      this.groups,
      this.connection,
      this.follower,
      () => this.loggedIn,
      (group, messages) => void this.display.messages(group, messages),
    );
    this.joining = new Join(
      this.kernel,
      this.connection,
      this.follower,
      this.groups,
      this.outbox,
      this,
      () => this.chain.nodeKeys(),
      () => (this.chain.nodeKeys().length > 0 ? this.chain.nodeId : null),
      (account, node, unit) => this.chain.official?.leads(account, node, unit) ?? false,
    );
    this.acting = new Acting(this.kernel, this.connection, this.chain, this.groups, this.outbox, env.linkBase);
  }

  async start(): Promise<void> {
    const { store, trust, clock } = this.env;
    this.alertsRead = new Set((await store.meta('alertsRead')) ?? []);
    const identity = await store.meta('identity');
    if (identity !== undefined) this.identity = Identity.load(trust, identity);
    await this.groups.load();
    await this.joining.load();
    for (const id of this.groups.records.keys()) await this.display.summarise(id);
    await this.chain.load();
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
    void this.kernel.lock(async () => this.groups.close());
  }

  subscribe(listener: (event: CoreEvent) => void): () => void {
    return this.display.subscribe(listener);
  }

  // --- Commands ---

  async openLink(fragment: string): Promise<void> {
    const preview = this.joining.read(fragment);
    if (preview === undefined) {
      this.joining.state = { step: 'failed', reason: 'malformed-link' };
      this.changed();
      throw new CommandFailure('invalid', 'not a link of Xóm');
    }
    if (!(await this.chain.pin(preview.link.root))) {
      this.joining.state = { step: 'failed', reason: 'wrong-root' };
      this.changed();
      throw new CommandFailure('wrong-root', 'the link names another root than the pinned one');
    }
    this.preview = preview;
    this.showPreview();
    this.changed();
    if (this.chain.nodeId === null) void this.meet();
  }

  async join(name: string): Promise<void> {
    const { preview } = this;
    if (preview === null) throw new CommandFailure('invalid', 'no link was opened');
    const checked = this.checkedName(name);
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

  createGroup(unit: string): Promise<{ group: string }> {
    return this.acting.createGroup(this.identity, unit);
  }

  async makeVoucher(group: string, household: string, days: number = limits.voucherDays) {
    return this.acting.makeVoucher(this.identity, group, household, days);
  }

  async sendText(group: string, text: string): Promise<{ id: string }> {
    const checked = text.normalize('NFC').trim();
    if (checked === '' || checked.length > limits.text) throw new CommandFailure('invalid', 'length of the text');
    if (this.groups.record(group) === undefined) throw new CommandFailure('not-found', 'no such group');
    return { id: await this.outbox.text(group, checked) };
  }

  async saveDraft(group: string, text: string): Promise<void> {
    await this.edit(group, { draft: text.slice(0, limits.draft) });
  }

  async markRead(group: string): Promise<void> {
    const cursor = this.groups.record(group)?.cursor?.seq ?? 0;
    await this.edit(group, { readUpTo: cursor });
    await this.display.summarise(group);
    this.changed();
  }

  async markAlertRead(id: string): Promise<void> {
    this.alertsRead.add(id);
    await this.env.store.write(new Batch().meta('alertsRead', [...this.alertsRead].slice(-500)));
    this.changed();
  }

  publishAlert(fields: AlertFields): Promise<{ id: string; sent: number }> {
    return this.acting.publishAlert(this.identity, fields);
  }

  async listUnits(): Promise<readonly Unit[]> {
    const { official, nodeId } = this.chain;
    if (official === null || nodeId === null) return [];
    return official.verifier.units(nodeId).map(({ unit, parent, level, name }) => ({ id: unit, parent, level, name }));
  }

  async messages(group: string, limit: number, before?: string): Promise<readonly Message[]> {
    const { store } = this.env;
    const at = before === undefined ? undefined : await store.message(group, before);
    const records = await store.messages(group, Math.min(limit, 500), at?.order ?? waitingFrom * 2);
    return records.map((m) => this.display.view(m));
  }

  async setName(name: string): Promise<void> {
    const { identity } = this;
    if (identity === null) throw new CommandFailure('not-found', 'no account');
    const own = toHex(identity.account.publicKey);
    const known = this.groups.profiles.get(own)?.version ?? 1;
    const next = identity.renamed(this.env.trust, this.checkedName(name), known + 1);
    const profile = { account: own, name: next.record.name, version: known + 1, statement: next.record.profile };
    await this.env.store.write(new Batch().meta('identity', next.record).profile(profile));
    this.identity = next;
    this.groups.profiles.set(own, profile);
    for (const id of this.groups.records.keys()) await this.outbox.profiles(id, [profile.statement]);
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
    try {
      do {
        this.meeting = 'yes';
        await this.meetOnce();
      } while ((this.meeting as string) === 'again');
    } finally {
      this.meeting = 'no';
    }
  }

  private async meetOnce(): Promise<void> {
    const { challenge } = this;
    const { official } = this.chain;
    if (challenge === null || official === null) return;
    await official.sync(this.connection, this.follower);
    if (this.challenge !== challenge || this.chain.official !== official) return;
    if (!(await this.chain.recognise(challenge))) {
      if (await this.chain.giveUp()) {
        this.preview = null;
        return this.joining.fail('wrong-root');
      }
      // A ward whose certificate has not arrived yet: nothing would tell us when it does.
      if (this.warning === null)
        this.env.clock.after(limits.recogniseAgain, () => {
          if (this.challenge === challenge && this.chain.nodeKeys().length === 0) void this.meet();
        });
      return;
    }
    if (this.preview !== null) this.showPreview();
    this.changed();
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

  private async learned(): Promise<void> {
    const { identity } = this;
    const { official, nodeId } = this.chain;
    if (identity !== null && official !== null)
      await this.joining.learned(official.offices(identity.account.publicKey).length > 0);
    // The certificate of this node may have come just now.
    if (nodeId === null && this.challenge !== null && official?.node(this.challenge.nodeId) !== undefined)
      void this.meet();
    else if (!this.loggedIn && this.challenge !== null && this.chain.nodeKeys().length > 0 && this.meeting === 'no')
      void this.meet();
  }

  // --- Showing ---

  private showPreview(): void {
    if (this.preview !== null) this.joining.state = previewView(this.preview, this.chain.official, this.chain.nodeId);
  }

  private state() {
    return buildState({
      connection: this.connectionState,
      official: this.chain.official,
      pinnedRoot: this.chain.pinnedRoot,
      nodeId: this.chain.nodeId,
      identity: this.identity,
      groups: this.groups,
      engine: this.env.engine,
      summaries: this.display.summaries,
      join: this.joining.state,
      alertsRead: this.alertsRead,
      warning: this.warning,
    });
  }

  private changed(): void {
    this.display.changed();
  }
  private emitAlert(body: Uint8Array): void {
    const alert = this.env.trust.readBody('alert', body);
    // One that has ended already is read, not rung.
    if (alert.ok && alert.value.expires > this.env.clock.now())
      this.display.emit({ type: 'alert', id: toHex(alert.value.id) });
  }
  private warn(kind: TrustWarning['kind'], detail: string): void {
    this.warning ??= { kind, detail };
    this.changed();
  }

  private checkedName(name: string): string {
    const checked = name.normalize('NFC').trim();
    if (checked === '' || checked.length > limits.name || !this.env.trust.isAllowedText(checked))
      throw new CommandFailure('invalid', 'name');
    return checked;
  }
  private async edit(group: string, change: Partial<GroupRecord>): Promise<void> {
    await this.kernel.lock(async () => {
      const record = this.groups.record(group);
      if (record === undefined) throw new CommandFailure('not-found', 'no such group');
      await this.groups.put({ ...record, ...change }, null, new Batch());
    });
  }
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
