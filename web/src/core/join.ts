// The way into a group by voucher, and into an office by invitation. Every step is stored before it is taken, so that a reload
// goes on where it was; a voucher is spent only by `start`.
import type { JoinFailure, JoinState } from '../api/boundary.js';
import * as wire from '../schema/wire';
import type { Invitation, Voucher } from '../trust/types.js';
import { equal, fromHex, toHex } from './bytes.js';
import { type Connection, code, undecided, type WireError } from './connection.js';
import { Entering, type Joining } from './entering.js';
import type { Groups } from './groups.js';
import { Identity } from './identity.js';
import type { Kernel } from './kernel.js';
import { limits } from './limits.js';
import { type Link, readLink } from './links.js';
import type { Outbox } from './outbox.js';
import { encodeLeaf } from './policy.js';
import { Batch, type CursorRecord, type JoinRecord } from './store.js';
import type { Follower, Reader } from './sync.js';

export type Preview =
  | {
      readonly kind: 'group';
      readonly link: Link;
      readonly fragment: string;
      readonly id: Uint8Array;
      readonly voucher: Voucher;
    }
  | {
      readonly kind: 'invitation';
      readonly link: Link;
      readonly fragment: string;
      readonly id: Uint8Array;
      readonly invitation: Invitation;
    };

export interface Session {
  readonly challenge: wire.Challenge | null;
  identity: Identity | null;
  /** The device is logged in on this connection. */
  loggedIn: boolean;
}

function failureOf(error: WireError): JoinFailure | null {
  if (undecided(error)) return null;
  switch (error.code) {
    case code.expired:
      return 'expired';
    case code.spent:
      return 'spent';
    case code.revoked:
      return 'revoked';
    default:
      return 'refused';
  }
}

export class Join implements Joining {
  record: JoinRecord | null = null;
  state: JoinState = { step: 'none' };
  private sending = false;
  private inboxCursor: CursorRecord | null = null;
  private readonly entering: Entering;

  constructor(
    private readonly kernel: Kernel,
    private readonly connection: Connection,
    private readonly follower: Follower,
    private readonly groups: Groups,
    outbox: Outbox,
    private readonly session: Session,
    private readonly nodeKeys: () => readonly Uint8Array[],
    /** Identity of this node once the chain to it verified. */
    private readonly nodeId: () => Uint8Array | null,
    leads: (account: Uint8Array, node: Uint8Array, unit: string) => boolean,
  ) {
    this.entering = new Entering(kernel, connection, follower, groups, outbox, session, nodeId, leads, this);
  }

  async load(): Promise<void> {
    this.record = (await this.kernel.store.meta('join')) ?? null;
    const { record } = this;
    if (record === null) return;
    if (this.groups.record(record.group) !== undefined) return this.entering.load();
    if (record.kind === 'invitation') this.state = { step: 'waiting-appointment', since: record.since };
    else this.state = record.sent ? { step: 'waiting', since: record.since } : { step: 'registering' };
  }

  /** What a link says, verified as far as its own signatures go. */
  read(fragment: string): Preview | undefined {
    const { trust } = this.kernel;
    const link = readLink(fragment);
    if (link === undefined) return undefined;
    const key = trust.keyFromSeed(link.seed);
    if (!key.ok) return undefined;
    try {
      if (link.kind === 'group') {
        const opened = trust.verifyVoucher(link.statement);
        if (!opened.ok || !equal(opened.value.voucher.key, key.value.publicKey)) return undefined;
        return { kind: 'group', link, fragment, id: opened.value.id, voucher: opened.value.voucher };
      }
      const opened = trust.openSelfSigned('invitation', link.statement);
      if (!opened.ok || !equal(opened.value.value.key, key.value.publicKey)) return undefined;
      return { kind: 'invitation', link, fragment, id: opened.value.id, invitation: opened.value.value };
    } finally {
      key.value.dispose();
    }
  }

  /** Makes what is needed, stores it, and sends as far as the network allows. */
  async start(preview: Preview, name: string): Promise<void> {
    const { trust, engine, clock, store } = this.kernel;
    await this.entering.abandon();
    const identity = this.session.identity ?? Identity.make(trust, name);
    const key = trust.keyFromSeed(preview.link.seed);
    if (!key.ok) return this.fail('malformed-link');
    let record: JoinRecord;
    try {
      if (preview.kind === 'group') {
        const { group } = preview.voucher;
        const extension = encodeLeaf({ deviceList: identity.record.deviceList, voucher: preview.id });
        const keyPackage = engine.makeKeyPackage(identity.mls, extension, clock.now());
        const request = trust.make(
          'joinRequest',
          { group, voucher: preview.id, keyPackage: keyPackage.ref, account: identity.account.publicKey },
          key.value,
        );
        if (!request.ok) return this.fail('refused');
        const requested = (await store.meta('requested')) ?? {};
        record = {
          entryId: (requested[toHex(group)] ?? 0) + 1,
          kind: 'group',
          fragment: preview.fragment,
          group: toHex(group),
          since: clock.now(),
          keyPackage,
          joinRequest: request.value,
          sent: false,
        };
      } else {
        const request = trust.make(
          'officeRequest',
          {
            invitation: preview.id,
            account: identity.account.publicKey,
            deviceList: identity.record.deviceList,
            name,
          },
          key.value,
        );
        if (!request.ok) return this.fail('refused');
        record = {
          entryId: 0,
          kind: 'invitation',
          fragment: preview.fragment,
          group: '',
          since: clock.now(),
          keyPackage: null,
          joinRequest: request.value,
          sent: false,
        };
      }
    } finally {
      key.value.dispose();
    }
    const own = toHex(identity.account.publicKey);
    const profile = { account: own, name: identity.record.name, version: 1, statement: identity.record.profile };
    await store.write(new Batch().meta('identity', identity.record).meta('join', record).profile(profile));
    this.session.identity = identity;
    this.groups.profiles.set(own, profile);
    this.record = record;
    this.state = { step: 'registering' };
    this.kernel.changed();
    await this.resume();
  }

