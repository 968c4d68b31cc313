// The group that all three libraries are in. ts-mls founds it, for the core's groups carry an extension and core-crypto's demand a
// capability that the others have not; a member on the core enters and adds everybody else.
import { equal } from '../src/core/bytes.js';
import type { CoreEngine } from '../src/mls/core_engine.js';
import type { CommitRequest, GroupState, NewCommit } from '../src/mls/engine.js';
import { type OwnMember, taken } from '../tests/mls/own.js';
import type { Candidate, Target } from './subject.js';
import type { TsMls } from './ts_mls.js';
import { type Xom, XomSubject } from './xom.js';

const none = new Uint8Array();
/** Adds in one commit. */
const atOnce = 200;
/** In a group in use, the first of so many newcomers commits when they are in, and the last of these adds the candidates with a
 *  path. So no leaf is unmerged anywhere, for of such ts-mls demands too much (tests/mls/interop.test.ts). */
const block = 16;

/** fresh: nobody has committed but by Adds, and all parents of the tree are blank. used: most are not. */
export type Tree = 'fresh' | 'used';

export class Builder {
  private readonly crowd: OwnMember[] = [];
  private constructor(
    private readonly library: Xom,
    private readonly engine: CoreEngine,
    private readonly member: OwnMember,
    private state: GroupState,
  ) {}

  static async found(library: Xom, engine: CoreEngine, founder: TsMls): Promise<Builder> {
    const member = library.member();
    const group = crypto.getRandomValues(new Uint8Array(32));
    const welcome = await founder.found(group, member.keyPackage());
    return new Builder(library, engine, member, member.joined(welcome));
  }

  /** Grows the group to `size` members, of whom the candidates are the last; gives their Welcome. */
  fill(size: number, tree: Tree, candidates: readonly Candidate[]): Uint8Array {
    const used = tree === 'used';
    let last: { member: OwnMember; state: GroupState } | undefined;
    for (let members = 2; members < size - candidates.length; ) {
      const count = Math.min(used ? block - (members % block) : atOnce, size - candidates.length - members);
      const newcomers = Array.from({ length: count }, () => this.library.member());
      const adds = newcomers.map((one) => one.keyPackage());
      const { pending, welcome } = this.committed(this.member, this.state, { adds, data: none });
      this.goOn(pending);
      if (used) {
        last?.state.dispose();
        last = this.renewed(newcomers[0] as OwnMember, welcome);
      }
      this.crowd.push(...newcomers);
      members += count;
    }
    const adds = candidates.map((one) => one.keyPackage);
    const by = last ?? { member: this.member, state: this.state };
    const { pending, commit, welcome } = this.committed(by.member, by.state, { adds, update: used, data: none });
    if (last === undefined) {
      this.goOn(pending);
    } else {
      for (const state of [last.state, pending]) state.dispose();
      this.follow(commit);
    }
    return welcome;
  }
  /** The one who filled it, to be timed; it takes part from here on. */
  subject(): XomSubject {
    return new XomSubject(this.engine, this.member, this.state);
  }
  /** Somebody in the middle. */
  target(): Target {
    const { identity } = this.crowd[this.crowd.length >> 1] as OwnMember;
    const leaf = this.engine.members(this.state).find((one) => equal(one.account, identity));
    if (leaf === undefined) throw new Error('nobody to remove');
    return { identity, leaf: leaf.index };
  }

  private committed(by: OwnMember, state: GroupState, request: CommitRequest): NewCommit {
    return taken(this.engine.commit(state, by.device.key, request));
  }
  /** A newcomer enters and renews its keys. */
  private renewed(member: OwnMember, welcome: Uint8Array) {
    const entered = member.joined(welcome);
    const { pending, commit } = this.committed(member, entered, { update: true, data: none });
    entered.dispose();
    this.follow(commit);
    return { member, state: pending };
  }
  private follow(commit: Uint8Array): void {
    const { state } = taken(this.engine.process(this.state, commit));
    if (state === null) throw new Error('removed');
    this.goOn(state);
  }
  private goOn(next: GroupState): void {
    this.state.dispose();
    this.state = next;
  }
}
