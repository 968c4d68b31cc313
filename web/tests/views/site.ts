// Serves the test page from memory, under the node's own strict policy, so that an inline style or script fails here.
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { NOW, type Scene } from './fixtures.js';

export const SITE = 'https://xom.test';
export const web = fileURLToPath(new URL('../..', import.meta.url));
export const shots = join(web, '..', 'build', 'web-views');
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function bundle(): Promise<Map<string, string>> {
  const result = await build({
    entryPoints: [join(web, 'tests/views/page.ts')],
    bundle: true,
    format: 'esm',
    splitting: true,
    write: false,
    outdir: '/assets',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  });
  return new Map(result.outputFiles.map((file) => [`/assets/${basename(file.path)}`, file.text]));
}

export interface Site {
  /** Opens a path in a scene at the story's time and returns when it is drawn. */
  open(scene: Scene, path: string, width: number): Promise<Page>;
  /** What the page complained about: errors, and breaches of the policy. */
  readonly complaints: string[];
  /** The paths that the page fetched. */
  readonly fetched: string[];
}

export const test = base.extend<{ site: Site }, { files: Map<string, string> }>({
  files: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads the pattern
    async ({}, use) => use(await bundle()),
    { scope: 'worker' },
  ],
  site: async ({ page, files }, use) => {
    const complaints: string[] = [];
    const fetched: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const html = readFileSync(join(web, 'index.html'), 'utf8').replace(
      '<!--head-->',
      '<link rel="stylesheet" href="/assets/page.css"><script type="module" src="/assets/page.js"></script>',
    );
    await page.route(`${SITE}/**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      fetched.push(path);
      const headers = { 'content-security-policy': policy };
      const file = files.get(path);
      if (file !== undefined) {
        return route.fulfill({
          body: file,
          headers,
          contentType: path.endsWith('.css') ? 'text/css' : 'text/javascript',
        });
      }
      const type = { svg: 'image/svg+xml', webmanifest: 'application/manifest+json' }[path.split('.')[1] ?? ''];
      if (type) return route.fulfill({ body: readFileSync(join(web, 'static', path)), headers, contentType: type });
      return route.fulfill({ body: html, headers, contentType: 'text/html; charset=utf-8' });
    });
    await page.clock.install({ time: NOW });
    const open = async (scene: Scene, path: string, width: number) => {
      await page.setViewportSize({ width, height: width < 900 ? 740 : 900 });
      await page.addInitScript((name) => {
        window.scene = name;
      }, scene);
      await page.goto(SITE + path);
      await page.locator('h1:visible').waitFor();
      return page;
    };
    await use({ open, complaints, fetched });
    expect(complaints).toEqual([]);
  },
});
export { expect };

/** A picture for people to look at, in build/web-views. */
export async function shoot(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}
