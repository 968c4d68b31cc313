// The Verifier in the module, over a log that the native core made.
import { beforeAll, describe, expect, it } from 'vitest';
import type { WasmCore } from '../../src/trust/core';
import { type Entry, must, offices, type Verdict, type Verifier } from '../../src/trust/index';
import { at, flipped, fromHex, loadModule, samples, toHex } from './support';

let core: WasmCore;
const official = samples.bytes('official');
const root = samples.bytes('root');
const minute = 60_000;
const night = samples.start + 60 * minute;

beforeAll(async () => {
  core = (await loadModule()).core;
});

function fedUpTo(count: number): Verifier {
  const verifier = must(core.createVerifier(samples.bytes('pin')));
  for (const entry of samples.entries.slice(0, count)) must(verifier.feed(official, entry));
  return verifier;
}
function sample(index: number): Entry {
  const entry = samples.entries[index];
  if (entry === undefined) throw new Error(`no sample ${index}`);
  return entry;
}
const why = (verdict: Verdict) => (verdict.official ? 'official' : verdict.refusal.name);

describe('a log of the native core', () => {
  it('gives the verdicts of the rules', () => {
    const verifier = must(core.createVerifier(samples.bytes('pin')));
    const verdicts = samples.entries.map((entry) => must(verifier.feed(official, entry)));
    expect(verdicts.slice(0, at.warning).map(why)).toEqual(Array(at.warning).fill('official'));
    expect(why(verdicts[at.warning] as Verdict)).toBe('official');
    expect(verdicts[at.warning]).toMatchObject({ real: true, issuerName: 'Công an Quận 12' });
    expect(verdicts[at.exercise]).toMatchObject({ official: true, real: false });
    expect(why(verdicts[at.extremeByOne] as Verdict)).not.toBe('official');
    expect(verdicts[at.extremeByTwo]).toMatchObject({ official: true, real: true });
    expect(why(verdicts[at.byNobody] as Verdict)).toBe('untrusted');
  });

  it('is refused whole under another root’s pin', () => {
    const verifier = must(core.createVerifier(flipped(samples.bytes('pin'), 3)));
    expect(verifier.feed(official, sample(0)).ok).toBe(false);
    expect(verifier.nodes()).toEqual([]);
  });

  it('answers questions: nodes, units, offices, alerts, where it stands', () => {
    const verifier = fedUpTo(samples.entries.length);
    const nodes = verifier.nodes();
    expect(nodes.map((n) => [n.name, n.level, n.revoked])).toEqual([
      ['Công an Quận 12', 'Quận', false],
      ['Công an phường Tân Chánh Hiệp', 'Phường', false],
    ]);
    expect(nodes[0]?.parent).toBeUndefined();
    expect(toHex(nodes[1]?.parent as Uint8Array)).toBe(samples.root);
    expect(verifier.units(root)).toMatchObject([{ unit: 'doi1', parent: '', level: 'Đội' }]);
    const held = verifier.offices(samples.bytes('publisher'), night);
    expect(held).toMatchObject([{ appointment: { name: 'Nguyễn Văn An', office: offices.publisher, expires: 0 } }]);
    expect(verifier.offices(samples.bytes('resident'), night)).toEqual([]);
    expect(verifier.officesOfNode(root, night)).toHaveLength(2);
    const alerts = verifier.alerts(root);
    expect(alerts.map((a) => toHex(a.alert.id).slice(0, 2))).toEqual(['01', '02', '04']);
    expect(alerts[0]?.alert.headline).toBe('Có người giả danh công an phường gọi điện đòi nộp phạt');
    expect(alerts[2]?.verdict.signers.map((s) => s.name).sort()).toEqual(['Nguyễn Văn An', 'Trần Thị Bình']);
    expect(verifier.cursor(official).seq).toBe(BigInt(samples.entries.length));
    expect(verifier.clockLowerBound()).toBe(night);
    expect(toHex(verifier.nodeOfLog(official) as Uint8Array)).toBe(samples.root);
    expect(verifier.nodeOfLog(core.random(32))).toBeUndefined();
    expect(verifier.isNodeKey(root, samples.bytes('rootNodeKey'))).toBe(true);
    expect(verifier.isNodeKey(root, root)).toBe(false);
  });

  it('shows by its signed head what is missing and how old it is', () => {
    const verifier = fedUpTo(samples.entries.length - 1);
    expect(verifier.freshness(official, night).missing).toBe(false);
    const head = must(verifier.feedHead(samples.bytes('head')));
    expect(head.cursor.seq).toBe(BigInt(samples.entries.length));
    expect(verifier.freshness(official, night)).toEqual({ heard: night, stale: false, missing: true });
    must(verifier.feed(official, sample(samples.entries.length - 1)));
    expect(verifier.freshness(official, night).missing).toBe(false);
    expect(verifier.freshness(official, night + 61 * minute).stale).toBe(true);
    expect(must(core.verifyHead(samples.bytes('head'), samples.bytes('rootNodeKey'))).cursor).toEqual(head.cursor);
    expect(core.verifyHead(samples.bytes('head'), root).ok).toBe(false);
  });

  it('is checked header by header, as a group’s log is', () => {
    let cursor = { seq: 0n, hash: new Uint8Array(32) };
    for (const entry of samples.entries) {
      const next = must(core.checkEntry(official, cursor, entry, samples.bytes('rootNodeKey')));
      expect(core.checkEntry(official, cursor, { ...entry, entryId: 99n }, samples.bytes('rootNodeKey')).ok).toBe(
        false,
      );
      expect(core.checkEntry(official, next.cursor, entry, samples.bytes('rootNodeKey')).ok).toBe(false);
      expect(core.checkEntry(official, cursor, entry, root).ok).toBe(false);
      cursor = next.cursor as typeof cursor;
    }
    expect(cursor.seq).toBe(BigInt(samples.entries.length));
  });
});

