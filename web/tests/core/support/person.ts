// One person's browser, driven without a page: the core, its state, and waiting for what should come.
import 'fake-indexeddb/auto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreEvent, Message, State } from '../../../src/api/boundary.js';
import { createCore, type RunningCore } from '../../../src/core/core.js';
import type { Clock, Transport } from '../../../src/core/env.js';
import { Store } from '../../../src/core/store.js';
import { makeEngine } from '../../../src/mls/core_engine.js';
import type { Core as Trust } from '../../../src/trust';

export const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

const here = dirname(fileURLToPath(import.meta.url));
export const wasm = process.env.XOM_WASM ?? join(here, '../../../../build/wasm/xom_core.wasm');
/** Tests of the whole core need the trusted core's module. */
export const missing = existsSync(wasm) ? undefined : `no trusted core at ${wasm}: run tools/build-wasm`;

export interface Around {
  readonly url: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly trust: Trust;
}

export class Person {
  core!: RunningCore;
  state!: State;
  readonly messages = new Map<string, Message>();
  /** ms that this device's clock is behind. */
  behind = 0;
  readonly alerts: string[] = [];

  constructor(
    private readonly around: Around,
    readonly name: string,
  ) {}

  async open(): Promise<this> {
    this.messages.clear();
    this.core = await createCore({
      url: this.around.url,
      linkBase: 'https://xom.example/',
      transport: this.around.transport,
      clock: { ...this.around.clock, now: () => this.around.clock.now() - this.behind },
      random,
      store: await Store.open(this.name),
      engine: makeEngine(this.around.trust),
      trust: this.around.trust,
    });
    const { core } = this;
    core.subscribe((event: CoreEvent) => {
      if (this.core !== core) return; // of a tab that was closed
      if (event.type === 'state') this.state = event.state;
      if (event.type === 'messages') for (const m of event.messages) this.messages.set(m.id, m);
      if (event.type === 'alert') this.alerts.push(event.id);
    });
    return this;
  }
  close(): void {
    this.core.stop();
  }
  /** A closed tab and a new one. */
  async reload(): Promise<this> {
    this.close();
    return this.open();
  }

  async until<T>(what: string, look: () => T | undefined | false | null): Promise<T> {
    for (let i = 0; i < 1200; i++) {
      const found = look();
      if (found !== undefined && found !== false && found !== null) return found;
      await new Promise((r) => setTimeout(r, 5));
    }
    throw new Error(
      `${this.name} waited in vain: ${what}; ${JSON.stringify([this.state.join, this.state.connection, this.state.groups])}`,
    );
  }
  get group(): string {
    return this.state.groups[0]?.id ?? '';
  }
  async texts(): Promise<string[]> {
    const all = await this.core.messages(this.group, 500);
    return all.filter((m) => m.event === undefined).map((m) => m.text);
  }
  untilTexts(expected: readonly string[]): Promise<unknown> {
    let got: string[] = [];
    void (async () => {
      for (let i = 0; i < 600; i++) {
        got = await this.texts().catch(() => got);
        await new Promise((r) => setTimeout(r, 10));
      }
    })();
    return this.until(`texts ${JSON.stringify(expected)}`, () => JSON.stringify(got) === JSON.stringify(expected));
  }
}
