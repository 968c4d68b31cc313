// One size of group, measured with all libraries.
import type { CoreEngine } from '../src/mls/core_engine.js';
import type { Core } from '../src/trust';
import { toldBy } from '../tests/mls/core_crypto.js';
import { unjudgedEngine } from '../tests/mls/own.js';
import { CoreCryptoLibrary } from './core_crypto.js';
import { Builder, type Tree } from './group.js';
import { type Candidate, type Library, type Made, type Name, now, type Spoken, type Subject } from './subject.js';
import type { TsMls } from './ts_mls.js';
import { inTurns, type Runner, type Sample, type Values } from './turns.js';
import { Xom } from './xom.js';

const rounds = 9;
/** Of messages, which take little. */
const spokenRounds = 20;
/** What takes little is done more than once in a round. */
const several = async (once: () => Promise<number>): Promise<number[]> => {
  const ms = [await once()];
  while (ms.length < 5 && ms.reduce((sum, one) => sum + one) < 20) ms.push(await once());
  return ms;
};
/** Messages in a round. Each is timed by itself, so that what takes the processor away for a while leaves the median alone. */
const batch = 10;
const messageBytes = 200;
/** About what a leaf's signature covers. */
const signedBytes = 300;

/** Signatures made, verifications made. */
interface Count {
  readonly sign: number;
  readonly verify: number;
}
/** An update or Remove signs leaf, content and GroupInfo, an Add content and GroupInfo; who receives it verifies content and leaf,
 *  or content and the two signatures of a KeyPackage, which who adds has verified as well. A newcomer verifies all leaves and the
 *  GroupInfo. */
const counts = (members: number): Record<string, Count> => ({
  join: { sign: 0, verify: members + 1 },
  'create update': { sign: 3, verify: 0 },
  'process update': { sign: 0, verify: 2 },
  'create add': { sign: 2, verify: 2 },
  'process add': { sign: 0, verify: 3 },
  'create remove': { sign: 3, verify: 0 },
  'process remove': { sign: 0, verify: 2 },
  encrypt: { sign: 1, verify: 0 },
  decrypt: { sign: 0, verify: 1 },
});

export interface Measured {
  readonly members: number;
  readonly tree: Tree;
  /** Milliseconds of each operation, and of the signatures that the core's work at it comes to. */
  readonly times: Record<string, Values>;
  /** How many those are. */
  readonly counts: Record<string, Count>;
  /** Bytes of state that an operation changed. */
  readonly stored: Record<string, Values>;
  readonly bytes: { readonly welcome: number; readonly update: number };
  /** Why a library has no value. */
  readonly missing: Partial<Record<Name, string>>;
}

export class Session {
  private readonly engine: CoreEngine;
  private readonly xom: Xom;
  private readonly coreCrypto = new CoreCryptoLibrary();
  private readonly subjects = new Map<Name, Subject>();
  private readonly counts: Measured['counts'];
  private readonly times: Measured['times'] = {};
  private readonly stored: Measured['stored'] = {};
  private readonly missing: Measured['missing'] = {};

  constructor(
    private readonly core: Core,
    private readonly tsMls: TsMls,
    private readonly members: number,
    private readonly tree: Tree,
  ) {
    this.engine = unjudgedEngine(core);
    this.xom = new Xom(core, this.engine);
    this.counts = counts(members);
  }

  async run(): Promise<Measured> {
    const { members, tree, times, counts, stored, missing } = this;
    const builder = await Builder.found(this.xom, this.engine, this.tsMls);
    const libraries: Library[] = [this.xom, this.coreCrypto, this.tsMls];
    // All enter by one Welcome, a candidate for each sample.
    const samples = Math.min(rounds, Math.floor((members - 2) / 6));
    const waiting = new Map<Name, Candidate[]>();
    for (const library of libraries) {
      waiting.set(library.name, await Promise.all(Array.from({ length: samples }, () => library.candidate())));
    }
    const writer = await this.coreCrypto.candidate(`bench-${members}-${tree}`);
    const welcome = builder.fill(members, tree, [...waiting.values()].flat().concat(writer));
    await this.join(waiting, welcome, samples);
    const update = await this.changes(builder);
    await this.messages(builder.subject(), (await writer.join(welcome)).subject);
    return { members, tree, times, counts, stored, bytes: { welcome: welcome.length, update }, missing };
  }