describe('a forwarded warning', () => {
  it('is official as it is, and never with one byte changed, whichever', () => {
    const warning = sample(at.warning);
    const parts = { header: warning.header, payload: warning.payload, writer: warning.writer };
    const verifier = fedUpTo(at.warning);
    let tried = 0;
    for (const [name, bytes] of Object.entries(parts)) {
      for (let i = 0; i < bytes.length; i++) {
        for (const bit of [0x01, 0x80]) {
          const result = verifier.feed(official, { ...warning, [name]: flipped(bytes, i, bit) });
          expect(result.ok && result.value.official, `${name} byte ${i}`).toBe(false);
          // A changed byte must not move the log either, or the true warning would find its place taken.
          expect(verifier.cursor(official).seq).toBe(BigInt(at.warning));
          tried++;
        }
      }
    }
    for (const change of [{ kind: 2 }, { entryId: warning.entryId + 1n }])
      expect(verifier.feed(official, { ...warning, ...change }).ok).toBe(false);
    console.log(`changed warnings refused: ${tried}`);
    expect(tried).toBeGreaterThan(1000);
    const control = must(verifier.feed(official, warning));
    expect(control).toMatchObject({ official: true, real: true });
    expect(verifier.alerts(root)).toHaveLength(1);
  });

  it('is not official with one byte changed even where the node itself signs the changed entry', () => {
    // The node's machine is in a swindler's hands: it signs a new header over the changed statement. `check` says what
    // the verifier would then say about the statement.
    const { payload } = sample(at.warning);
    const verifier = fedUpTo(at.warning);
    expect(must(verifier.check(official, payload, night)).official).toBe(true);
    for (let i = 0; i < payload.length; i++) {
      const result = verifier.check(official, flipped(payload, i), night);
      expect(result.ok && result.value.official, `byte ${i}`).toBe(false);
    }
  });

  it('cut short or longer is refused', () => {
    const warning = sample(at.warning);
    const verifier = fedUpTo(at.warning);
    for (let size = 0; size < warning.payload.length; size += 7)
      expect(verifier.feed(official, { ...warning, payload: warning.payload.slice(0, size) }).ok).toBe(false);
    const longer = fromHex(`${toHex(warning.payload)}00`);
    expect(verifier.feed(official, { ...warning, payload: longer }).ok).toBe(false);
  });
});
