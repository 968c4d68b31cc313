// With one byte changed anywhere in a warning that a ward's node holds and hands out, the whole client in a browser that
// never saw it before does not show it; the unchanged one is shown, as official.
// XOM_FLIP_EVERY: 1 tries every byte, 16 (the short form, and what is taken without it) every sixteenth.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Browser, errors, expect, type Page, test } from '@playwright/test';
import { freePort, pause } from '../../tools/town/programs.mjs';
import { Town } from '../../tools/town/town.mjs';
import * as wire from '../../web/src/schema/wire';
import { ChangingProxy } from './changing_proxy';
import { Person } from './person';

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(root, 'build/e2e/flips');
const every = Number(process.env.XOM_FLIP_EVERY ?? 16);
const headline = 'Có kẻ giả danh công an phường gọi điện đòi nộp phạt';
const issuer = 'Công an Quận 12';
const LANES = 4;
/** One browser in so many is a control. */
const CONTROL_EVERY = 16;
/** ms: how long a client may take to judge, and how often it may fail to. */
const JUDGED_MS = 60_000;
const ATTEMPTS = 4;

let town: Town;
let proxy: ChangingProxy;
/** The warning's entry, as the node puts it on the wire, once it was seen there. */
let entry: Buffer = Buffer.alloc(0);
/** Hosts to which the entry went out, changed as their name says. */
const served = new Set<string>();
/** Browsers that got bytes that are no frame, and tries that took too long. */
let unreadable = 0;
let late = 0;

test.beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  town = new Town({
    folder,
    bin: process.env.XOM_BIN_FOLDER ?? resolve(root, 'build/release/bin'),
    web: resolve(root, 'web/dist'),
    data: resolve(root, 'tools/demo-data'),
    ports: [await freePort(), await freePort(), await freePort()],
  });
});
test.afterAll(async () => {
  proxy?.close();
  await town?.close();
});

