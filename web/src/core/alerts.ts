// Alerts: as a publisher makes one, and as a resident sees it.
import { fromBinary } from '@bufbuild/protobuf';
import type { AlertFields, AlertLevel, AlertView, Badge, OfficeKind } from '../api/boundary.js';
import * as st from '../schema/statement';
import * as wire from '../schema/wire';
import {
  type Alert,
  alertStatus,
  certainty,
  msgType,
  type Office,
  offices,
  severity,
  urgency,
} from '../trust/types.js';
import { equal, fromHex, toHex } from './bytes.js';
import type { OfficialLogs } from './official.js';

export const officeKinds: Readonly<Record<Office, OfficeKind>> = {
  [offices.cellLeader]: 'cell-leader',
  [offices.areaOfficer]: 'area-officer',
  [offices.dutyOfficer]: 'duty-officer',
  [offices.publisher]: 'publisher',
  [offices.approver]: 'approver',
};

const severityOf: Readonly<Record<AlertLevel, number>> = {
  'KHẨN CẤP': severity.extreme,
  'CẢNH BÁO': severity.severe,
  'LƯU Ý': severity.moderate,
  TIN: severity.minor,
  'DIỄN TẬP': severity.severe,
};

export function levelOf(status: number, sev: number): AlertLevel {
  if (status !== alertStatus.actual) return 'DIỄN TẬP';
  if (sev === severity.extreme) return 'KHẨN CẤP';
  if (sev === severity.severe) return 'CẢNH BÁO';
  return sev === severity.moderate ? 'LƯU Ý' : 'TIN';
}

/** The alert of `node` that these fields say. */
export function alertOf(
  fields: AlertFields,
  node: Uint8Array,
  log: Uint8Array,
  id: Uint8Array,
  now: number,
): Alert | undefined {
  const reference = fields.replaces === undefined ? undefined : fromHex(fields.replaces.id);
  if (fields.replaces !== undefined && reference?.length !== 16) return undefined;
  return {
    issuer: node,
    log,
    id,
    sent: now,
    status: fields.level === 'DIỄN TẬP' ? alertStatus.exercise : alertStatus.actual,
    msgType:
      fields.replaces === undefined
        ? msgType.newAlert
        : fields.replaces.as === 'update'
          ? msgType.update
          : msgType.cancel,
    urgency: fields.level === 'TIN' ? urgency.unknown : urgency.immediate,
    severity: severityOf[fields.level],
    certainty: certainty.observed,
    category: fields.category,
    event: fields.event,
    headline: fields.headline,
    description: fields.description,
    instruction: fields.instructions.join('\n'),
    contact: fields.contact,
    effective: 0,
    expires: fields.expires,
    areas: fields.units.map((unit) => ({ node, unit })),
    references: reference === undefined ? [] : [reference],
    language: 'vi-VN',
  };
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '');

/** All verified alerts that this node's residents should see: its own and those of the nodes above. */
export function alertViews(official: OfficialLogs, node: Uint8Array, read: ReadonlySet<string>): AlertView[] {
  const now = official.now();
  const { verifier } = official;
  const out: AlertView[] = [];
  for (const info of official.path(node)) {
    const records = verifier.alerts(info.id);
    for (const { alert, verdict, cancelledBy, updatedBy } of records) {
      // A newer version stands in its place; a cancel is told on the alert that it ends.
      if (updatedBy !== undefined || alert.msgType === msgType.cancel) continue;
      if (!concerns(alert, official, node)) continue;
      const id = toHex(
        firstOf(
          alert,
          records.map((r) => r.alert),
        ),
      );
      const areas = alert.areas.map((a) => areaName(official, a.node, a.unit));
      out.push({
        id,
        verified: 'verified',
        level: levelOf(alert.status, alert.severity),
        issuerName: verdict.issuerName,
        signers: verdict.signers.map(
          (s): Badge => ({
            office: officeKinds[s.office],
            name: s.name,
            unitName: verdict.issuerName,
            nodeName: verdict.issuerName,
          }),
        ),
        headline: alert.headline,
        description: alert.description,
        instructions: linesOf(alert.instruction),
        contact: alert.contact,
        areas,
        sent: alert.sent,
        expires: alert.expires,
        expired: alert.expires <= now,
        cancelled: cancelledBy !== undefined,
        updated: alert.msgType === msgType.update,
        read: read.has(toHex(alert.id)) || read.has(id),
      });
    }
  }
  return sorted(out);
}

/** Before the trusted core is there: what is stored, marked as not decided yet. */
export function checkingAlerts(entries: readonly Uint8Array[], now: number): AlertView[] {
  const out: AlertView[] = [];
  for (const bytes of entries) {
    try {
      const statement = fromBinary(st.StatementSchema, fromBinary(wire.EntrySchema, bytes).payload);
      if (statement.kind !== st.Kind.ALERT) continue;
      const alert = fromBinary(st.AlertSchema, statement.body);
      if (alert.msgType === st.MsgType.CANCEL || Number(alert.expires) <= now) continue;
      out.push({
        id: toHex(alert.id),
        verified: 'checking',
        level: levelOf(alert.status, alert.severity),
        issuerName: '',
        signers: [],
        headline: alert.headline,
        description: alert.description,
        instructions: linesOf(alert.instruction),
        contact: alert.contact,
        areas: [],
        sent: Number(alert.sent),
        expires: Number(alert.expires),
        expired: false,
        cancelled: false,
        updated: alert.msgType === st.MsgType.UPDATE,
        read: false,
      });
    } catch {
      // not a statement of this kind: nothing to show
    }
  }
  return sorted(out);
}

function sorted(alerts: AlertView[]): AlertView[] {
  const over = (a: AlertView) => Number(a.expired || a.cancelled);
  return alerts.sort((a, b) => over(a) - over(b) || b.sent - a.sent);
}

/** Id of the alert that a chain of updates began with, so that its card is replaced in place. */
function firstOf(alert: Alert, all: readonly Alert[]): Uint8Array {
  let at = alert;
  for (let i = 0; i < 64 && at.msgType === msgType.update; i++) {
    const [reference] = at.references;
    const before = reference && all.find((a) => equal(a.id, reference));
    if (reference === undefined) break;
    if (before === undefined) return reference;
    at = before;
  }
  return at.id;
}

function concerns(alert: Alert, official: OfficialLogs, node: Uint8Array): boolean {
  if (alert.areas.length === 0) return true;
  const path = official.path(node);
  // An area is this node, one above it, or a unit of this node; which unit a resident lives in is for them to read.
  return alert.areas.some((a) => path.some((n) => equal(n.id, a.node)));
}

function areaName(official: OfficialLogs, node: Uint8Array, unit: string): string {
  if (unit === '') return official.node(node)?.name ?? '';
  const found = official.verifier.units(node).find((u) => u.unit === unit);
  return found?.name ?? unit;
}
