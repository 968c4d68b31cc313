// Groups of members on the core and members on core-crypto, in a page; tests/e2e/core_crypto.spec.ts says what cannot be done.
// A promise that is broken rejects.
import { equal, toHex } from '../../src/core/bytes.js';
import type { CoreEngine } from '../../src/mls/core_engine.js';
import { type Core, loadCore } from '../../src/trust';
import { CoreCryptoMember, exporterLabel, freshIdentity, type Sent, startCoreCrypto, toldBy } from './core_crypto.js';
import { OwnMember, taken, unjudgedEngine } from './own.js';

type Member = OwnMember | CoreCryptoMember;
const nameOf = (m: Member) => (m instanceof OwnMember ? 'the core' : 'core-crypto');
const none = new Uint8Array();
const bytes = (s: string) => new TextEncoder().encode(s);

function mustEqual(what: string, a: Uint8Array, b: Uint8Array): void {
  if (!equal(a, b)) throw new Error(`${what}: ${toHex(a)} is not ${toHex(b)}`);
}
function must(what: string, holds: boolean): void {
  if (!holds) throw new Error(what);
}
async function secretOf(m: Member): Promise<Uint8Array> {
  return m instanceof OwnMember ? m.exported(exporterLabel, 32) : m.exported(32);
}
async function rosterOf(m: Member): Promise<string> {
  const identities = m instanceof OwnMember ? m.leaves().map((leaf) => leaf.account) : await m.members();
  return identities.map(toHex).sort().join(' ');
}

class World {
  private constructor(
    readonly core: Core,
    readonly engine: CoreEngine,
  ) {}
  static async open(coreUrl: string, partnerUrl: string): Promise<World> {
    await startCoreCrypto(partnerUrl);
    const core = await loadCore(fetch(coreUrl));
    return new World(core, unjudgedEngine(core));
  }
  own(): OwnMember {
    return new OwnMember(this.core, this.engine, freshIdentity());
  }
  async invited(own: boolean): Promise<{ member: Member; keyPackage: Uint8Array }> {
    const member = own ? this.own() : await CoreCryptoMember.make();
    const keyPackage = await (member instanceof OwnMember ? member.keyPackageWithX509() : member.keyPackage());
    return { member, keyPackage };
  }
}

/** Members who follow each other; after each change all agree on the epoch and on who is in. */
class Group {
  members: Member[] = [];
  private published: Uint8Array = new Uint8Array();
  /** What was done by whom to whom, for the reader of the test. */
  readonly done = new Map<string, number>();
  constructor(private readonly world: World) {}

  async found(id: Uint8Array): Promise<void> {
    const founder = await CoreCryptoMember.make();
    await founder.found(id);
    this.members = [founder];
  }
  async add(by: Member, newcomers: readonly boolean[]): Promise<void> {
    const invited = await Promise.all(newcomers.map((own) => this.world.invited(own)));
    const sent = await by.commit({ adds: invited.map((one) => one.keyPackage) });
    await this.follow('Add', by, sent);
    for (const { member } of invited) {
      await member.join(sent.welcome);
      this.count(`Welcome of ${nameOf(by)} joined by ${nameOf(member)}`);
      this.members.push(member);
    }
    await this.agree();
  }
  /** A newcomer on core-crypto enters by itself, with what the last commit published. */
  async enter(): Promise<void> {
    const newcomer = await CoreCryptoMember.make();
    await this.follow('entry', newcomer, await newcomer.enter(this.published));
    this.members.push(newcomer);
    await this.agree();
  }
  async update(by: Member): Promise<void> {
    await this.follow('update', by, await by.commit({}));
    await this.agree();
  }
  async remove(by: Member, gone: Member): Promise<void> {
    const sent = await by.commit({ removes: [gone.identity] });
    must(`${nameOf(gone)} is told that it was removed`, !(await gone.process(sent.commit)));
    this.members = this.members.filter((m) => m !== gone);
    await this.follow('Remove', by, sent);
    await this.agree();
  }
  async speak(by: Member, text: string): Promise<void> {
    const message = await by.encrypt(bytes(text));
    for (const m of this.members) {
      if (m === by) continue;
      const { plaintext, identity } = await m.decrypt(message);
      mustEqual(`words of ${nameOf(by)} at ${nameOf(m)}`, plaintext, bytes(text));
      mustEqual(`sender at ${nameOf(m)}`, identity, by.identity);
      this.count(`message of ${nameOf(by)} read by ${nameOf(m)}`);
    }
  }

