// The observable state, built from the parts of the core.
import type {
  Badge,
  Connection,
  GroupView,
  JoinState,
  Me,
  Member,
  Message,
  NodeInfo,
  State,
  TrustWarning,
} from '../api/boundary.js';
import type { Engine } from '../mls/engine.js';
import type { HeldOffice } from '../trust/types.js';
import { alertViews, officeKinds } from './alerts.js';
import { toHex } from './bytes.js';
import type { Groups } from './groups.js';
import type { Identity } from './identity.js';
import type { Preview } from './join.js';
import { looksOfficial } from './lookalike.js';
import type { OfficialLogs } from './official.js';
import { decodePolicy } from './policy.js';
import type { MessageRecord } from './store.js';

export interface Summary {
  readonly last: MessageRecord | null;
  readonly unread: number;
}
export interface Sources {
  readonly connection: Connection;
  readonly official: OfficialLogs | null;
  readonly pinnedRoot: Uint8Array | null;
  readonly nodeId: Uint8Array | null;
  readonly identity: Identity | null;
  readonly groups: Groups;
  readonly engine: Engine;
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly join: JoinState;
  readonly alertsRead: ReadonlySet<string>;
  readonly warning: TrustWarning | null;
}

export function buildState(s: Sources): State {
  const node = s.official !== null && s.nodeId !== null ? nodeView(s.official, s.nodeId) : null;
  return {
    connection: s.connection,
    cryptoReady: true,
    pinnedRoot: s.pinnedRoot && toHex(s.pinnedRoot),
    node,
    officials: officials(s),
    me: me(s),
    alerts:
      s.official !== null && s.nodeId !== null && node !== null ? alertViews(s.official, s.nodeId, s.alertsRead) : [],
    groups: [...s.groups.records.keys()]
      .map((id) => groupView(s, id))
      .sort((a, b) => (b.lastMessage?.time ?? 0) - (a.lastMessage?.time ?? 0)),
    join: s.join,
    lastHeard:
      s.official !== null && s.nodeId !== null
        ? s.official.verifier.freshness(s.official.logOf(s.nodeId), s.official.now()).heard
        : 0,
    groupsDropped: s.groups.dropped && s.groups.records.size === 0,
    warning: s.warning,
  };
}

function nodeView(official: OfficialLogs, id: Uint8Array): NodeInfo | null {
  const path = official.path(id);
  const own = path.at(-1);
  if (own === undefined) return null;
  return {
    id: toHex(id),
    name: own.name,
    level: own.level,
    path: path.map((n) => n.name),
    verified: path.every((n) => !n.revoked),
  };
}

function badge(official: OfficialLogs, held: HeldOffice): Badge {
  const node = official.node(held.node);
  const [unit] = held.appointment.units;
  const unitName = official.verifier.units(held.node).find((u) => u.unit === unit)?.name ?? unit ?? node?.name ?? '';
  return {
    office: officeKinds[held.appointment.office],
    name: held.appointment.name,
    unitName: unit === undefined ? (node?.name ?? '') : unitName,
    nodeName: node?.name ?? '',
  };
}

function officials(s: Sources): State['officials'] {
  const { official, nodeId } = s;
  if (official === null || nodeId === null) return [];
  return official.verifier
    .officesOfNode(nodeId, official.now())
    .map((held) => ({ ...badge(official, held), account: toHex(held.appointment.account) }));
}

function me(s: Sources): Me | null {
  const { identity, official } = s;
  if (identity === null) return null;
  return {
    name: identity.record.name,
    account: toHex(identity.account.publicKey),
    device: toHex(identity.device.publicKey),
    offices: (official?.offices(identity.account.publicKey) ?? []).map((held) => ({
      office: officeKinds[held.appointment.office],
      units: held.appointment.units,
      name: held.appointment.name,
      nodeName: official?.node(held.node)?.name ?? '',
    })),
  };
}

function groupView(s: Sources, id: string): GroupView {
  const record = s.groups.records.get(id);
  const state = s.groups.state(id);
  const summary = s.summaries.get(id);
  const own = s.identity && toHex(s.identity.account.publicKey);
  const members = membersView(s, id, own);
  const leaders = (state && decodePolicy(s.engine.policy(state))?.leaders) ?? [];
  const unit = record?.unit ?? '';
  const title =
    s.official !== null && s.nodeId !== null
      ? (s.official.verifier.units(s.nodeId).find((u) => u.unit === unit)?.name ?? unit)
      : unit;
  const last = summary?.last;
  return {
    id,
    title,
    unit,
    members,
    ...(last && { lastMessage: { text: last.text, senderName: nameOf(s.groups, last.sender), time: last.time } }),
    unread: summary?.unread ?? 0,
    draft: record?.draft ?? '',
    canInvite: leaders.some((l) => toHex(l) === own),
  };
}

function membersView(s: Sources, id: string, own: string | null): Member[] {
  const byAccount = new Map<string, Member>();
  for (const leaf of s.groups.members(id)) {
    const account = toHex(leaf.account);
    const known = byAccount.get(account);
    if (known !== undefined) {
      byAccount.set(account, { ...known, devices: known.devices + 1 });
      continue;
    }
    const held = s.official?.offices(leaf.account)[0];
    const name = nameOf(s.groups, account);
    byAccount.set(account, {
      account,
      name,
      ...(held && s.official && { badge: badge(s.official, held) }),
      lookalike: held === undefined && looksOfficial(name),
      isMe: account === own,
      devices: 1,
    });
  }
  return [...byAccount.values()];
}

/** What an opened link says, before anything is spent. */
export function previewView(preview: Preview, official: OfficialLogs | null, nodeId: Uint8Array | null): JoinState {
  const own = nodeId === null ? undefined : official?.node(nodeId);
  if (preview.kind === 'group') {
    const { expires, inviter } = preview.voucher;
    // Where the inviter holds office: a paper is a leader's. The group itself is seen only from inside.
    const held = official?.offices(inviter).find((o) => o.appointment.units.length > 0);
    const unitName = held && official ? badge(official, held).unitName : '';
    return { step: 'preview', kind: 'group', nodeName: own?.name ?? '', unitName, expires };
  }
  const { issuer, units, office, name, expires } = preview.invitation;
  const [unit] = units;
  return {
    step: 'preview',
    kind: 'invitation',
    nodeName: official?.node(issuer)?.name ?? own?.name ?? '',
    unitName: official?.verifier.units(issuer).find((u) => u.unit === unit)?.name ?? unit ?? '',
    office: officeKinds[office],
    personName: name,
    expires,
  };
}

export function nameOf(groups: Groups, account: string): string {
  return groups.profiles.get(account)?.name ?? '';
}

export function messageView(groups: Groups, m: MessageRecord, own: string | null): Message {
  return {
    id: m.id,
    sender: m.sender,
    senderName: nameOf(groups, m.sender),
    text: m.text,
    time: m.time,
    order: m.order,
    state: m.state,
    isMe: m.sender !== '' && m.sender === own,
    ...(m.event && { event: m.event }),
  };
}
