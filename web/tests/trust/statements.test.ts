// What the native core signs opens in the module, and what the module signs opens too.
import { beforeAll, describe, expect, it } from 'vitest';
import type { WasmCore } from '../../src/trust/core';
import { type Alert, alertStatus, certainty, type Key, msgType, must, severity, urgency } from '../../src/trust/index';
import { flipped, loadModule, samples, toHex } from './support';

let core: WasmCore;
beforeAll(async () => {
  core = (await loadModule()).core;
});

function person() {
  const account = core.generateKey();
  const device = core.generateKey();
  const list = must(
    core.make('deviceList', { account: account.publicKey, version: 1n, devices: [device.publicKey] }, account),
  );
  return { account, device, list };
}
function refusal<T>(result: { ok: true; value: T } | { ok: false; error: { name: string } }): string {
  return result.ok ? 'accepted' : result.error.name;
}

describe('keys', () => {
  it('sign what their public key verifies, and nothing else', () => {
    const key = core.generateKey();
    const message = new TextEncoder().encode('Xin chào bà con');
    const signature = key.sign(message);
    expect(core.verifySignature(key.publicKey, message, signature)).toBe(true);
    expect(core.verifySignature(key.publicKey, flipped(message, 0), signature)).toBe(false);
    expect(core.verifySignature(key.publicKey, message, flipped(signature, 40))).toBe(false);
    expect(core.verifySignature(core.generateKey().publicKey, message, signature)).toBe(false);
  });

  it('come back from their seed', () => {
    const key = core.generateKey();
    const again = must(core.keyFromSeed(key.seed()));
    expect(toHex(again.publicKey)).toBe(toHex(key.publicKey));
    expect(refusal(core.keyFromSeed(new Uint8Array(31)))).toBe('malformed');
  });

  it('follow RFC 8032, test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const key = must(core.keyFromSeed(new Uint8Array(seed)));
    expect(toHex(key.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(toHex(key.sign(new Uint8Array()))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('cannot be used after they were disposed of', () => {
    const key = core.generateKey();
    key.dispose();
    key.dispose();
    expect(() => key.sign(new Uint8Array(1))).toThrow('disposed');
  });
});

describe('statements of the native core', () => {
  it('open here: login, profile', () => {
    const login = must(core.openSelfSigned('login', samples.bytes('login')));
    expect(toHex(login.value.challenge)).toBe('05'.repeat(32));
    const profile = must(core.openSelfSigned('profile', samples.bytes('profile')));
    expect(profile.value.name).toBe('Lê Thị Hường');
    expect(toHex(profile.value.account)).toBe(samples.resident);
  });

  it('open here: voucher, join request, admission', () => {
    const voucher = must(core.verifyVoucher(samples.bytes('voucher')));
    expect(voucher.voucher).toMatchObject({ household: 'Nhà số 12', mostDevices: 2, issuedEpoch: 3n });
    expect(toHex(voucher.voucher.inviter)).toBe(samples.leader);
    const request = must(core.verifyJoinRequest(samples.bytes('joinRequest'), samples.bytes('voucher')));
    expect(toHex(request.account)).toBe(samples.resident);
    const claim = {
      group: samples.bytes('group'),
      keyPackage: samples.bytes('keyPackage'),
      account: samples.bytes('resident'),
      committerTime: samples.start,
    };
    const check = (change: Partial<typeof claim>) =>
      refusal(core.checkAdmission(samples.bytes('voucher'), samples.bytes('joinRequest'), { ...claim, ...change }));
    expect(check({})).toBe('accepted');
    expect(check({ group: flipped(claim.group, 0) })).toBe('untrusted');
    expect(check({ keyPackage: flipped(claim.keyPackage, 31) })).toBe('untrusted');
    expect(check({ account: samples.bytes('leader') })).toBe('untrusted');
    expect(check({ committerTime: voucher.voucher.expires })).toBe('expired');
  });

  it('are refused with any byte of a voucher changed', () => {
    const voucher = samples.bytes('voucher');
    for (let i = 0; i < voucher.length; i++)
      expect(core.verifyVoucher(flipped(voucher, i)).ok, `byte ${i}`).toBe(false);
    expect(core.verifyVoucher(voucher).ok).toBe(true);
  });
});

describe('statements made here', () => {
  const alertBy = (issuer: Key): Alert => ({
    issuer: issuer.publicKey,
    log: core.officialLog(issuer.publicKey),
    id: core.random(16),
    sent: samples.start,
    status: alertStatus.actual,
    msgType: msgType.newAlert,
    urgency: urgency.immediate,
    severity: severity.severe,
    certainty: certainty.observed,
    category: 'Security',
    event: 'Giả danh',
    headline: 'Cảnh báo giả danh công an',
    description: 'Không nộp tiền cho người lạ.',
    instruction: 'Tắt máy.\nGọi bảo vệ khu phố.',
    contact: '113',
    effective: 0,
    expires: samples.start + 3_600_000,
    areas: [{ node: issuer.publicKey, unit: 'kp1/to5' }],
    references: [],
    language: 'vi-VN',
  });

  it('open with equal fields; text is brought to NFC', () => {
    const { device, list, account } = person();
    const alert = alertBy(core.generateKey());
    const made = must(core.make('alert', { ...alert, headline: alert.headline.normalize('NFD') }, device, list));
    const opened = must(core.open('alert', made));
    expect(opened.value).toEqual(alert);
    expect(opened.signers.map((s) => s.account && toHex(s.account))).toEqual([toHex(account.publicKey)]);
    const second = person();
    const both = must(core.open('alert', must(core.addSignature(made, second.device, second.list))));
    expect(toHex(both.id)).toBe(toHex(opened.id));
    expect(both.signers).toHaveLength(2);
  });

  it('follow the rules of their kind', () => {
    const { device, list } = person();
    const alert = alertBy(core.generateKey());
    const make = (change: Partial<Alert>) => refusal(core.make('alert', { ...alert, ...change }, device, list));
    expect(make({})).toBe('accepted');
    expect(make({ headline: '' })).toBe('malformed');
    expect(make({ expires: alert.sent })).toBe('malformed');
    expect(make({ msgType: msgType.cancel })).toBe('malformed');
    expect(make({ status: 9 })).toBe('malformed');
    expect(make({ headline: 'đọc ngược \u202e' })).toBe('malformed');
    expect(make({ description: 'a'.repeat(6001) })).toBe('too_large');
    expect(core.isAllowedText('Tổ dân phố 5 👮‍♀️')).toBe(true);
    expect(core.isAllowedText('hai\ndòng')).toBe(false);
    expect(core.isAllowedText('hai\ndòng', true)).toBe(true);
  });

  it('are of one kind only', () => {
    const { account, device, list } = person();
    const profile = must(core.make('profile', { account: account.publicKey, version: 1n, name: 'Hường' }, account));
    expect(refusal(core.open('deviceList', profile))).toBe('unknown_kind');
    expect(refusal(core.openSelfSigned('deviceList', list))).toBe('accepted');
    const stolen = must(core.make('profile', { account: account.publicKey, version: 2n, name: 'Kẻ gian' }, device));
    expect(refusal(core.openSelfSigned('profile', stolen))).toBe('untrusted');
  });

  it('let a voucher bring exactly its holder in', () => {
    const leader = person();
    const joiner = person();
    const oneTime = core.generateKey();
    const group = core.random(32);
    const voucher = must(
      core.make(
        'voucher',
        {
          group,
          key: oneTime.publicKey,
          household: 'Nhà 7',
          mostDevices: 1,
          issuedEpoch: 0n,
          expires: samples.start,
          inviter: leader.account.publicKey,
        },
        leader.device,
        leader.list,
      ),
    );
    const { id } = must(core.verifyVoucher(voucher));
    const request = { group, voucher: id, keyPackage: core.random(32), account: joiner.account.publicKey };
    const good = must(core.make('joinRequest', request, oneTime));
    expect(refusal(core.verifyJoinRequest(good, voucher))).toBe('accepted');
    const forged = must(core.make('joinRequest', request, core.generateKey()));
    expect(refusal(core.verifyJoinRequest(forged, voucher))).toBe('untrusted');
  });

  it('refusal: a device speaks for itself, and every field has its form', () => {
    const { device } = person();
    const value = { group: core.random(32), epoch: 7n, commit: core.sha256(core.random(9)), reason: 2 };
    const statement = must(core.make('refusal', value, device));
    const read = must(core.open('refusal', statement));
    expect(read.value).toEqual(expect.objectContaining(value));
    expect(read.signers).toEqual([{ key: device.publicKey, account: undefined, listVersion: 0n }]);
    expect(refusal(core.open('refusal', flipped(statement, statement.length - 1)))).not.toBe('accepted');
    expect(refusal(core.open('login', statement))).not.toBe('accepted');
    for (const change of [{ group: core.random(31) }, { commit: core.random(33) }, { reason: 3 }, { reason: 0 }])
      expect(refusal(core.make('refusal', { ...value, ...change }, device))).toMatch(/^(malformed|too_large)$/);
  });
});
