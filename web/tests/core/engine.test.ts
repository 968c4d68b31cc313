import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import { describe, expect, it } from 'vitest';
import type { DeviceIdentity, Engine, GroupState, MlsResult, NewKeyPackage } from '../../src/mls/engine.js';
import { makeSuite } from '../../src/mls/suite.js';
import { makeEngine } from '../../src/mls/tsmls.js';

const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const engine: Engine = makeEngine(random);
const now = Date.now();
const extension = Uint8Array.of(1, 2, 3);
const policy = Uint8Array.of(9);
const pass = async () => null;
const bytes = (s: string) => new TextEncoder().encode(s);
const text = (b: Uint8Array) => new TextDecoder().decode(b);

function take<T>(r: MlsResult<T>): T {
  if (!r.ok) throw new Error(`${r.error.code}: ${r.error.detail}`);
  return r.value;
}
function refusal(r: MlsResult<unknown>): string {
  return r.ok ? 'accepted' : r.error.code;
}
function person(): DeviceIdentity {
  const seed = random(32);
  return { account: ed25519.getPublicKey(random(32)), device: ed25519.getPublicKey(seed), seed };
}
interface Member {
  who: DeviceIdentity;
  state: GroupState;
}

async function leaderAlone(): Promise<Member> {
  const who = person();
  return { who, state: (await engine.createGroup(random(32), who, extension, policy, now)).state };
}
async function addTo(group: Member[], kp?: NewKeyPackage): Promise<{ member: Member; commit: Uint8Array }> {
  const who = person();
  const own = kp ?? (await engine.makeKeyPackage(who, extension, now));
  const committer = group[0] as Member;
  const made = take(await engine.add(committer.state, [own.keyPackage], bytes('proof')));
  for (const m of group.slice(1)) m.state = take(await engine.process(m.state, made.commit, pass)).state;
  committer.state = made.pending;
  const member = { who, state: take(await engine.joinByWelcome(made.welcome, own)) };
  group.push(member);
  return { member, commit: made.commit };
}
async function groupOf(n: number): Promise<Member[]> {
  const group = [await leaderAlone()];
  while (group.length < n) await addTo(group);
  return group;
}
function agree(group: Member[]): void {
  const first = engine.epochAuthenticator((group[0] as Member).state);
  for (const m of group) expect(engine.epochAuthenticator(m.state)).toEqual(first);
}

describe('engine: a group', () => {
  it('adds by PublicMessage, joins by Welcome, and all members agree on the epoch', async () => {
    const group = await groupOf(4);
    agree(group);
    expect(engine.members((group[3] as Member).state).map((l) => l.account)).toEqual(group.map((m) => m.who.account));
    expect(engine.policy((group[3] as Member).state)).toEqual(policy);
    expect(engine.members((group[2] as Member).state)[1]?.extension).toEqual(extension);
  });

  it('a message names the leaf of who wrote it, and every member reads it', async () => {
    const group = await groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const sent = take(await engine.encrypt(b.state, bytes('Ngõ 12 mất điện 😀')));
    for (const reader of [a, c]) {
      const got = take(await engine.decrypt(reader.state, sent.message));
      expect(text(got.plaintext)).toBe('Ngõ 12 mất điện 😀');
      expect(got.sender.account).toEqual(b.who.account);
      expect(got.sender.device).toEqual(b.who.device);
    }
    expect(Buffer.from(sent.message).includes(Buffer.from('mất điện'))).toBe(false);
  });

  it('state is a value: the loser of an epoch processes the winner on the old state', async () => {
    const group = await groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const newcomer = await engine.makeKeyPackage(person(), extension, now);
    const winner = take(await engine.add(b.state, [newcomer.keyPackage], bytes('')));
    const loser = take(await engine.add(a.state, [newcomer.keyPackage], bytes('')));
    a.state = take(await engine.process(a.state, winner.commit, pass)).state;
    c.state = take(await engine.process(c.state, winner.commit, pass)).state;
    b.state = winner.pending;
    agree(group);
    expect(refusal(await engine.process(c.state, loser.commit, pass))).toBe('past-epoch');
  });

  it('survives saving and loading, ratchets included', async () => {
    const [a, b] = (await groupOf(2)) as [Member, Member];
    const one = take(await engine.encrypt(a.state, bytes('một')));
    const loaded = take(engine.load(engine.save(one.state)));
    const two = take(await engine.encrypt(loaded, bytes('hai')));
    const r1 = take(await engine.decrypt(b.state, one.message));
    const r2 = take(await engine.decrypt(take(engine.load(engine.save(r1.state))), two.message));
    expect(text(r2.plaintext)).toBe('hai');
    expect(refusal(await engine.decrypt(r2.state, two.message))).toBe('invalid'); // a key is used once
  });

  it('keeps no key of a past epoch', async () => {
    const group = await groupOf(2);
    const [a, b] = group as [Member, Member];
    const old = take(await engine.encrypt(a.state, bytes('cũ')));
    await addTo(group);
    expect(refusal(await engine.decrypt(b.state, old.message))).toBe('past-epoch');
    expect(
      (b.state as unknown as { mls: { historicalReceiverData: Map<bigint, unknown> } }).mls.historicalReceiverData.size,
    ).toBe(0);
  });
});

