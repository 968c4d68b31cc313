// The one typed boundary between the views' model and the core. The core runs in a Web Worker (or in Node in
// tests); everything here is plain data that structured cloning can carry. Views never see keys, bytes or errors of
// the wire: they see this state, send these commands, and hear these events.

// --- State: an immutable snapshot of everything but the messages of a room -------------------------------------

export type Connection =
  | 'starting' // the store is being opened, or the first connection is under way
  | 'online'
  | 'offline' // no connection; it is tried again by itself
  | 'waiting-tab'; // another tab owns the core; this one says so and waits

/** Office names as in schema/signed.proto. */
export type OfficeKind = 'cell-leader' | 'area-officer' | 'duty-officer' | 'publisher' | 'approver';

export interface Badge {
  readonly office: OfficeKind;
  /** The person's name as the authority wrote it, never what the person typed. */
  readonly name: string;
  /** Name of the unit or node, "Tổ dân phố 5" or "Công an phường Tân Chánh Hiệp". */
  readonly unitName: string;
  /** Name of the node whose authority appointed. */
  readonly nodeName: string;
  readonly phone?: string;
}

export interface NodeInfo {
  /** Hex of the authority key: the node's identity. */
  readonly id: string;
  readonly name: string;
  /** Level name of the tree's own choosing: "Phường". */
  readonly level: string;
  /** Names from the root down to this node, for "Công an Quận 12 › Phường Tân Chánh Hiệp". */
  readonly path: readonly string[];
  /** The chain from the pinned root to this node verified on this device. */
  readonly verified: boolean;
}

export interface Unit {
  /** "kp1/to5" */
  readonly id: string;
  readonly parent: string;
  /** "Khu phố", "Tổ dân phố" */
  readonly level: string;
  readonly name: string;
}

/** What has gone wrong with trust and must fill the page (RULES: a contradiction is a full-page warning). */
export interface TrustWarning {
  readonly kind: 'forked' | 'wrong-node' | 'no-trust';
  /** Short technical text in English, for a report; the view has its own words. */
  readonly detail: string;
}

export interface MyOffice {
  readonly office: OfficeKind;
  /** Unit ids; empty: the whole node. */
  readonly units: readonly string[];
  readonly name: string;
  readonly nodeName: string;
}

export interface Me {
  readonly name: string;
  /** Hex of the account's public key. */
  readonly account: string;
  /** Hex of this device's public key. */
  readonly device: string;
  readonly offices: readonly MyOffice[];
}

export type AlertVerdict =
  | 'checking' // the wasm core has not decided yet ("đang kiểm tra")
  | 'verified' // this device followed the chain from the pinned root
  | 'unverified'; // refused; it must never be drawn as official

export type AlertLevel = 'KHẨN CẤP' | 'CẢNH BÁO' | 'LƯU Ý' | 'TIN' | 'DIỄN TẬP';

export interface AlertView {
  /** Hex; an update keeps the id of the first alert, so that its card is replaced in place. */
  readonly id: string;
  readonly verified: AlertVerdict;
  /** Why it was refused: stable code name, "bad_signature". Only with 'unverified'. */
  readonly refusal?: string;
  readonly level: AlertLevel;
  readonly issuerName: string;
  /** Badge of the person(s) who signed; empty until verified. */
  readonly signers: readonly Badge[];
  readonly headline: string;
  readonly description: string;
  /** Numbered lines of what to do, at most three are shown. */
  readonly instructions: readonly string[];
  /** Phone. */
  readonly contact: string;
  /** Names of the areas; empty: the whole of the issuer's area. */
  readonly areas: readonly string[];
  readonly sent: number;
  readonly expires: number;
  readonly expired: boolean;
  readonly cancelled: boolean;
  readonly updated: boolean;
  /** The resident has pressed "Đã đọc". */
  readonly read: boolean;
}

export interface Member {
  /** Hex of the account key. */
  readonly account: string;
  /** The name that they typed; empty until their profile has arrived. */
  readonly name: string;
  readonly badge?: Badge;
  /** The typed name looks like an official's, and no chain stands behind it. */
  readonly lookalike: boolean;
  readonly isMe: boolean;
  readonly devices: number;
}

