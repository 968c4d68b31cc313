// trust::Verifier (protocol/trust/verifier.h) behind its handle.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import * as schema from '../schema/generated/core_pb';
import { AlertSchema, AppointmentSchema, UnitSchema } from '../schema/generated/signed_pb';
import { type Verdict as VerdictMessage, VerdictSchema } from '../schema/generated/verdict_pb';
import type { Module } from './module';
import { must, nameOfError, type Result } from './result';
import type {
  Alert,
  AlertRecord,
  Appointment,
  Bytes,
  Cursor,
  Entry,
  Freshness,
  HeldOffice,
  Kind,
  LogHead,
  NodeInfo,
  Office,
  Official,
  Unit,
  Verdict,
  Verifier,
} from './types';
import { plain } from './values';

const some = (bytes: Bytes): Bytes | undefined => (bytes.length === 0 ? undefined : bytes);
/** A part of a message that the core always writes. */
function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the core left out a part of its answer');
  return part;
}

export function standing(bytes: Bytes): LogHead {
  const m = fromBinary(schema.StandingSchema, bytes);
  return {
    log: m.log,
    cursor: { seq: m.seq, hash: m.hash.length === 0 ? new Uint8Array(32) : m.hash },
    time: Number(m.time),
  };
}

function verdict(m: VerdictMessage): Verdict {
  const base = { log: m.log, seq: m.seq, headerHash: m.headerHash, time: Number(m.time) };
  if (!m.official)
    return {
      ...base,
      official: false,
      refusal: { code: m.errorCode, name: nameOfError(m.errorCode), message: m.errorMessage },
    };
  return {
    ...base,
    official: true,
    kind: m.kind as Kind,
    statement: m.statement,
    issuer: m.issuer,
    issuerName: m.issuerName,
    real: m.real,
    body: m.body,
    signers: m.signers.map((s) => ({ account: s.account, device: s.device, office: s.office as Office, name: s.name })),
  };
}

export class WasmVerifier implements Verifier {
  private disposed = false;

  constructor(
    private readonly module: Module,
    private readonly handle: number,
  ) {}

  feed(log: Bytes, entry: Entry): Result<Verdict> {
    return this.verdict('xom_verifier_feed', log, entry.header, entry.kind, entry.writer, entry.entryId, entry.payload);
  }
  check(log: Bytes, statement: Bytes, now: number): Result<Verdict> {
    return this.verdict('xom_verifier_check', log, statement, BigInt(now));
  }
  feedHead(statement: Bytes): Result<LogHead> {
    const answer = this.call('xom_verifier_feed_head', statement);
    return answer.ok ? { ok: true, value: standing(answer.value.bytes) } : answer;
  }
  cursor(log: Bytes): Cursor {
    return standing(must(this.call('xom_verifier_cursor', log)).bytes).cursor;
  }
  freshness(log: Bytes, now: number): Freshness {
    const m = this.read(schema.FreshnessSchema, 'xom_verifier_freshness', log, BigInt(now));
    return { heard: Number(m.heard), stale: m.stale, missing: m.missing };
  }
  clockLowerBound(): number {
    return Number(must(this.call('xom_verifier_clock')).detail);
  }
  nodes(): readonly NodeInfo[] {
    return this.read(schema.NodesSchema, 'xom_verifier_nodes').nodes.map((n) => ({
      id: n.id,
      parent: some(n.parent),
      nodeKeys: n.nodeKeys,
      name: n.name,
      level: n.level,
      revoked: n.revoked,
    }));
  }
  nodeOfLog(log: Bytes): Bytes | undefined {
    return some(must(this.call('xom_verifier_node_of_log', log)).bytes);
  }
  isNodeKey(node: Bytes, key: Bytes): boolean {
    return must(this.call('xom_verifier_is_node_key', node, key)).detail === 1n;
  }
  units(node: Bytes): readonly Unit[] {
    return this.read(schema.UnitsSchema, 'xom_verifier_units', node).units.map((u) => plain<Unit>(UnitSchema, u));
  }
  offices(account: Bytes, at: number): readonly HeldOffice[] {
    return this.held('xom_verifier_offices', account, at);
  }
  officesOfNode(node: Bytes, at: number): readonly HeldOffice[] {
    return this.held('xom_verifier_offices_of_node', node, at);
  }
  alerts(node: Bytes): readonly AlertRecord[] {
    return this.read(schema.AlertsSchema, 'xom_verifier_alerts', node).alerts.map((a) => ({
      verdict: verdict(there(a.verdict)) as Official,
      alert: plain<Alert>(AlertSchema, there(a.alert)),
      cancelledBy: some(a.cancelledBy),
      updatedBy: some(a.updatedBy),
    }));
  }
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.module.release('xom_verifier_free', this.handle);
  }

  private held(name: string, of: Bytes, at: number): readonly HeldOffice[] {
    return this.read(schema.OfficesSchema, name, of, BigInt(at)).offices.map((o) => ({
      node: o.node,
      statement: o.statement,
      seq: o.seq,
      appointment: plain<Appointment>(AppointmentSchema, there(o.appointment)),
    }));
  }
  private verdict(name: string, ...args: readonly (Bytes | number | bigint)[]): Result<Verdict> {
    const answer = this.call(name, ...args);
    return answer.ok ? { ok: true, value: verdict(fromBinary(VerdictSchema, answer.value.bytes)) } : answer;
  }
  private read<D extends DescMessage>(
    desc: D,
    name: string,
    ...args: readonly (Bytes | number | bigint)[]
  ): MessageShape<D> {
    return fromBinary(desc, must(this.call(name, ...args)).bytes);
  }
  private call(name: string, ...args: readonly (Bytes | number | bigint)[]) {
    if (this.disposed) throw new Error('the verifier was disposed of');
    return this.module.call(name, this.handle, ...args);
  }
}