  private async follow(what: string, by: Member, sent: Sent): Promise<void> {
    this.published = sent.groupInfo;
    for (const m of this.members) {
      if (m === by) continue;
      must(`${nameOf(m)} goes on`, await m.process(sent.commit));
      this.count(`${what} of ${nameOf(by)} processed by ${nameOf(m)}`);
    }
  }
  private async agree(): Promise<void> {
    const first = this.members[0] as Member;
    const [secret, roster] = [await secretOf(first), await rosterOf(first)];
    for (const m of this.members) {
      mustEqual(`exported secret of ${nameOf(m)} and ${nameOf(first)}`, await secretOf(m), secret);
      must(`${nameOf(m)} and ${nameOf(first)} know the same members`, (await rosterOf(m)) === roster);
    }
  }
  private count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}

const steps = 40;
const most = 8;

const stories = {
  /** A seeded random walk; gives what was done how often. */
  async walk(world: World, seed: number): Promise<Record<string, number>> {
    let state = Math.imul(seed, 2654435761) + 1;
    const dice = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % n;
    };
    const group = new Group(world);
    await group.found(world.core.random(32));
    for (let step = 0; step < steps; step++) {
      const by = group.members[dice(group.members.length)] as Member;
      const what = dice(10);
      const room = most - group.members.length;
      if (group.members.length < 3 || (what < 4 && room > 0)) {
        const newcomers = [dice(2) === 0, dice(2) === 0].slice(0, Math.min(room, 1 + dice(2)));
        if (step > 5 && dice(4) === 0) await group.enter();
        else await group.add(by, newcomers);
      } else if (what < 5) {
        const others = group.members.filter((m) => m !== by);
        await group.remove(by, others[dice(others.length)] as Member);
      } else if (what < 7) {
        await group.update(by);
      } else {
        for (let i = 0; i < 3; i++) await group.speak(by, `bước ${step}: tin ${i} 😀`);
      }
    }
    return Object.fromEntries(group.done);
  },

  /** What keeps its groups and Xóm's apart, in the words of who refuses; and the same without that, which passes. */
  async refusals(world: World): Promise<Record<string, string>> {
    const { engine, core } = world;
    const founded = async () => {
      const founder = await CoreCryptoMember.make();
      await founder.found(core.random(32));
      return founder;
    };
    const enters = async (member: OwnMember, keyPackage: Uint8Array) => {
      const founder = await founded();
      await member.join((await founder.commit({ adds: [keyPackage] })).welcome);
      return member.decrypt(await founder.encrypt(bytes('chào'))).then(async () => {
        await founder.decrypt(await member.encrypt(bytes('chào')));
      });
    };
    const ofXom = async () => {
      const own = world.own();
      const { state } = engine.createGroup(core.random(32), own.device, none, Uint8Array.of(9), Date.now());
      const adds = [await (await CoreCryptoMember.make()).keyPackage()];
      taken(engine.commit(state, own.device.key, { adds, data: none }));
    };
    const [narrow, wide, nameless] = [world.own(), world.own(), new OwnMember(core, engine, core.random(32))];
    const tried = {
      'core-crypto into a group of Xóm': ofXom,
      'a leaf of Xóm into a group of core-crypto': async () => enters(narrow, narrow.keyPackage()),
      'the same with X.509 among its capabilities': async () => enters(wide, await wide.keyPackageWithX509()),
      'a credential that is an account’s key': async () => enters(nameless, await nameless.keyPackageWithX509()),
    };
    const outcome: Record<string, string> = {};
    for (const [what, attempt] of Object.entries(tried)) outcome[what] = await attempt().then(() => 'accepted', toldBy);
    return outcome;
  },
};

export type Stories = {
  walk(seed: number): Promise<Record<string, number>>;
  refusals(): Promise<Record<string, string>>;
};
const world = World.open('/core.wasm', '/core_crypto.wasm');
const offered: Stories = {
  // Errors of core-crypto say nothing outside of their fields.
  walk: async (seed) =>
    stories.walk(await world, seed).catch((e) => {
      throw new Error(toldBy(e), { cause: e });
    }),
  refusals: async () => stories.refusals(await world),
};
Object.assign(window, offered);
