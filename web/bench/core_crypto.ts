// Wire's core-crypto (OpenMLS). Times are of its calls alone: its database is in memory, and the end of a transaction, which
// writes there, is not counted.
import { CoreCryptoMember, type Wanted } from '../tests/mls/core_crypto.js';
import { type Candidate, type Library, type Made, now, type Spoken, type Subject, type Target } from './subject.js';

export class CoreCryptoLibrary implements Library {
  readonly name = 'core-crypto';
  /** `database`: its name in IndexedDB (pages of SQLite, encrypted); what is written there is then counted. */
  async candidate(database?: string): Promise<Candidate> {
    const member = await CoreCryptoMember.make(database);
    const join = async (welcome: Uint8Array) => {
      const before = member.spent;
      await member.join(welcome);
      return { ms: member.spent - before, subject: new CoreCryptoSubject(member, database !== undefined) };
    };
    return { keyPackage: await member.keyPackage(), join };
  }
}

class CoreCryptoSubject implements Subject {
  constructor(
    private readonly member: CoreCryptoMember,
    private readonly stores: boolean,
  ) {}
  update(): Promise<Made> {
    return this.commit({});
  }
  add(keyPackage: Uint8Array): Promise<Made> {
    return this.commit({ adds: [keyPackage] });
  }
  remove({ identity }: Target): Promise<Made> {
    return this.commit({ removes: [identity] });
  }
  process(commit: Uint8Array): Promise<number> {
    return this.member.dropping(async (context, group) => {
      const begin = now();
      await context.decryptMessage(group, commit);
      return now() - begin;
    });
  }
  async encrypt(plaintexts: readonly Uint8Array[]): Promise<Spoken> {
    const messages: Uint8Array[] = [];
    const spoken = await this.each(plaintexts, async (plaintext) => {
      messages.push(await this.member.encrypt(plaintext));
    });
    return { ...spoken, messages };
  }
  decrypt(messages: readonly Uint8Array[]): Promise<Spoken> {
    return this.each(messages, (message) => this.member.decrypt(message));
  }

  private async commit(wanted: Wanted): Promise<Made> {
    const ms = await this.member.dropping(async (context) => {
      const begin = now();
      await this.member.commitIn(context, wanted);
      return now() - begin;
    });
    return { ms, commit: this.member.takeSent().commit };
  }
  private async each(messages: readonly Uint8Array[], what: (m: Uint8Array) => Promise<unknown>): Promise<Spoken> {
    const ms: number[] = [];
    let written = 0;
    for (const [i, message] of messages.entries()) {
      if (this.stores && i === messages.length - 1) {
        await settled();
        written = bytesWritten;
      }
      const before = this.member.spent;
      await what(message);
      ms.push(this.member.spent - before);
    }
    if (!this.stores) return { ms, messages };
    await settled();
    return { ms, messages, stored: bytesWritten - written };
  }
}

let bytesWritten = 0;
function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}
/** It writes after it has answered. */
async function settled(): Promise<void> {
  for (let before = -1; before !== bytesWritten; ) {
    before = bytesWritten;
    await new Promise((done) => setTimeout(done, 100));
  }
}
/** Counts what IndexedDB is given to write. */
export function countWrites(): void {
  for (const name of ['put', 'add'] as const) {
    const original = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      bytesWritten += sizeOf(value);
      return key === undefined ? original.call(this, value) : original.call(this, value, key);
    };
  }
}
