// The core against a real xom-node on a loopback port. Needs XOM_NODE_BIN (xom-node); `xom` is taken from beside it or from XOM_BIN.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCore, type Core as Trust } from '../../src/trust';
import { missing as noModule, Person, wasm } from '../core/support/person.js';
import { type Recording, record } from './support/recording_proxy.js';
import { nodeTransport } from './support/ws.js';

/** The run with encryption replaced by identity is the control of the scan: there every word must be found. */
declare const __IDENTITY_CRYPTO__: boolean;

const nodeBin = process.env.XOM_NODE_BIN ?? '';
const xomBin = process.env.XOM_BIN ?? join(dirname(nodeBin), 'xom');
const scanBin = process.env.XOM_STORE_SCAN ?? join(dirname(nodeBin), 'xom_store_scan');
const missing =
  nodeBin === ''
    ? 'XOM_NODE_BIN is not set'
    : !existsSync(nodeBin) || !existsSync(xomBin) || !existsSync(scanBin)
      ? `no xom-node, xom or xom_store_scan at ${dirname(nodeBin)}`
      : noModule;
const units = join(dirname(fileURLToPath(import.meta.url)), '../../../tools/demo-data/tan-chanh-hiep.toml');

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe.skipIf(missing !== undefined)(`the core and a real node${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xom-web-'));
  const data = join(folder, 'data');
  const authority = join(folder, 'authority.key');
  const people: Person[] = [];
  let node: ChildProcess;
  let port = 0;
  let trust: Trust;
  let recording: Recording;

  const xom = (...args: string[]) => execFileSync(xomBin, args, { encoding: 'utf8', stdio: 'pipe', timeout: 30_000 });
  const asAuthority = () => [
    '--node',
    `http://127.0.0.1:${port}`,
    '--authority',
    authority,
    '--passphrase-file',
    join(folder, 'passphrase'),
  ];
  const start = async () => {
    node = spawn(nodeBin, ['--data', data], { stdio: 'ignore' });
    for (let i = 0; i < 200; i++) {
      if (
        await fetch(`http://127.0.0.1:${port}/healthz`).then(
          (r) => r.ok,
          () => false,
        )
      )
        return;
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error('the node does not answer');
  };
  const person = async (name: string) => {
    const around = {
      url: `ws://127.0.0.1:${recording.port}/ws`,
      transport: nodeTransport(),
      clock: {
        now: () => Date.now(),
        after: (ms: number, call: () => void) => {
          const timer = setTimeout(call, ms);
          return () => clearTimeout(timer);
        },
      },
      trust,
    };
    const opened = await new Person(around, `real-${name}`).open();
    people.push(opened);
    return opened;
  };
  const invite = (office: string, ...unit: string[]) =>
    (
      xom('invite', ...asAuthority(), '--office', office, ...unit, '--name', 'Nguyễn Thị Tư', '--no-qr').split(
        '#',
      )[1] ?? ''
    ).trim();

  beforeAll(async () => {
    trust = await loadCore(new Uint8Array(readFileSync(wasm)));
    port = await freePort();
    recording = await record(port);
    const passphrase = join(folder, 'passphrase');
    writeFileSync(passphrase, 'tám con mèo đi dạo\n');
    xom('authority', 'create', '--file', authority, '--passphrase-file', passphrase);
    xom('node', 'init', '--data', data, '--authority', authority, '--listen', `127.0.0.1:${port}`);
    await start();
    xom('root', ...asAuthority(), '--name', 'Công an phường Tân Chánh Hiệp', '--level', 'Phường');
    xom('units', units, ...asAuthority());
  }, 120_000);
  afterAll(() => {
    for (const p of people) p.close();
    node?.kill('SIGKILL');
    recording?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the story: office, group, vouchers, chat, a SIGKILL in the middle, a warning', async () => {
    const leader = await person('leader');
    await leader.core.acceptInvitation(invite('cell-leader', '--unit', 'kp1/to5'), 'Bà Tư');
    await leader.until('the request', () => leader.state.join.step === 'waiting-appointment');
    xom('appoint', '--pending', '--yes', ...asAuthority());
    await leader.until('the office', () => leader.state.me?.offices[0]?.office === 'cell-leader');
    await leader.core.createGroup('kp1/to5');

    const join_ = async (name: string) => {
      const { link } = await leader.core.makeVoucher(leader.group, 'hộ 12');
      const one = await person(name);
      await one.core.openLink(link.split('#')[1] ?? '');
      await one.core.join(name);
      return one;
    };
    const hoa = await join_('Chị Hoa');
    await hoa.until('membership', () => hoa.state.join.step === 'joined');
    expect(hoa.state.groups[0]?.title).toBe('Tổ dân phố 5');

    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 13');
    leader.close();
    const nam = await person('Anh Nam');
    await nam.core.openLink(link.split('#')[1] ?? '');
    await nam.core.join('Anh Nam');
    await nam.until('membership while the leader is away', () => nam.state.join.step === 'joined');
    await leader.open();

    const texts: string[] = [];
    const say = async (who: Person, text: string) => {
      texts.push(text);
      await who.core.sendText(who.group, text);
    };
    await say(hoa, 'Ngõ mười hai mất điện từ tối 😀');
    await nam.untilTexts(texts);
    for (let i = 0; i < 10; i++) {
      if (i === 5) node.kill('SIGKILL');
      await say(nam, `tin nhắn số ${i}`);
    }
    await start();
    for (const p of [leader, hoa, nam]) await p.untilTexts(texts);
    await hoa.reload();
    await hoa.untilTexts(texts);

    const publisher = await person('publisher');
    await publisher.core.acceptInvitation(invite('publisher'), 'Trung tá');
    await publisher.until('the request', () => publisher.state.join.step === 'waiting-appointment');
    xom('appoint', '--pending', '--yes', ...asAuthority());
    await publisher.until('the office', () => publisher.state.me?.offices.some((o) => o.office === 'publisher'));
    const { id } = await publisher.core.publishAlert({
      level: 'CẢNH BÁO',
      headline: 'Giả danh công an phường đòi tiền phạt',
      description: 'Có người gọi điện đòi tiền phạt.',
      instructions: ['Không chuyển tiền', 'Tắt máy'],
      contact: '',
      event: 'Lừa đảo',
      category: 'Security',
      expires: Date.now() + 3_600_000,
      units: [],
    });
    for (const p of [leader, hoa, nam])
      await p.until('the warning', () => p.state.alerts.some((a) => a.id === id && a.verified === 'verified'));

    const words = ['mất điện', 'tin nhắn số', 'Chị Hoa', 'Anh Nam'];
    const shown = 'Giả danh công an phường'; // a public word: what looks for words does find them
    const stopped = new Promise((resolve) => node.once('exit', resolve));
    node.kill('SIGTERM');
    await stopped;
    // Every key and value through the engine, and the raw files, in one count.
    const lines = execFileSync(scanBin, [data, shown, ...words], { encoding: 'utf8' }).split('\n');
    const stored = (word: string) => Number(lines.find((l) => l.startsWith(`${word} `))?.slice(word.length + 1));
    const sent = (word: string) => recording.messages.filter((m) => m.includes(word)).length;
    expect(stored(shown)).toBeGreaterThan(0);
    expect(sent(shown)).toBeGreaterThan(0);
    for (const word of words) {
      if (__IDENTITY_CRYPTO__) {
        expect(stored(word), `${word}, stored`).toBeGreaterThan(0);
        expect(sent(word), `${word}, sent`).toBeGreaterThan(0);
      } else {
        expect(stored(word), `${word}, stored`).toBe(0);
        expect(sent(word), `${word}, sent`).toBe(0);
      }
    }
  }, 120_000);
});
