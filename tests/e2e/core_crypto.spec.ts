// Groups of members on the core and members on Wire's core-crypto 10.3 (OpenMLS) in Chromium, by seeded random walks: founding,
// Add with Welcome, update, Remove, messages, and a newcomer's own entry, by either client; after every commit all hold the same
// exported secret and know the same members, and every message names its sender. No policy judges, for core-crypto knows nothing
// of vouchers. What core-crypto cannot do, and what is therefore not here:
// - its leaves list no extension, so they can be in no group of Xóm, which demands two (RFC 9420, 13.4): the core refuses them;
// - its groups demand of every leaf that it could read X.509 credentials (7.3). The core's leaves list basic ones alone and are
//   refused, so the KeyPackages here say otherwise and are signed anew. It founds all groups, for both reasons;
// - it demands of everybody a credential of the form user:device@domain, and opens no message of an account's key;
// - it gives one exported secret (label "exporter", empty context) and no epoch authenticator: that secret is compared;
// - handshakes are PublicMessages with it, always: none as PrivateMessage, in either direction;
// - a commit does one thing and carries no authenticated data, nor does a message; proposals by reference, pre-shared keys and
//   changes of the group's extensions have no call; Removes name a client, not a leaf;
// - it takes its own commit over when the transport has accepted it, so no commits race here;
// - of skipped messages it keeps two keys: messages here come in order.
// An entry by external commit is core-crypto's only: the core would enter with a leaf that lists basic credentials alone.
import { expect, test } from '@playwright/test';
import type { Stories } from '../../web/tests/mls/core_crypto_page';
import { openSite } from '../../web/tests/mls/site.mjs';

declare const window: Stories;

const walks = Number(process.env.XOM_WALKS ?? 4);
const clients = ['the core', 'core-crypto'];

test.beforeEach(async ({ page }) => {
  const site = await openSite('tests/mls/core_crypto_page.ts');
  page.on('close', site.close);
  await page.goto(site.url);
  await page.waitForFunction('window.walk');
});

test('members on the core and on core-crypto share groups', async ({ page }) => {
  const totals: Record<string, number> = {};
  for (let seed = 1; seed <= walks; seed++) {
    await test.step(`walk ${seed}`, async () => {
      const done = await page.evaluate((n) => window.walk(n), seed);
      for (const [what, often] of Object.entries(done)) totals[what] = (totals[what] ?? 0) + often;
    });
  }
  console.log(`interoperability with core-crypto: ${JSON.stringify(totals)}`);
  // The walks went everywhere.
  for (const by of clients) {
    for (const at of clients) {
      for (const commit of ['Add', 'update', 'Remove'])
        expect(totals[`${commit} of ${by} processed by ${at}`]).toBeGreaterThan(0);
      expect(totals[`Welcome of ${by} joined by ${at}`]).toBeGreaterThan(0);
      expect(totals[`message of ${by} read by ${at}`]).toBeGreaterThan(0);
    }
  }
  expect(totals['entry of core-crypto processed by the core']).toBeGreaterThan(0);
});

test('what keeps core-crypto’s groups and Xóm’s apart is said by who refuses', async ({ page }) => {
  const outcome = await page.evaluate(() => window.refusals());
  expect(outcome).toEqual({
    'core-crypto into a group of Xóm': expect.stringContaining('13.4'),
    'a leaf of Xóm into a group of core-crypto': 'Credentials are not acceptable.',
    'the same with X.509 among its capabilities': 'accepted',
    'a credential that is an account’s key': expect.stringContaining('user-id:device-id@domain'),
  });
});
