// An attacker among the members: commits that pass all that a node can check, each with one fault
// (tests/support/faulty_commit.h). Of the tests' module alone (tools/build-wasm --tests).
import { CoreEngine, type Judged } from '../../src/mls/core_engine.js';
import type { CommitRequest, GroupState, MlsResult, NewCommit } from '../../src/mls/engine.js';
import { borderOf, type Core, type Key } from '../../src/trust';

/** The tests' module's functions that no policy judges. */
export const unjudged: Judged = {
  commit: 'xom_test_group_commit',
  process: 'xom_test_group_process',
  reenter: 'xom_test_group_reenter',
};

export const faults = {
  /** The control: made in the same way, and right. */
  none: 0,
  /** The GroupInfo has the same wrong tag. */
  confirmationTag: 1,
  membershipTag: 2,
  /** Of one member's path secret alone. */
  path: 3,
  /** No newcomer can open it. */
  welcome: 4,
  /** A key that nobody holds: found when somebody re-enters. */
  externalPub: 5,
} as const;
export type Fault = keyof typeof faults;

export class FaultyEngine extends CoreEngine {
  /** `core`: the tests' module. No policy judges. */
  constructor(core: Core) {
    super(borderOf(core), unjudged);
  }

  /**
   * A commit with a path. `pending` is the state of those whom the fault does not hit. `victim`: for `path`, a leaf whose
   * ciphertext nobody shares; that of the attacker's sibling (its index ^ 1) always is one. Refused where others would be
   * hit too, or nothing is sealed to the victim.
   */
  faultyCommit(state: GroupState, key: Key, request: CommitRequest, fault: Fault, victim = 0): MlsResult<NewCommit> {
    const asked = { ...request, update: true };
    return this.commitBy('xom_test_group_commit_faulty', state, key, asked, faults[fault], victim);
  }
}