const hostOf = (byte: number) => `byte-${byte}`;
function byteOf(host: string): number | undefined {
  const digits = /^byte-(\d+)-/.exec(host)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function change(host: string, message: Buffer): Buffer {
  if (entry.length === 0) entry = warningIn(message);
  const at = entry.length === 0 ? -1 : message.indexOf(entry);
  if (at < 0) return message;
  served.add(host);
  const byte = byteOf(host);
  if (byte === undefined) return message;
  const changed = Buffer.from(message);
  flipped(byte).copy(changed, at);
  return changed;
}

/** The entry with one bit of this byte changed. A bit of a field's tag that the reader passes over is none that says anything. */
function flipped(byte: number): Buffer {
  for (let i = 0; i < 8; i++) {
    const changed = Buffer.from(entry);
    changed[byte] ^= 1 << ((byte + i) % 8);
    if (!saysTheSame(changed)) return changed;
  }
  throw new Error(`no bit of byte ${byte} says anything`);
}
function saysTheSame(changed: Buffer): boolean {
  const read = readEntry(changed);
  return read !== undefined && equals(wire.EntrySchema, read, fromBinary(wire.EntrySchema, entry));
}
function readEntry(bytes: Buffer): wire.Entry | undefined {
  try {
    return fromBinary(wire.EntrySchema, bytes);
  } catch {
    return undefined;
  }
}
/** What this host is given cannot even be read. */
function isNoFrame(host: string): boolean {
  const byte = byteOf(host);
  return byte !== undefined && readEntry(flipped(byte)) === undefined;
}

function warningIn(message: Buffer): Buffer {
  const { answer } = fromBinary(wire.ServerFrameSchema, message);
  if (answer.case !== 'entries') return Buffer.alloc(0);
  const found = answer.value.entries.find((one) => Buffer.from(one.payload).includes(headline));
  return found === undefined ? Buffer.alloc(0) : Buffer.from(toBinary(wire.EntrySchema, found));
}

/** Opens the paper's link at this host and answers what the page shows once its client has judged what it was given. */
async function shownAt(browser: Browser, name: string, link: string) {
  for (let attempt = 1; ; attempt++) {
    // A new one each time, closed at once. A service worker that Playwright looks at never ends: a thousand would fill the memory.
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const host = `${name}-${attempt}`;
    try {
      const shown = await shownOn(await context.newPage(), host, link);
      expect(served.has(host), `${host} was given the warning`).toBe(true);
      if (isNoFrame(host)) unreadable++;
      return shown;
    } catch (error) {
      // A machine that is busy with other things says nothing about the client: only what it has judged counts.
      if (!(error instanceof errors.TimeoutError) || attempt === ATTEMPTS) throw error;
      late++;
    } finally {
      await context.close();
    }
  }
}

async function shownOn(page: Page, host: string, link: string) {
  await page.goto(proxy.origin(host) + link, { waitUntil: 'commit' });
  // Not a click: that would wait for navigations, too.
  await page.locator('nav a.tab[href="/"]').dispatchEvent('click');
  // Once its client has read the official logs to where they convince it and knows the node, the page has the ward's name for
  // its title, from the same state as its warnings. Bytes that are no frame at all end the connection, which is dialled again.
  const title = page.locator('main.page-home h1');
  const end = Date.now() + JUDGED_MS;
  const judged = isNoFrame(host)
    ? async () => served.has(host) && proxy.dialled(host) > 1
    : async () => (await title.innerText()) === town.node('tch').name;
  while (!(await judged())) {
    if (Date.now() > end) throw new errors.TimeoutError(`${host}: the client has judged`);
    await pause(20);
  }
  return page.evaluate(() => {
    const cards = [...document.querySelectorAll('article')] as HTMLElement[];
    return cards.map((card) => ({ verdict: card.dataset.verdict, words: card.innerText }));
  });
}

async function prepared(browser: Browser): Promise<string> {
  await town.open();
  for (const id of ['tch', 'dht']) await expect.poll(() => town.status(id), { timeout: 30_000 }).toContain('(connected)');
  const leader = await Person.at(browser, 'Nguyễn Thị Tư', 'desk');
  await leader.takeOffice(town.links.leader, () => town.appoint('tch'));
  await leader.foundGroup('Tổ dân phố 5');
  const link = new URL(await leader.makeVoucher('Hộ 12'));
  const publisher = await Person.at(browser, 'Thiếu tá Lê Minh Đức', 'desk');
  await publisher.takeOffice(town.links.publisher, () => town.appoint('q12'));
  await publisher.page.getByRole('link', { name: 'Phát tin cho người dân' }).click();
  await publisher.publish(headline, 'Họ đòi chuyển tiền phạt. Công an KHÔNG thu tiền qua điện thoại.', '028 3891 0000');
  await leader.tab('/');
  await publisher.sign();
  await leader.seesAlert(headline, issuer);
  await leader.context.close();
  await publisher.context.close();
  return link.pathname + link.hash;
}

test('no page shows a warning with one byte changed', async ({ browser }) => {
  test.setTimeout(40 * 60_000);
  const link = await prepared(browser);
  proxy = await ChangingProxy.before(town.node('tch').port, change);

  let controls = 0;
  const control = async () => {
    const host = `control-${controls++}`;
    const shown = await shownAt(browser, host, link);
    expect(shown.map((card) => card.verdict), `${host}: the unchanged warning is official`).toEqual(['verified']);
    expect(shown[0].words).toContain(headline);
    expect(shown[0].words).toContain(`${issuer} – đã xác minh`);
  };
  await control();
  expect(entry.length).toBeGreaterThan(500);

  const bytes = Array.from({ length: Math.ceil(entry.length / every) }, (_, i) => i * every);
  const start = Date.now();
  let cursor = 0;
  const lane = async () => {
    while (cursor < bytes.length) {
      const at = cursor++;
      if (at % CONTROL_EVERY === 0) await control();
      const host = hostOf(bytes[at]);
      expect(await shownAt(browser, host, link), `byte ${bytes[at]} of ${entry.length}`).toEqual([]);
      if ((at + 1) % 100 === 0) console.log(`    ${at + 1} of ${bytes.length}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  console.log(
    `    ${bytes.length} of ${entry.length} bytes changed, one in each browser: none shown (${unreadable} were no frame any more); ` +
      `${controls} browsers with the unchanged warning: shown by each; ${seconds} s` +
      (late > 0 ? `; ${late} tries took too long and were made again` : ''),
  );
});
