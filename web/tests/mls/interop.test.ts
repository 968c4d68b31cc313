// Groups of members on the core and members on ts-mls 1.6.4, unpatched, by seeded random walks: either founds, adds, joins by
// Welcome, updates, removes, speaks and exports; after every commit all agree on the epoch. No policy judges, for ts-mls knows
// nothing of vouchers. What ts-mls 1.6.4 cannot do, and these walks therefore leave out or count:
// - it demands equal `unmerged_leaves` all the way up, so its joiners refuse legal trees (RFC 9420, 12.4.3.1 asks this of the
//   nodes strictly between only). Such a joiner is counted, and removed by the next commit;
// - where the root is blank because one half of the tree is empty, it derives the commit secret one step too far (12.4.1 wants
//   the step after the last path secret of the UpdatePath), so members on it and others part: no Remove here empties a half;
// - it takes an outsider's external commit whatever it removes: no external commits here;
// - it does not tell which leaf a message came from: the sender is compared where the core reads;
// - a new leaf's keys may repeat keys of the tree, and a sender index may point at a blank leaf: the core's own tests;
// - parent hashes cost it O(N²) at a join: groups here have at most ten members.
import { describe, expect, it } from 'vitest';
import type { DeviceIdentity, GroupState } from '../../src/mls/engine.js';
import { missing } from '../core/support/person.js';
import { type Change, type Invited, type Made, type Member, Partners } from './partner.js';
import { bytes, device, loadUnjudged, open, take } from './support.js';

const walks = Number(process.env.XOM_WALKS ?? 6);
const steps = 40;
const most = 10;
const data = bytes('dữ liệu');

/** Is the left half of a tree with these leaves empty? Its right half never is: trees shrink. */
function isHalfEmpty(leaves: readonly number[]): boolean {
  let slots = 1;
  while (slots <= Math.max(...leaves)) slots *= 2;
  return slots > 1 && leaves.every((leaf) => leaf >= slots / 2);
}

