// Every page at the width of a cheap phone and of a desk: drawn, without sideways scrolling, and passing axe-core.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { hex, type Scene } from './fixtures.js';
import { expect, shoot, test } from './site.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules that axe-core finds broken, with the elements. Injected by the debugger, so the page's policy stays. */
async function breaches(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: engine } = window as unknown as {
      axe: {
        run(
          options: unknown,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const rules = { 'color-contrast-enhanced': { enabled: true } };
    const result = await engine.run({ runOnly: { type: 'tag', values: tags }, rules });
    return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`));
  });
}

const pages: readonly { readonly name: string; readonly scene: Scene; readonly path: string }[] = [
  { name: 'home', scene: 'resident', path: '/' },
  { name: 'home-levels', scene: 'levels', path: '/' },
  { name: 'home-newcomer', scene: 'newcomer', path: '/' },
  { name: 'home-offline', scene: 'offline', path: '/' },
  { name: 'groups', scene: 'resident', path: '/nhom' },
  { name: 'room', scene: 'resident', path: `/nhom/${hex('a')}` },
  { name: 'members', scene: 'resident', path: `/nhom/${hex('a')}/thanh-vien` },
  { name: 'reports', scene: 'resident', path: '/tin-bao' },
  { name: 'me', scene: 'leader', path: '/toi' },
  { name: 'join-how', scene: 'newcomer', path: '/vao' },
  { name: 'join', scene: 'invited', path: '/vao' },
  { name: 'staff', scene: 'leader', path: '/can-bo' },
  { name: 'voucher', scene: 'leader', path: `/can-bo/nhom/${hex('a')}` },
  { name: 'publish', scene: 'publisher', path: '/phat-tin' },
  { name: 'second-tab', scene: 'secondTab', path: '/nhom' },
  { name: 'forked', scene: 'forked', path: '/' },
];

for (const { name, scene, path } of pages) {
  for (const width of [360, 1280]) {
    test(`${name} at ${width}`, async ({ site }) => {
      const page = await site.open(scene, path, width);
      await shoot(page, `${name}-${width}`);
      expect(await sideways(page)).toBe(0);
      expect(await breaches(page)).toEqual([]);
    });
  }
  test(`${name} at 320 with the largest text has no sideways scrolling and no small target`, async ({ site }) => {
    const page = await site.open(scene, path, 320);
    await page.evaluate(() => {
      document.documentElement.dataset.text = '26';
    });
    expect(await sideways(page)).toBe(0);
    await page.evaluate(() => {
      document.documentElement.dataset.text = '18';
    });
    expect(await smallTargets(page)).toEqual([]);
  });
}

async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Controls below 48 px in either direction, those inside of a larger label left out. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .map((element) => element.closest('label') ?? element)
      .filter((element) => element.checkVisibility() && !element.classList.contains('skip'))
      .map((element) => ({ box: element.getBoundingClientRect(), html: element.outerHTML.slice(0, 120) }))
      .filter(({ box }) => box.width < 47.5 || box.height < 47.5)
      .map(({ box, html }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`),
  );
}