  private async join(waiting: ReadonlyMap<Name, Candidate[]>, welcome: Uint8Array, samples: number): Promise<void> {
    const joins = new Map<Name, Sample>();
    for (const [name, candidates] of waiting) {
      joins.set(name, async () => {
        const { ms, subject } = await (candidates.pop() as Candidate).join(welcome);
        if (!this.subjects.has(name)) this.subjects.set(name, subject);
        return ms;
      });
    }
    await this.take('join', joins, samples, (name, error) => {
      this.missing[name] = toldBy(error);
      this.subjects.delete(name);
    });
  }

  /** Gives the bytes of an update. */
  private async changes(builder: Builder): Promise<number> {
    const [target, { keyPackage }] = [builder.target(), await this.xom.candidate()];
    const makes: Record<string, (by: Subject) => Promise<Made>> = {
      update: (by) => by.update(),
      add: (by) => by.add(keyPackage),
      remove: (by) => by.remove(target),
    };
    let size = 0;
    for (const [what, make] of Object.entries(makes)) {
      await this.time(`create ${what}`, async (by) => (await make(by)).ms);
      const { commit } = await make(builder.subject());
      await this.time(`process ${what}`, (at) => at.process(commit));
      if (what === 'update') size = commit.length;
    }
    return size;
  }

  /** `writer` keeps its state in IndexedDB. */
  private async messages(speaker: Subject, writer: Subject): Promise<void> {
    const plaintexts = Array.from({ length: batch }, () => this.core.random(messageBytes));
    let heard: readonly Uint8Array[] = [];
    const speak = async () => {
      heard = (await speaker.encrypt(plaintexts)).messages;
    };
    const both: [what: string, does: (who: Subject) => Promise<Spoken>, before: () => unknown][] = [
      ['encrypt', (by) => by.encrypt(plaintexts), () => undefined],
      ['decrypt', (at) => at.decrypt(heard), speak],
    ];
    for (const [what, does, before] of both) {
      const sizes: Values = {};
      // The first one makes this epoch's ratchets.
      await before();
      for (const subject of this.subjects.values()) await does(subject);
      const written = (await does(writer)).stored;
      const samples = new Map<Name, Sample>();
      for (const [name, subject] of this.subjects) {
        samples.set(name, async () => {
          const { ms, stored } = await does(subject);
          if (stored !== undefined) sizes[name] = stored;
          return ms;
        });
      }
      await this.take(what, samples, spokenRounds, this.broken, before);
      if (written !== undefined) sizes['core-crypto'] = written;
      this.stored[what] = sizes;
    }
  }

  private async time(what: string, of: (subject: Subject) => Promise<number>): Promise<void> {
    const samples = new Map<Name, Sample>();
    for (const [name, subject] of this.subjects) samples.set(name, () => several(() => of(subject)));
    await this.take(what, samples);
  }
  private async take(
    what: string,
    samples: ReadonlyMap<Name, Sample>,
    times = rounds,
    refused = this.broken,
    before: () => unknown = () => undefined,
  ): Promise<void> {
    const signatures = async () => this.signatures(this.counts[what] as Count);
    const runners = new Map<Runner, Sample>([['signatures', signatures], ...samples]);
    this.times[what] = await inTurns(runners, times, before, (runner, error) => {
      if (runner === 'signatures') throw error;
      refused(runner, error);
    });
  }
  private readonly broken = (name: Name, error: unknown): void => {
    throw new Error(`${name}: ${toldBy(error)}`);
  };

  /** Milliseconds of so many, by the module's own functions; of few, several times. */
  private signatures({ sign, verify }: Count): number[] {
    const key = this.core.generateKey();
    const message = this.core.random(signedBytes);
    const signature = key.sign(message);
    const times = sign + verify > batch ? 1 : batch;
    const ms = Array.from({ length: times }, () => {
      const begin = now();
      for (let i = 0; i < sign; i++) key.sign(message);
      for (let i = 0; i < verify; i++) {
        if (!this.core.verifySignature(key.publicKey, message, signature))
          throw new Error('a right signature is refused');
      }
      return now() - begin;
    });
    key.dispose();
    return ms;
  }
}