describe('engine: what is refused', () => {
  it('the judge sees the commit before the library does, and its no leaves the state as it was', async () => {
    const group = await groupOf(2);
    const [a, b] = group as [Member, Member];
    const before = engine.save(b.state);
    const made = take(
      await engine.add(a.state, [(await engine.makeKeyPackage(person(), extension, now)).keyPackage], bytes('x')),
    );
    let seen = 0;
    const result = await engine.process(b.state, made.commit, async (facts) => {
      seen++;
      expect(text(facts.authenticatedData)).toBe('x');
      expect(facts.adds).toHaveLength(1);
      expect(facts.committer.account).toEqual(a.who.account);
      return 'no voucher';
    });
    expect(refusal(result)).toBe('refused');
    expect(seen).toBe(1);
    expect(engine.save(b.state)).toEqual(before);
  });

  it('a removed member cannot read on (a Remove always carries a path)', async () => {
    const group = await groupOf(3);
    const [a, b, c] = group as [Member, Member, Member];
    const made = take(await engine.remove(a.state, [c.state.self], bytes('')));
    b.state = take(await engine.process(b.state, made.commit, pass)).state;
    const gone = take(await engine.process(c.state, made.commit, pass)).state;
    expect(gone.active).toBe(false);
    a.state = made.pending;
    agree([a, b]);
    const sent = take(await engine.encrypt(a.state, bytes('bí mật')));
    expect(text(take(await engine.decrypt(b.state, sent.message)).plaintext)).toBe('bí mật');
    expect(refusal(await engine.decrypt(gone, sent.message))).toBe('removed');
    expect(refusal(await engine.decrypt(c.state, sent.message))).toBe('future-epoch');
  });

  it('a Remove whose path was cut off is refused by rule', async () => {
    const [a, b, c] = (await groupOf(3)) as [Member, Member, Member];
    const made = take(await engine.remove(a.state, [c.state.self], bytes('')));
    const message = decodeMlsMessage(made.commit, 0)?.[0];
    if (message?.wireformat !== 'mls_public_message' || message.publicMessage.content.contentType !== 'commit')
      throw new Error();
    const cut = encodeMlsMessage({
      ...message,
      publicMessage: {
        ...message.publicMessage,
        content: {
          ...message.publicMessage.content,
          commit: { ...message.publicMessage.content.commit, path: undefined },
        },
      } as never,
    });
    expect(refusal(await engine.process(b.state, cut, pass))).toBe('not-allowed');
  });

  it('every changed byte of a commit or message: a typed refusal, never a crash', async () => {
    const [a, b] = (await groupOf(2)) as [Member, Member];
    const commit = take(
      await engine.add(a.state, [(await engine.makeKeyPackage(person(), extension, now)).keyPackage], bytes('')),
    ).commit;
    for (let i = 0; i < commit.length; i += 7) {
      const bad = commit.slice();
      bad[i] = (bad[i] as number) ^ 0x41;
      expect(refusal(await engine.process(b.state, bad, pass)), `byte ${i}`).not.toBe('accepted');
    }
    const message = take(await engine.encrypt(a.state, bytes('tin'))).message;
    for (let i = 0; i < message.length; i++) {
      const bad = message.slice();
      bad[i] = (bad[i] as number) ^ 1;
      expect(refusal(await engine.decrypt(b.state, bad)), `byte ${i}`).not.toBe('accepted');
    }
    expect(refusal(await engine.decrypt(b.state, message))).toBe('accepted');
    expect(refusal(await engine.decrypt(b.state, message.slice(0, 40)))).toBe('malformed');
    expect(refusal(await engine.decrypt(b.state, new Uint8Array(70_000)))).toBe('too-large');
    expect(refusal(await engine.process(b.state, message, pass))).toBe('malformed');
  });

  it('a newcomer whose leaf re-uses a key of the tree is refused (patch: key uniqueness)', async () => {
    const group = await groupOf(2);
    const [a, b] = group as [Member, Member];
    const own = await engine.makeKeyPackage(b.who, extension, now);
    expect((await engine.add(a.state, [own.keyPackage], bytes(''))).ok).toBe(false);
  });

  it('random walks of adds and removes: joiners accept every legal tree, all agree (patch: unmerged leaves)', async () => {
    let seed = 7;
    const dice = (n: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return (seed >> 8) % n;
    };
    for (let walk = 0; walk < 3; walk++) {
      let group = await groupOf(3);
      for (let step = 0; step < 12; step++) {
        if (group.length > 2 && dice(3) === 0) {
          const [a, ...rest] = group as [Member, ...Member[]];
          const victim = rest[dice(rest.length)] as Member;
          const made = take(await engine.remove(a.state, [victim.state.self], bytes('')));
          group = [a, ...rest.filter((m) => m !== victim)];
          for (const m of group.slice(1)) m.state = take(await engine.process(m.state, made.commit, pass)).state;
          a.state = made.pending;
        } else await addTo(group);
        group.push(group.shift() as Member);
        agree(group);
      }
    }
  }, 60_000);
});

describe('suite', () => {
  // RFC 9180, A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode.
  it('derives the key pair of RFC 9180, A.2.1', async () => {
    const { hpke } = makeSuite(random);
    const hex = (s: string) => Uint8Array.from(Buffer.from(s, 'hex'));
    const pair = await hpke.deriveKeyPair(hex('1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df'));
    expect(await hpke.exportPublicKey(pair.publicKey)).toEqual(
      hex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
    );
  });
  it('opens the ciphertext of RFC 9180, A.2.1', async () => {
    const hex = (s: string) => Uint8Array.from(Buffer.from(s, 'hex'));
    const { hpke } = makeSuite(random);
    const plain = await hpke.open(
      await hpke.importPrivateKey(hex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb')),
      hex('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a'),
      hex('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'),
      hex('4f6465206f6e2061204772656369616e2055726e'),
      hex('436f756e742d30'),
    );
    expect(text(plain)).toBe('Beauty is truth, truth beauty');
    expect(x25519.getPublicKey(random(32))).toHaveLength(32);
  });
});
