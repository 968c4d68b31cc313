// The client's engine on the trusted core: values, pages, records, and that nothing is left behind in memory. Rules of
// RFC 9420 one by one are tested where they stand (tests/protocol/mls), interoperability in interop.test.ts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeEngine } from '../../src/mls/core_engine.js';
import type { DeviceIdentity, GroupState, NewKeyPackage } from '../../src/mls/engine.js';
import { loadCore } from '../../src/trust';
import { missing, wasm } from '../core/support/person.js';
import { bytes, device, loadUnjudged, open, refusal, take, text } from './support.js';

interface Member {
  readonly who: DeviceIdentity;
  state: GroupState;
}

describe.skipIf(missing !== undefined)('engine', async () => {
  const { trust, engine, size } = await loadUnjudged();
  const now = Date.now();
  const extension = Uint8Array.of(1, 2, 3);
  const policy = Uint8Array.of(9);
  const data = bytes('proof');

  const step = (member: Member, state: GroupState | null) => {
    if (state === null) throw new Error('removed');
    member.state.dispose();
    member.state = state;
  };
  const leaderAlone = (): Member => {
    const who = device(trust);
    return { who, state: engine.createGroup(trust.random(32), who, extension, policy, now).state };
  };
  const addTo = (group: Member[]): Member => {
    const who = device(trust);
    const own = engine.makeKeyPackage(who, extension, now);
    const [committer, ...others] = group as [Member, ...Member[]];
    const made = take(engine.commit(committer.state, committer.who.key, { adds: [own.keyPackage], data }));
    for (const m of others) step(m, take(engine.process(m.state, made.commit)).state);
    step(committer, made.pending);
    const member = { who, state: take(engine.joinByWelcome(made.welcome, own)) };
    group.push(member);
    return member;
  };
  const groupOf = (n: number): Member[] => {
    const group = [leaderAlone()];
    while (group.length < n) addTo(group);
    return group;
  };
  const encrypt = (m: Member, words: string): Uint8Array => {
    const { state, message } = take(engine.encrypt(m.state, m.who.key, bytes(words)));
    step(m, state);
    return message;
  };
  const agree = (group: readonly Member[]) => {
    const codes = group.map((m) => engine.epochAuthenticator(m.state));
    for (const code of codes) expect(code).toEqual(codes[0]);
  };
  const end = (group: readonly Member[]) => {
    for (const m of group) {
      m.state.dispose();
      m.who.key.dispose();
    }
  };

  it('adds, joins by Welcome, and all members agree on the epoch, its secrets and what it holds', () => {
    const group = groupOf(4);
    const last = group[3] as Member;
    agree(group);
    expect(engine.members(last.state).map((l) => l.account)).toEqual(group.map((m) => m.who.account));
    expect(engine.members(last.state).map((l) => l.device)).toEqual(group.map((m) => m.who.key.publicKey));
    expect(engine.members(last.state)[1]?.extension).toEqual(extension);
    expect(engine.policy(last.state)).toEqual(policy);
    const secrets = group.map((m) => engine.exportSecret(m.state, 'thử', bytes('x'), 40));
    for (const s of secrets) expect(s).toEqual(secrets[0]);
    expect(engine.exportSecret(last.state, 'thử', bytes('y'), 40)).not.toEqual(secrets[0]);
  });

  it('a message names the leaf of who wrote it, and every member reads it', () => {
    const [a, b, c] = groupOf(3) as [Member, Member, Member];
    const message = encrypt(b, 'Ngõ 12 mất điện 😀');
    for (const reader of [a, c]) {
      const got = take(open(engine, reader, message));
      expect(text(got.plaintext)).toBe('Ngõ 12 mất điện 😀');
      expect(got.sender.device).toEqual(b.who.key.publicKey);
    }
    expect(Buffer.from(message).includes('mất điện')).toBe(false);
  });

  it('a page opens at once, with a result for each: a forged one, a used one, a handshake and a future one among them', () => {
    const group = groupOf(2);
    const [a, b] = group as [Member, Member];
    const messages = Array.from({ length: 300 }, (_, i) => encrypt(a, `tin ${i}`));
    const update = take(engine.commit(a.state, a.who.key, { update: true, data }));
    step(a, update.pending);
    const future = encrypt(a, 'sau');
    const forged = (messages[5] as Uint8Array).map((x, i, all) => (i === all.length - 1 ? x ^ 1 : x));
    const page = [
      ...messages.slice(0, 5),
      forged,
      update.commit,
      ...messages.slice(5),
      messages[0] as Uint8Array,
      future,
    ];
    const { state, opened } = engine.decrypt(b.state, page);
    step(b, state);
    const told = opened.map((r) => (r.ok ? text(r.value.plaintext) : r.error.code));
    const words = messages.map((_, i) => `tin ${i}`);
    expect(told).toEqual([...words.slice(0, 5), 'invalid', 'invalid', ...words.slice(5), 'invalid', 'future-epoch']);
    step(b, take(engine.process(b.state, update.commit)).state);
    expect(text(take(open(engine, b, future)).plaintext)).toBe('sau');
    expect(refusal(open(engine, b, messages[9] as Uint8Array))).toBe('past-epoch');
  });

  it('state is a value: the loser of an epoch processes the winner on the old state', () => {
    const group = groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const adds = [engine.makeKeyPackage(device(trust), extension, now).keyPackage];
    const winner = take(engine.commit(b.state, b.who.key, { adds, data }));
    const loser = take(engine.commit(a.state, a.who.key, { adds, data }));
    loser.pending.dispose();
    for (const m of [a, c]) step(m, take(engine.process(m.state, winner.commit)).state);
    step(b, winner.pending);
    agree(group);
    expect(refusal(engine.process(c.state, loser.commit))).toBe('past-epoch');
  });

  it('is stored as records of which a message changes few, and goes on where it was', () => {
    const group = groupOf(40);
    const [a, b] = group as [Member, Member];
    const stored = new Map(engine.records(b.state).map((r) => [`${r.kind}/${r.index}`, r]));
    const sizeOf = (records: Iterable<{ value: Uint8Array }>) => [...records].reduce((n, r) => n + r.value.length, 0);
    const save = (before: GroupState, after: GroupState): number => {
      const changes = engine.records(after, before);
      for (const r of changes)
        if (r.value.length === 0) stored.delete(`${r.kind}/${r.index}`);
        else stored.set(`${r.kind}/${r.index}`, r);
      return sizeOf(changes);
    };
    const one = encrypt(a, 'một');
    const two = encrypt(a, 'hai');
    const first = engine.decrypt(b.state, [one]).state;
    const perFirst = save(b.state, first);
    const second = engine.decrypt(first, [two]).state;
    const perMessage = save(first, second);
    console.log(
      `40 members: state ${sizeOf(stored.values())} bytes; a sender's first message ${perFirst}, the next ${perMessage}`,
    );
    expect(perFirst).toBeLessThan(2000);
    expect(perMessage).toBeLessThan(600);
    const commit = take(engine.commit(a.state, a.who.key, { update: true, data }));
    const after = take(engine.process(second, commit.commit)).state as GroupState;
    save(second, after);
    step(a, commit.pending);
    const loaded = take(engine.load([...stored.values()]));
    expect(engine.epochAuthenticator(loaded)).toEqual(engine.epochAuthenticator(a.state));
    const reader = { who: b.who, state: loaded };
    expect(text(take(open(engine, reader, encrypt(a, 'ba'))).plaintext)).toBe('ba');
    expect(stored.size).toBe(engine.records(after).length);
  });

  it('a removed member learns that it is, and cannot read on', () => {
    const [a, b, c] = groupOf(3) as [Member, Member, Member];
    const made = take(engine.commit(a.state, a.who.key, { removes: [c.state.self], data }));
    const gone = take(engine.process(c.state, made.commit));
    expect(gone.state).toBeNull();
    expect(gone.facts.removes.map((l) => l.device)).toEqual([c.who.key.publicKey]);
    step(b, take(engine.process(b.state, made.commit)).state);
    step(a, made.pending);
    agree([a, b]);
    const message = encrypt(a, 'bí mật');
    expect(text(take(open(engine, b, message)).plaintext)).toBe('bí mật');
    expect(refusal(open(engine, c, message))).toBe('future-epoch');
  });

  it('every changed byte of a commit or message is a typed refusal, never a crash', () => {
    const [a, b] = groupOf(2) as [Member, Member];
    const adds = [engine.makeKeyPackage(device(trust), extension, now).keyPackage];
    const { commit } = take(engine.commit(a.state, a.who.key, { adds, data }));
    for (let i = 0; i < commit.length; i += 3) {
      const bad = commit.slice();
      bad[i] = (bad[i] as number) ^ 0x41;
      expect(refusal(engine.process(b.state, bad)), `byte ${i}`).not.toBe('accepted');
    }
    const message = encrypt(a, 'tin');
    for (let i = 0; i < message.length; i++) {
      const bad = message.slice();
      bad[i] = (bad[i] as number) ^ 1;
      expect(refusal(open(engine, b, bad)), `byte ${i}`).not.toBe('accepted');
    }
    expect(refusal(open(engine, b, message.slice(0, 40)))).toBe('invalid');
    expect(refusal(open(engine, b, new Uint8Array(70_000)))).toBe('too-large');
    expect(refusal(engine.process(b.state, message))).toBe('invalid');
    expect(refusal(open(engine, b, message)), 'control').toBe('accepted');
    expect(refusal(engine.process(b.state, commit)), 'control').toBe('accepted');
  });

  it('memory does not grow over thousands of states made and disposed of', () => {
    const group = groupOf(8);
    const [a, b] = group as [Member, Member];
    const once = () => {
      const other = leaderAlone();
      other.who.key.dispose();
      other.state.dispose();
      const message = encrypt(a, 'tin');
      open(engine, b, message);
      expect(refusal(open(engine, b, message))).toBe('invalid');
      const made = take(engine.commit(a.state, a.who.key, { update: true, data }));
      take(engine.process(b.state, made.commit)).state?.dispose();
      made.pending.dispose();
      const loaded = take(engine.load(engine.records(b.state)));
      loaded.dispose();
    };
    for (let i = 0; i < 200; i++) once();
    const before = size();
    for (let i = 0; i < 3000; i++) once();
    expect(size()).toBe(before);
    end(group);
    expect(() => engine.epochAuthenticator(a.state)).toThrow('disposed of');
  }, 120_000);

  it('the shipped module judges by Xóm’s rules and has no way around them', async () => {
    const shipped = await loadCore(new Uint8Array(readFileSync(wasm)));
    const exported = WebAssembly.Module.exports(await WebAssembly.compile(readFileSync(wasm))).map((e) => e.name);
    expect(exported).toContain('xom_group_commit');
    expect(exported.filter((name) => name.includes('test'))).toEqual([]);
    const judged = makeEngine(shipped);
    const who = device(shipped);
    const { state } = judged.createGroup(shipped.random(32), who, extension, policy, now);
    const stranger: NewKeyPackage = judged.makeKeyPackage(device(shipped), extension, now);
    const without = judged.commit(state, who.key, { adds: [stranger.keyPackage], data: new Uint8Array() });
    expect(without.ok).toBe(false);
    expect(() => judged.encrypt(state, device(trust).key, data)).toThrow('another core');
  });
});
