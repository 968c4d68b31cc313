// Commits with a fault that no node can see, and the way back into the group of those whom they shut out.
import { describe, expect, it } from 'vitest';
import type { DeviceIdentity, GroupState, NewCommit } from '../../src/mls/engine.js';
import { missing } from '../core/support/person.js';
import { type Fault, FaultyEngine } from './faulty.js';
import { bytes, device, loadUnjudged, refusal, take } from './support.js';

interface Member {
  readonly who: DeviceIdentity;
  state: GroupState;
}

describe.skipIf(missing !== undefined)('re-entry', async () => {
  const { trust, size } = await loadUnjudged();
  const engine = new FaultyEngine(trust);
  const now = Date.now();
  const extension = Uint8Array.of(1, 2, 3);
  const data = bytes('proof');

  const step = (member: Member, state: GroupState | null) => {
    if (state === null) throw new Error('removed');
    member.state.dispose();
    member.state = state;
  };
  const groupOf = (n: number): Member[] => {
    const who = Array.from({ length: n }, () => device(trust));
    const [founder, ...others] = who as [DeviceIdentity, ...DeviceIdentity[]];
    const { state } = engine.createGroup(trust.random(32), founder, extension, Uint8Array.of(9), now);
    const own = others.map((each) => engine.makeKeyPackage(each, extension, now));
    const made = take(engine.commit(state, founder.key, { adds: own.map((o) => o.keyPackage), data }));
    state.dispose();
    const joined = own.map((o) => take(engine.joinByWelcome(made.welcome, o)));
    return who.map((each, i) => ({ who: each, state: i === 0 ? made.pending : (joined[i - 1] as GroupState) }));
  };
  const end = (group: readonly Member[]) => {
    for (const m of group) {
      m.state.dispose();
      m.who.key.dispose();
    }
  };
  const codes = (group: readonly Member[]) => group.map((m) => engine.epochAuthenticator(m.state));
  const agree = (group: readonly Member[]) => {
    for (const code of codes(group)) expect(code).toEqual(codes(group)[0]);
  };
  const newcomer = () => engine.makeKeyPackage(device(trust), extension, now);
  const faulty = (by: Member, fault: Fault, adds: readonly Uint8Array[] = [], victim = 0) =>
    take(engine.faultyCommit(by.state, by.who.key, { adds, data }, fault, victim));
  /** Who takes it in, and who refuses it; the former go on. */
  const show = (to: readonly Member[], made: NewCommit): string[] =>
    to.map((m) => {
      const processed = engine.process(m.state, made.commit);
      if (processed.ok) step(m, processed.value.state);
      return refusal(processed);
    });
  const enter = (m: Member, base: GroupState | null, commits: readonly Uint8Array[], info: Uint8Array) =>
    engine.reenter(base, commits, info, m.who, extension, data);

  it('each fault hits exactly those whom it is for, and none hits nobody', () => {
    const hit: Record<Fault, string[]> = {
      none: ['accepted', 'accepted', 'accepted'],
      confirmationTag: ['invalid', 'invalid', 'invalid'],
      membershipTag: ['invalid', 'invalid', 'invalid'],
      path: ['accepted', 'invalid', 'accepted'],
      welcome: ['accepted', 'accepted', 'accepted'],
      externalPub: ['accepted', 'accepted', 'accepted'],
    };
    for (const [fault, told] of Object.entries(hit) as [Fault, string[]][]) {
      const group = groupOf(4);
      const [a, b, c, d] = group as [Member, Member, Member, Member];
      const own = newcomer();
      const made = faulty(a, fault, [own.keyPackage], c.state.self);
      expect(show([b, c, d], made), fault).toEqual(told);
      const joined = engine.joinByWelcome(made.welcome, own);
      expect(refusal(joined), fault).toBe(['welcome', 'confirmationTag'].includes(fault) ? 'invalid' : 'accepted');
      if (joined.ok) joined.value.dispose();
      made.pending.dispose();
      end(group);
    }
  });

  it('follows commits that its state cannot open, and comes back over its own leaf', () => {
    const group = groupOf(4);
    const [a, b, c, d] = group as [Member, Member, Member, Member];
    const bad = faulty(a, 'path', [], c.state.self);
    show([b, d], bad);
    step(a, bad.pending);
    const next = take(engine.commit(d.state, d.who.key, { update: true, data }));
    show([a, b], next);
    step(d, next.pending);
    const commits = [bad.commit, next.commit];
    const self = c.state.self;

    expect(refusal(enter(c, c.state, commits, bad.groupInfo))).toBe('past-epoch');
    expect(refusal(enter(c, c.state, [bad.commit], next.groupInfo))).toBe('future-epoch');
    expect(refusal(enter(c, c.state, [next.commit], next.groupInfo))).toBe('future-epoch');
    const other = groupOf(2);
    const foreign = take(
      engine.commit((other[0] as Member).state, (other[0] as Member).who.key, { update: true, data }),
    );
    expect(refusal(enter(c, c.state, commits, foreign.groupInfo))).toBe('invalid');
    expect(refusal(enter(c, null, [], foreign.groupInfo))).toBe('not-a-member');
    foreign.pending.dispose();
    end(other);

    const back = take(enter(c, c.state, commits, next.groupInfo));
    expect(back.welcome.length).toBe(0);
    expect(show([a, b, d], back)).toEqual(['accepted', 'accepted', 'accepted']);
    step(c, back.pending);
    expect(c.state.self).toBe(self);
    agree(group);
    expect(engine.members(c.state)).toHaveLength(4);
    end(group);
  });

  it('a newcomer whose Welcome is garbage enters without a state', () => {
    const group = groupOf(2);
    const [a, b] = group as [Member, Member];
    const who = device(trust);
    const own = engine.makeKeyPackage(who, extension, now);
    const made = faulty(a, 'welcome', [own.keyPackage]);
    show([b], made);
    step(a, made.pending);
    expect(refusal(engine.joinByWelcome(made.welcome, own))).toBe('invalid');
    const back = take(engine.reenter(null, [], made.groupInfo, who, extension, data));
    expect(show([a, b], back)).toEqual(['accepted', 'accepted']);
    const all = [...group, { who, state: back.pending }];
    agree(all);
    end(all);
  });

  it('an external_pub that nobody holds is found by the others, and healed by a fresh GroupInfo', () => {
    const group = groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const made = faulty(a, 'externalPub');
    show([b], made);
    step(a, made.pending);
    const tried = take(enter(c, c.state, [made.commit], made.groupInfo));
    expect(show([a, b], tried)).toEqual(['invalid', 'invalid']);
    tried.pending.dispose();
    const fresh = take(engine.commit(b.state, b.who.key, { update: true, data }));
    show([a], fresh);
    step(b, fresh.pending);
    const back = take(enter(c, c.state, [made.commit, fresh.commit], fresh.groupInfo));
    expect(show([a, b], back)).toEqual(['accepted', 'accepted']);
    step(c, back.pending);
    agree(group);
    end(group);
  });

  it('keeps no memory, whether it works or not', () => {
    const group = groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const made = faulty(a, 'path', [], b.state.self);
    const once = () => {
      take(enter(b, b.state, [made.commit], made.groupInfo)).pending.dispose();
      take(enter(b, null, [], made.groupInfo)).pending.dispose();
      expect(refusal(enter(b, b.state, [], made.groupInfo))).toBe('future-epoch');
      expect(refusal(enter(b, b.state, [made.commit], made.commit))).toBe('invalid');
      expect(refusal(engine.faultyCommit(c.state, c.who.key, { data }, 'path', 99))).toBe('invalid');
    };
    for (let i = 0; i < 50; i++) once();
    const before = size();
    for (let i = 0; i < 500; i++) once();
    expect(size()).toBe(before);
    made.pending.dispose();
    end(group);
  }, 60_000);
});
