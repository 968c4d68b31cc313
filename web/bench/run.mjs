// Measures groups in headless Chromium: a line of JSON (Measured in session.ts) for each size.
//   node web/bench/run.mjs MEMBERS:TREE...    TREE: fresh, used
import { chromium } from 'playwright-core';
import { openSite } from '../tests/mls/site.mjs';

const site = await openSite('bench/page.ts');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(site.url);
  await page.waitForFunction('window.measure');
  for (const asked of process.argv.slice(2)) {
    const [members, tree] = asked.split(':');
    const measured = await page.evaluate(([n, kind]) => window.measure(n, kind), [Number(members), tree]);
    process.stdout.write(`${JSON.stringify(measured)}\n`);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }
} finally {
  await browser.close();
  site.close();
}
