// The reader of MLS headers against messages of another implementation (ts-mls, behind mls/engine.ts).
import { describe, expect, it } from 'vitest';
import { makeEngine } from '../../src/mls/tsmls';
import { must } from '../../src/trust/index';
import { loadModule, toHex } from './support';

const { core } = await loadModule();
const engine = makeEngine((n) => core.random(n));
const now = Date.now();
const extension = new Uint8Array([1, 2, 3]);

function device() {
  const key = core.generateKey();
  return { account: core.generateKey().publicKey, device: key.publicKey, seed: key.seed() };
}
function take<T>(result: { ok: true; value: T } | { ok: false; error: { detail: string } }): T {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

describe('headers of MLS messages', () => {
  it('say the same as the library that wrote them', async () => {
    const leader = device();
    const joiner = device();
    const group = core.random(32);
    const { state, groupInfo } = await engine.createGroup(group, leader, extension, extension, now);
    const own = await engine.makeKeyPackage(joiner, extension, now);

    const offered = must(core.readMls(own.keyPackage));
    if (offered.type !== 'key-package') throw new Error(offered.type);
    expect(toHex(offered.keyPackage.ref)).toBe(toHex(own.ref));
    expect(toHex(offered.keyPackage.identity)).toBe(toHex(joiner.account));
    expect(toHex(offered.keyPackage.signatureKey)).toBe(toHex(joiner.device));
    expect(must(core.readMls(groupInfo))).toMatchObject({ type: 'group-info', epoch: 0n, signer: 0 });

    const data = new TextEncoder().encode('proofs');
    const made = take(await engine.add(state, [own.keyPackage], data));
    const commit = must(core.readMls(made.commit));
    expect(commit).toMatchObject({ type: 'public', contentType: 'commit', epoch: 0n, sender: 0, proposals: 1 });
    if (commit.type !== 'public') throw new Error(commit.type);
    expect(toHex(commit.group)).toBe(toHex(group));
    expect(toHex(commit.authenticatedData)).toBe(toHex(data));
    expect(commit.adds.map((a) => toHex(a.ref))).toEqual([toHex(own.ref)]);
    const welcome = must(core.readMls(made.welcome));
    if (welcome.type !== 'welcome') throw new Error(welcome.type);
    expect(welcome.newMembers.map(toHex)).toEqual([toHex(own.ref)]);

    const sent = take(await engine.encrypt(made.pending, new TextEncoder().encode('Chào tổ 5')));
    expect(must(core.readMls(sent.message))).toMatchObject({ type: 'private', contentType: 'application', epoch: 1n });
  });

  it('of cut messages are refused at every length', async () => {
    const { keyPackage } = await engine.makeKeyPackage(device(), extension, now);
    for (let size = 0; size < keyPackage.length; size++)
      expect(core.readMls(keyPackage.slice(0, size)).ok, `${size} bytes`).toBe(false);
    expect(core.readMls(keyPackage).ok).toBe(true);
  });
});
