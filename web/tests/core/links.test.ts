// Links on paper: what a root, a damage and a date in them do.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLink } from '../../src/core/links.js';
import { missing, type Person } from './support/person.js';
import { World } from './support/world.js';

const withAnotherRoot = (fragment: string): string => {
  const [kind, , ...rest] = fragment.split('.');
  return [kind, Buffer.alloc(32, 7).toString('base64url'), ...rest].join('.');
};

describe.skipIf(missing !== undefined)(`links${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let world: World;
  let leader: Person;
  let hoa: Person;
  let fragment: string;
  const fragmentOf = async (days?: number) => {
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 18', days);
    return link.split('#')[1] as string;
  };
  beforeEach(async () => {
    world = await World.make();
    leader = await world.leader();
    fragment = await fragmentOf();
    hoa = await world.person('hoa');
  });
  afterEach(() => world.close());

  it('a ward whose certificate comes later is recognised without a reload', async () => {
    const official = world.node.official(world.root);
    const key = Buffer.from(official.id).toString('hex');
    world.node.logs.delete(key); // the ward has not mirrored its parent's log yet
    await hoa.core.openLink(fragment);
    await hoa.core.join('Chị Hoa');
    await new Promise((r) => setTimeout(r, 50));
    expect(hoa.state.node).toBeNull();
    expect(hoa.state.join.step).toBe('registering');
    world.node.logs.set(key, official);
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
  });

  it('a code with a false root locks nobody out: the true one takes its place, before and after a reload', async () => {
    await hoa.core.openLink(withAnotherRoot(fragment));
    await new Promise((r) => setTimeout(r, 50));
    expect(hoa.state.node).toBeNull();
    await hoa.reload();
    await hoa.core.openLink(fragment);
    await hoa.until('the node', () => hoa.state.node?.verified);
    await hoa.core.join('Chị Hoa');
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
  });

  it('the true code may follow at once, while the node is still asked about the false one', async () => {
    await hoa.core.openLink(withAnotherRoot(fragment));
    await hoa.core.openLink(fragment);
    await hoa.core.join('Chị Hoa');
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
  });

  it('who joins by a code with a false root is told after a while, and can use the true one', async () => {
    await hoa.core.openLink(withAnotherRoot(fragment));
    await hoa.core.join('Chị Hoa');
    expect(hoa.state.join.step).toBe('registering');
    await hoa.until('the refusal', () => hoa.state.join.step === 'failed');
    expect(hoa.state.join).toEqual({ step: 'failed', reason: 'wrong-root' });
    await hoa.core.openLink(fragment);
    await hoa.core.join('Chị Hoa');
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
  });

  it('a damaged one, one of another root, and an expired one are told apart', async () => {
    await expect(hoa.core.openLink(`${fragment.slice(0, -3)}AAA`)).rejects.toMatchObject({ code: 'invalid' });
    await expect(hoa.core.openLink('j.x.y.z')).rejects.toMatchObject({ code: 'invalid' });
    await hoa.core.openLink(fragment);
    expect(hoa.state.join).toMatchObject({ step: 'preview', kind: 'group' });
    await hoa.until('the node', () => hoa.state.node);
    await expect(hoa.core.openLink(withAnotherRoot(fragment))).rejects.toMatchObject({ code: 'wrong-root' });
    const late = await world.person('late');
    await late.core.openLink(await fragmentOf(-1));
    await expect(late.core.join('Muộn')).rejects.toMatchObject({ code: 'expired' });
    expect(readLink(fragment)?.kind).toBe('group');
  });
});
