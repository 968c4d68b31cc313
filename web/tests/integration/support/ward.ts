// A real xom-node of a ward on a loopback port, its authority at the command line, and people with browsers.
// Needs XOM_NODE_BIN (xom-node); `xom` is taken from beside it or from XOM_BIN.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Transport } from '../../../src/core/env.js';
import { loadCore, type Core as Trust } from '../../../src/trust';
import { missing as noModule, Person, wasm } from '../../core/support/person.js';
import { type Recording, record } from './recording_proxy.js';
import { nodeTransport } from './ws.js';

const nodeBin = process.env.XOM_NODE_BIN ?? '';
const xomBin = process.env.XOM_BIN ?? join(dirname(nodeBin), 'xom');
export const missing =
  nodeBin === ''
    ? 'XOM_NODE_BIN is not set'
    : !existsSync(nodeBin) || !existsSync(xomBin)
      ? `no xom-node or xom at ${dirname(nodeBin)}`
      : noModule;
const units = join(dirname(fileURLToPath(import.meta.url)), '../../../../tools/demo-data/tan-chanh-hiep.toml');

export const clock = {
  now: () => Date.now(),
  after: (ms: number, call: () => void) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export class Ward {
  readonly people: Person[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'xom-web-'));
  readonly data = join(this.folder, 'data');
  private node: ChildProcess | null = null;
  private static count = 0;
  private readonly number = Ward.count++;

  private constructor(
    readonly trust: Trust,
    private readonly port: number,
    readonly recording: Recording,
  ) {}

  static async make(): Promise<Ward> {
    const trust = await loadCore(new Uint8Array(readFileSync(wasm)));
    const port = await freePort();
    const ward = new Ward(trust, port, await record(port));
    const { passphrase, authority } = ward.files;
    writeFileSync(passphrase, 'tám con mèo đi dạo\n');
    ward.xom('authority', 'create', '--file', authority, '--passphrase-file', passphrase);
    ward.xom('node', 'init', '--data', ward.data, '--authority', authority, '--listen', `127.0.0.1:${port}`);
    await ward.start();
    ward.xom('root', ...ward.asAuthority(), '--name', 'Công an phường Tân Chánh Hiệp', '--level', 'Phường');
    ward.xom('units', units, ...ward.asAuthority());
    return ward;
  }

  private get files() {
    return { passphrase: join(this.folder, 'passphrase'), authority: join(this.folder, 'authority.key') };
  }
  get url(): string {
    return `ws://127.0.0.1:${this.recording.port}/ws`;
  }

  async start(): Promise<void> {
    this.node = spawn(nodeBin, ['--data', this.data], { stdio: 'ignore' });
    for (let i = 0; i < 200; i++) {
      const answers = await fetch(`http://127.0.0.1:${this.port}/healthz`).then(
        (r) => r.ok,
        () => false,
      );
      if (answers) return;
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error('the node does not answer');
  }
  kill(): void {
    this.node?.kill('SIGKILL');
  }
  /** In order: what it has is on its disk then. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.node?.once('exit', resolve));
    this.node?.kill('SIGTERM');
    await stopped;
  }
  close(): void {
    for (const p of this.people) p.close();
    this.kill();
    this.recording.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  xom(...args: string[]): string {
    return execFileSync(xomBin, args, { encoding: 'utf8', stdio: 'pipe', timeout: 30_000 });
  }
  asAuthority(): string[] {
    const { passphrase, authority } = this.files;
    return ['--node', `http://127.0.0.1:${this.port}`, '--authority', authority, '--passphrase-file', passphrase];
  }
  /** The fragment of an invitation's link. */
  invite(office: string, ...unit: string[]): string {
    const said = this.xom('invite', ...this.asAuthority(), '--office', office, ...unit, '--name', 'Bà Tư', '--no-qr');
    return (said.split('#')[1] ?? '').trim();
  }

  async person(name: string, transport: Transport = nodeTransport()): Promise<Person> {
    const around = { url: this.url, transport, clock, trust: this.trust };
    const opened = await new Person(around, `real-${this.number}-${name}`).open();
    this.people.push(opened);
    return opened;
  }
  /** A cell leader with an office and a group. */
  async leader(): Promise<Person> {
    const leader = await this.person('leader');
    await leader.core.acceptInvitation(this.invite('cell-leader', '--unit', 'kp1/to5'), 'Bà Tư');
    await leader.until('the request', () => leader.state.join.step === 'waiting-appointment');
    this.xom('appoint', '--pending', '--yes', ...this.asAuthority());
    await leader.until('the office', () => leader.state.me?.offices[0]?.office === 'cell-leader');
    await leader.core.createGroup('kp1/to5');
    return leader;
  }
  /** Who has opened a paper and asked to be let in. */
  async asking(leader: Person, name: string): Promise<Person> {
    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
    const one = await this.person(name);
    await one.core.openLink(link.split('#')[1] ?? '');
    await one.core.join(name);
    return one;
  }
  async member(leader: Person, name: string): Promise<Person> {
    const one = await this.asking(leader, name);
    await one.until('membership', () => one.state.join.step === 'joined');
    return one;
  }
}
