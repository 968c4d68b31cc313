// The core, in the WebAssembly module and through the engine that the client uses; without policy (the tests' module), for the
// partners know nothing of vouchers.
import type { CoreEngine } from '../src/mls/core_engine.js';
import type { CommitRequest, GroupState } from '../src/mls/engine.js';
import type { Core } from '../src/trust';
import { freshIdentity } from '../tests/mls/core_crypto.js';
import { OwnMember, taken } from '../tests/mls/own.js';
import { type Candidate, type Library, type Made, now, type Spoken, type Subject, type Target } from './subject.js';

const none = new Uint8Array();
/** Bytes: kind and index. */
const recordKey = 8;

export class Xom implements Library {
  readonly name = 'xom';
  constructor(
    private readonly core: Core,
    private readonly engine: CoreEngine,
  ) {}
  member(): OwnMember {
    return new OwnMember(this.core, this.engine, freshIdentity());
  }
  async candidate(): Promise<Candidate> {
    const member = this.member();
    const keyPackage = member.keyPackage();
    const join = async (welcome: Uint8Array) => {
      const begin = now();
      const state = member.joined(welcome);
      return { ms: now() - begin, subject: new XomSubject(this.engine, member, state) };
    };
    return { keyPackage, join };
  }
}

export class XomSubject implements Subject {
  constructor(
    private readonly engine: CoreEngine,
    private readonly member: OwnMember,
    private state: GroupState,
  ) {}
  update(): Promise<Made> {
    return this.commit({ update: true, data: none });
  }
  add(keyPackage: Uint8Array): Promise<Made> {
    return this.commit({ adds: [keyPackage], data: none });
  }
  remove({ leaf }: Target): Promise<Made> {
    return this.commit({ removes: [leaf], data: none });
  }
  async process(commit: Uint8Array): Promise<number> {
    const begin = now();
    const { state } = taken(this.engine.process(this.state, commit));
    const ms = now() - begin;
    state?.dispose();
    return ms;
  }
  async encrypt(plaintexts: readonly Uint8Array[]): Promise<Spoken> {
    const ms: number[] = [];
    let stored = 0;
    const messages = plaintexts.map((plaintext) => {
      const begin = now();
      const { state, message } = taken(this.engine.encrypt(this.state, this.member.device.key, plaintext));
      ms.push(now() - begin);
      stored = this.goOn(state);
      return message;
    });
    return { ms, messages, stored };
  }
  async decrypt(messages: readonly Uint8Array[]): Promise<Spoken> {
    const ms: number[] = [];
    let stored = 0;
    for (const message of messages) {
      const begin = now();
      const { state, opened } = this.engine.decrypt(this.state, [message]);
      ms.push(now() - begin);
      for (const one of opened) taken(one);
      stored = this.goOn(state);
    }
    return { ms, messages, stored };
  }

  private async commit(request: CommitRequest): Promise<Made> {
    const begin = now();
    const { pending, commit } = taken(this.engine.commit(this.state, this.member.device.key, request));
    const ms = now() - begin;
    pending.dispose();
    return { ms, commit };
  }
  /** Bytes of the records that the step changed, with their keys. */
  private goOn(next: GroupState): number {
    const changed = this.engine.records(next, this.state);
    this.state.dispose();
    this.state = next;
    return changed.reduce((sum, record) => sum + record.value.length + recordKey, 0);
  }
}