export interface GroupView {
  /** Hex of the MLS group id. */
  readonly id: string;
  /** "Tổ dân phố 5" */
  readonly title: string;
  readonly unit: string;
  readonly members: readonly Member[];
  readonly lastMessage?: { readonly text: string; readonly senderName: string; readonly time: number };
  readonly unread: number;
  readonly draft: string;
  /** May I make vouchers here? */
  readonly canInvite: boolean;
}

/** Joining, from the opened link to membership. */
export type JoinState =
  | { readonly step: 'none' }
  | {
      readonly step: 'preview';
      readonly kind: 'group' | 'invitation';
      readonly nodeName: string;
      /** Unit name for a group, office for an invitation; '' while it is not known. */
      readonly unitName: string;
      readonly office?: OfficeKind;
      readonly personName?: string;
      readonly expires: number;
    }
  | { readonly step: 'registering' }
  /** The request lies in the group's log; any member's client will answer, nobody has to be awake. */
  | { readonly step: 'waiting'; readonly since: number }
  /** An invitation was answered; the authority's appointment is awaited. */
  | { readonly step: 'waiting-appointment'; readonly since: number }
  | { readonly step: 'joined'; readonly group: string }
  | { readonly step: 'appointed' }
  | { readonly step: 'failed'; readonly reason: JoinFailure };

export type JoinFailure =
  | 'malformed-link'
  | 'expired'
  | 'spent' // "Mã này đã được dùng …"
  | 'revoked'
  | 'wrong-root' // the link pins another root than this device has
  | 'refused'
  | 'unavailable';

export interface State {
  readonly connection: Connection;
  /** The WebAssembly core is loaded and official words can be judged. */
  readonly cryptoReady: boolean;
  /** Hex SHA-256 of the root's authority key that the paper brought; null before the first link. */
  readonly pinnedRoot: string | null;
  readonly node: NodeInfo | null;
  /** Officials of the node with a verified chain, for the "my officer" card. */
  readonly officials: readonly (Badge & { readonly account: string })[];
  readonly me: Me | null;
  /** Newest first; live ones before expired ones. */
  readonly alerts: readonly AlertView[];
  readonly groups: readonly GroupView[];
  readonly join: JoinState;
  /** Last time anything was heard from the node's signed head, for the grey line; 0: never. */
  readonly lastHeard: number;
  /** Groups of an earlier version of the client were dropped, and no other is there yet: a new paper is needed. */
  readonly groupsDropped: boolean;
  readonly warning: TrustWarning | null;
}

export const emptyState: State = {
  connection: 'starting',
  cryptoReady: false,
  pinnedRoot: null,
  node: null,
  officials: [],
  me: null,
  alerts: [],
  groups: [],
  join: { step: 'none' },
  lastHeard: 0,
  groupsDropped: false,
  warning: null,
};

export type MessageState =
  | 'waiting' // "Chờ mạng": stored here, not yet on the node's disk
  | 'sent'
  | 'failed' // refused for good; the text is kept so that it can be copied
  | 'unreadable'; // cannot be decrypted here yet; asked for

export interface Message {
  /** Stable key for lists; opaque. */
  readonly id: string;
  readonly sender: string; // account, hex; '' if unreadable
  readonly senderName: string;
  readonly text: string;
  readonly time: number;
  /** Place in the room, by the group's log, the same for all readers; what waits for the network comes last. */
  readonly order: number;
  readonly state: MessageState;
  readonly isMe: boolean;
  /** A line of the room itself instead of a person's words. 'undone': `sender` had joined by a change that was taken back;
   *  'refused', for leaders alone: `sender` made a change that members refused. */
  readonly event?: 'created' | 'joined' | 'undone' | 'refused';
}

// --- Commands ---------------------------------------------------------------------------------------------------