describe.skipIf(missing !== undefined)('members on the core and on ts-mls in one group', async () => {
  const { trust, engine } = await loadUnjudged();
  const random = (n: number) => trust.random(n);
  const partners = new Partners(random);

  class Own implements Member {
    readonly client = 'core';
    constructor(
      readonly who: DeviceIdentity,
      private held: GroupState,
    ) {}
    get state(): GroupState {
      return this.held;
    }
    set state(next: GroupState) {
      if (next !== this.held) this.held.dispose();
      this.held = next;
    }
    get self(): number {
      return this.held.self;
    }
    async commit({ adds, removes, data }: Change): Promise<Made> {
      const update = (adds ?? []).length === 0;
      const made = take(engine.commit(this.held, this.who.key, { adds, removes, update, data }));
      const { commit, welcome, pending } = made;
      return {
        commit,
        welcome,
        adopt: () => {
          this.state = pending;
        },
      };
    }
    async process(commit: Uint8Array): Promise<boolean> {
      const { state, facts } = take(engine.process(this.held, commit));
      expect(facts.authenticatedData).toEqual(data);
      if (state === null) return false;
      this.state = state;
      return true;
    }
    async encrypt(plaintext: Uint8Array): Promise<Uint8Array> {
      const { state, message } = take(engine.encrypt(this.held, this.who.key, plaintext));
      this.state = state;
      return message;
    }
    async decrypt(message: Uint8Array): Promise<Uint8Array> {
      return take(open(engine, this, message)).plaintext;
    }
    authenticator(): Uint8Array {
      return engine.epochAuthenticator(this.held);
    }
    async exported(label: string, context: Uint8Array, length: number): Promise<Uint8Array> {
      return engine.exportSecret(this.held, label, context, length);
    }
  }
  const own = {
    async found(group: Uint8Array): Promise<Member> {
      const who = device(trust);
      return new Own(who, engine.createGroup(group, who, Uint8Array.of(1), Uint8Array.of(9), Date.now()).state);
    },
    async invite(): Promise<Invited> {
      const who = device(trust);
      const made = engine.makeKeyPackage(who, Uint8Array.of(1), Date.now());
      return {
        keyPackage: made.keyPackage,
        join: async (welcome) => new Own(who, take(engine.joinByWelcome(welcome, made))),
      };
    },
  };

  const totals = { commits: 0, joins: 0, removals: 0, messages: 0, refusedByTsMls: 0 };

  async function walk(seed: number): Promise<void> {
    let state = seed * 2654435761 + 1;
    const dice = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % n;
    };
    const some = () => (dice(2) === 0 ? own : partners);
    let group: Member[] = [await (seed % 2 === 0 ? own : partners).found(random(32))];
    /** Leaves of joiners whose client refused a legal tree. */
    let ghosts: number[] = [];

    const agree = async () => {
      const first = group[0] as Member;
      const secret = await first.exported('thử', bytes('ngữ cảnh'), 48);
      for (const m of group) {
        expect(m.authenticator(), `${m.client} at leaf ${m.self}`).toEqual(first.authenticator());
        expect(await m.exported('thử', bytes('ngữ cảnh'), 48)).toEqual(secret);
      }
    };
    const commit = async (by: Member, change: Change, gone: readonly Member[] = []): Promise<Made> => {
      const made = await by.commit(change);
      for (const m of group) if (m !== by) expect(await m.process(made.commit), m.client).toBe(!gone.includes(m));
      made.adopt();
      group = group.filter((m) => !gone.includes(m));
      totals.commits++;
      return made;
    };

    for (let step = 0; step < steps; step++) {
      const by = group[dice(group.length)] as Member;
      const what = dice(10);
      const left = group.map((m) => m.self);
      if (ghosts.length > 0 && !isHalfEmpty(left)) {
        await commit(by, { removes: ghosts, data });
        ghosts = [];
      } else if (group.length < 2 || (what < 4 && group.length < most)) {
        const invited = await some().invite();
        const members = new Set(group.map((m) => m.self));
        const made = await commit(by, { adds: [invited.keyPackage], data });
        const joined = await invited.join(made.welcome).catch((e: unknown) => {
          // Only ts-mls, and only for this reason: see above.
          if (!String(e).includes('nmerged')) throw e;
          return null;
        });
        if (joined === null) {
          totals.refusedByTsMls++;
          let leaf = 0; // RFC 9420, 7.7: the leftmost blank one
          while (members.has(leaf) || ghosts.includes(leaf)) leaf++;
          ghosts = [...ghosts, leaf];
        } else {
          group.push(joined);
          totals.joins++;
        }
      } else if (what < 6 && group.length > 2) {
        const gone = group.filter((m) => m !== by).slice(0, 1 + dice(2));
        if (isHalfEmpty(left.filter((leaf) => !gone.some((m) => m.self === leaf)))) continue;
        await commit(by, { removes: gone.map((m) => m.self), data }, gone);
        totals.removals += gone.length;
      } else if (what < 8) {
        await commit(by, { data });
      } else {
        for (let i = 0; i < 3; i++) {
          const sent = bytes(`bước ${step}: tin ${i} 😀`);
          const message = await by.encrypt(sent);
          for (const m of group)
            if (m !== by) expect(await m.decrypt(message), `${by.client} to ${m.client}`).toEqual(sent);
          totals.messages++;
        }
      }
      await agree();
    }
  }

  for (let seed = 1; seed <= walks; seed++)
    it(`walk ${seed}, founded by ${seed % 2 === 0 ? 'the core' : 'ts-mls'}`, () => walk(seed), 120_000);
  it('the walks went everywhere', () => {
    console.log(`interoperability with ts-mls: ${JSON.stringify(totals)}`);
    for (const n of [totals.commits, totals.joins, totals.removals, totals.messages]) expect(n).toBeGreaterThan(walks);
  });
});