  /** Sends what a join under way still has to send; waits for the node to be reached and known. */
  async resume(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      await this.send();
    } finally {
      this.sending = false;
    }
  }

  /** Not decided: with the next connection, or on this one after a while. */
  private later(error: WireError): void {
    if (error.code !== code.lost) this.kernel.clock.after(limits.retryFirst, () => void this.resume());
  }

  private async send(): Promise<void> {
    const { record } = this;
    const { identity, challenge } = this.session;
    if (record === null || record.sent || identity === null || challenge === null || this.nodeId() === null) return;
    const preview = this.read(record.fragment);
    if (preview === undefined) return this.fail('malformed-link');
    if (!(await this.register(record, preview))) return;
    if (preview.kind === 'group') {
      const log = fromHex(record.group) as Uint8Array;
      const answer = await this.connection.request(
        {
          case: 'join',
          value: {
            group: log,
            entryId: BigInt(record.entryId),
            voucher: preview.link.statement,
            joinRequest: record.joinRequest,
            keyPackage: record.keyPackage?.keyPackage ?? new Uint8Array(),
            deviceList: identity.record.deviceList,
          },
        },
        'appended',
      );
      if (!answer.ok) {
        const failure = failureOf(answer.error);
        return failure === null ? this.later(answer.error) : this.fail(failure);
      }
    }
    const sent = { ...record, sent: true };
    const batch = new Batch().meta('join', sent);
    if (record.kind === 'group') {
      const requested = (await this.kernel.store.meta('requested')) ?? {};
      batch.meta('requested', { ...requested, [record.group]: record.entryId });
    }
    await this.kernel.store.write(batch);
    this.record = sent;
    this.state =
      record.kind === 'group'
        ? { step: 'waiting', since: record.since }
        : { step: 'waiting-appointment', since: record.since };
    this.kernel.changed();
    await this.followInbox();
  }

  /** The newest official words may hold the appointment that was waited for. */
  async learned(appointed: boolean): Promise<void> {
    if (this.record?.kind !== 'invitation' || !appointed) return;
    await this.kernel.store.write(new Batch().removeMeta('join'));
    this.record = null;
    this.state = { step: 'appointed' };
    this.kernel.changed();
  }

  async fail(reason: JoinFailure): Promise<void> {
    await this.kernel.store.write(new Batch().removeMeta('join'));
    this.record = null;
    this.state = { step: 'failed', reason };
    this.kernel.changed();
  }

  async followInbox(): Promise<void> {
    const { identity } = this.session;
    if (identity === null || !this.session.loggedIn) return;
    const log = this.kernel.trust.inboxLog(identity.device.publicKey);
    this.inboxCursor ??= (await this.kernel.store.cursor(toHex(log))) ?? null;
    await this.follower.follow(this.inbox(log));
    void this.entering.go();
  }

  private async register(record: JoinRecord, preview: Preview): Promise<boolean> {
    const { identity, challenge } = this.session;
    if (identity === null || challenge === null) return false;
    if (this.session.loggedIn && preview.kind === 'group') return true;
    const login = this.kernel.trust.make(
      'login',
      { nodeKey: challenge.nodeKey, challenge: challenge.nonce, device: identity.device.publicKey },
      identity.device,
    );
    if (!login.ok) return false;
    const answer = await this.connection.request(
      {
        case: 'register',
        value: {
          deviceList: identity.record.deviceList,
          login: login.value,
          right:
            preview.kind === 'group'
              ? { case: 'voucher', value: { voucher: preview.link.statement, joinRequest: record.joinRequest } }
              : { case: 'officeRequest', value: record.joinRequest },
        },
      },
      'welcomed',
    );
    if (!answer.ok) {
      const failure = failureOf(answer.error);
      if (failure !== null) await this.fail(failure);
      else this.later(answer.error);
      return false;
    }
    const registered = identity.with({ registered: true });
    await this.kernel.store.write(new Batch().meta('identity', registered.record));
    this.session.identity = registered;
    this.session.loggedIn = true;
    return true;
  }

  private inbox(log: Uint8Array): Reader {
    const key = toHex(log);
    return {
      log,
      cursor: () => this.inboxCursor,
      opened: async (answer) => {
        this.inboxCursor ??= {
          seq: Number(answer.start?.seq ?? 0n),
          hash: answer.start?.hash ?? new Uint8Array(32),
        };
      },
      take: async (entries) => {
        for (const entry of entries) {
          const at = this.inboxCursor;
          if (at === null) return false;
          const after = { seq: BigInt(at.seq), hash: at.hash };
          const checked = this.nodeKeys()
            .map((k) => this.kernel.trust.checkEntry(log, after, entry, k))
            .find((c) => c.ok);
          if (checked === undefined || !checked.ok) return false;
          const cursor = { seq: Number(checked.value.cursor.seq), hash: checked.value.cursor.hash };
          const batch = new Batch().cursor(key, cursor);
          if (entry.kind === wire.EntryKind.WELCOME) await this.entering.welcome(entry.payload, batch);
          else await this.kernel.store.write(batch);
          this.inboxCursor = cursor;
        }
        void this.entering.go();
        return true;
      },
      head: () => {},
      handBack: async () => [],
      forked: () => {},
    };
  }
}