export interface AlertFields {
  readonly level: AlertLevel;
  readonly headline: string;
  readonly description: string;
  readonly instructions: readonly string[];
  readonly contact: string;
  readonly event: string;
  /** CAP category, "Security" */
  readonly category: string;
  readonly expires: number;
  /** Unit ids of my node; empty: the whole node with everything below it. */
  readonly units: readonly string[];
  /** Update or cancel of an earlier alert. */
  readonly replaces?: { readonly id: string; readonly as: 'update' | 'cancel' };
}

export type CommandErrorCode =
  | 'offline'
  | 'not-permitted'
  | 'invalid'
  | 'expired'
  | 'spent'
  | 'wrong-root'
  | 'not-found'
  | 'unavailable'
  | 'internal';

/** What a failed command rejects with (as plain data). */
export interface CommandError {
  readonly code: CommandErrorCode;
  readonly detail: string;
}

export interface Commands {
  /** Reads a link's fragment (without '#'): pins the root if none is pinned, and sets `join` to 'preview'. Spends nothing. */
  openLink(fragment: string): Promise<void>;
  /** Spends the previewed voucher: account, device and KeyPackage are made and the request is sent. */
  join(name: string): Promise<void>;
  /** Answers an invitation to an office with this device. */
  acceptInvitation(fragment: string, name: string): Promise<void>;
  createGroup(unit: string): Promise<{ group: string }>;
  /** A link whose fragment carries the one-time key. `days` until it expires, default 7. */
  makeVoucher(group: string, household: string, days?: number): Promise<{ link: string; expires: number }>;
  /** Stored before it returns; sent when there is a network. */
  sendText(group: string, text: string): Promise<{ id: string }>;
  saveDraft(group: string, text: string): Promise<void>;
  markRead(group: string): Promise<void>;
  markAlertRead(id: string): Promise<void>;
  publishAlert(fields: AlertFields): Promise<{ id: string; sent: number }>;
  listUnits(): Promise<readonly Unit[]>;
  /** Messages of a room, oldest first, the newest `limit` before `before` (a message id). */
  messages(group: string, limit: number, before?: string): Promise<readonly Message[]>;
  setName(name: string): Promise<void>;
  /** The safety code of a group: digits that two members can compare. */
  safetyCode(group: string): Promise<string>;
}
export type CommandName = keyof Commands;
export const commandNames = [
  'openLink',
  'join',
  'acceptInvitation',
  'createGroup',
  'makeVoucher',
  'sendText',
  'saveDraft',
  'markRead',
  'markAlertRead',
  'publishAlert',
  'listUnits',
  'messages',
  'setName',
  'safetyCode',
] as const satisfies readonly CommandName[];

// --- Events -----------------------------------------------------------------------------------------------------

export type CoreEvent =
  | { readonly type: 'state'; readonly state: State }
  /** New or changed messages of one room, to merge by id and order by position in the array's `time`. */
  | { readonly type: 'messages'; readonly group: string; readonly messages: readonly Message[] }
  /** An alert became verified just now: sound, vibration. */
  | { readonly type: 'alert'; readonly id: string };

/** What the model talks to; made by `connectCore` in the page, or directly in tests. */
export interface Core extends Commands {
  /** Called with the present state at once, then after every change. Returns the way to stop. */
  subscribe(listener: (event: CoreEvent) => void): () => void;
}

// --- The messages between page and worker (used by api/client.ts and core/worker.ts only) -------------------------

export interface StartOptions {
  /** "wss://host/ws" */
  readonly url: string;
  /** "https://host/" in front of the fragment of links that are made here. */
  readonly linkBase: string;
  /** Where the trust core's WebAssembly lies. */
  readonly wasmUrl: string;
}
export type ToCore =
  | { readonly type: 'start'; readonly options: StartOptions }
  | { readonly type: 'command'; readonly id: number; readonly name: CommandName; readonly args: readonly unknown[] };
export type FromCore =
  | { readonly type: 'event'; readonly event: CoreEvent }
  | { readonly type: 'result'; readonly id: number; readonly value?: unknown; readonly error?: CommandError };
