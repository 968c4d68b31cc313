// The core against a real xom-node on a loopback port. Needs XOM_NODE_BIN (xom-node); `xom` is taken from beside it or from XOM_BIN.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../core/support/person.js';
import { missing as noNode, Ward } from './support/ward.js';

/** The run with encryption replaced by identity is the control of the scan: there every word must be found. */
declare const __IDENTITY_CRYPTO__: boolean;

const scanBin = process.env.XOM_STORE_SCAN ?? join(dirname(process.env.XOM_NODE_BIN ?? ''), 'xom_store_scan');
const missing = noNode ?? (existsSync(scanBin) ? undefined : `no xom_store_scan at ${scanBin}`);

describe.skipIf(missing !== undefined)(`the core and a real node${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let ward: Ward;
  beforeAll(async () => {
    ward = await Ward.make();
  }, 120_000);
  afterAll(() => ward?.close());

  it('the story: office, group, vouchers, chat, a SIGKILL in the middle, a warning', async () => {
    const leader = await ward.leader();
    const hoa = await ward.member(leader, 'Chị Hoa');
    expect(hoa.state.groups[0]?.title).toBe('Tổ dân phố 5');

    const { link } = await leader.core.makeVoucher(leader.group, 'hộ 13');
    leader.close();
    const nam = await ward.person('Anh Nam');
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
      if (i === 5) ward.kill();
      await say(nam, `tin nhắn số ${i}`);
    }
    await ward.start();
    for (const p of [leader, hoa, nam]) await p.untilTexts(texts);
    await hoa.reload();
    await hoa.untilTexts(texts);

    const publisher = await ward.person('publisher');
    await publisher.core.acceptInvitation(ward.invite('publisher'), 'Trung tá');
    await publisher.until('the request', () => publisher.state.join.step === 'waiting-appointment');
    ward.xom('appoint', '--pending', '--yes', ...ward.asAuthority());
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
    await ward.stop();
    // Every key and value through the engine, and the raw files, in one count.
    const lines = execFileSync(scanBin, [ward.data, shown, ...words], { encoding: 'utf8' }).split('\n');
    const stored = (word: string) => Number(lines.find((l) => l.startsWith(`${word} `))?.slice(word.length + 1));
    const sent = (word: string) => ward.recording.messages.filter((m) => m.includes(word)).length;
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
