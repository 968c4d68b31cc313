// The service worker keeps the shell: the client opens when the node is gone. Served by a real listener, because the
// browser lets no test answer in the place of a service worker's own requests.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, expect, test, web } from './site.js';

async function serviceWorker(shell: readonly string[], version: string): Promise<string> {
  const result = await build({
    entryPoints: [join(web, 'src/sw.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    define: { __SHELL__: JSON.stringify(shell), __SHELL_VERSION__: JSON.stringify(version) },
  });
  return result.outputFiles[0]?.text ?? '';
}

test('the client opens without the node, a new version replaces the old, and nothing else is kept', async ({
  page,
}) => {
  const files = await bundle();
  const shell = ['/', ...files.keys(), '/manifest.webmanifest', '/icon.svg'];
  const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
  let worker = await serviceWorker(shell, '1');
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    const type = types[path.split('.')[1] ?? ''] ?? 'text/html';
    response.setHeader('content-type', `${type}; charset=utf-8`);
    if (path === '/sw.js') response.end(worker);
    else if (files.has(path)) response.end(files.get(path));
    else if (path.includes('.')) response.end(readFileSync(join(web, 'static', path)));
    else
      response.end(
        readFileSync(join(web, 'index.html'), 'utf8').replace(
          '<!--head-->',
          '<link rel="stylesheet" href="/assets/page.css"><script type="module" src="/assets/page.js"></script>',
        ),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await page.addInitScript(() => {
      window.scene = 'resident';
    });
    await page.goto(origin);
    await page.evaluate(() => navigator.serviceWorker.register('/sw.js'));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.evaluate(() => fetch('/nhom').then((response) => response.text()));

    worker = await serviceWorker(shell, '2');
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await expect.poll(() => page.evaluate(() => caches.keys())).toEqual(['xom-shell-2']);
    const kept = await page.evaluate(async () => {
      const requests = await (await caches.open('xom-shell-2')).keys();
      return requests.map((request) => new URL(request.url).pathname);
    });
    expect(kept.sort()).toEqual([...shell].sort());
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await page.goto(`${origin}/nhom`);
  await expect(page.getByRole('heading', { name: 'Nhóm', exact: true })).toBeVisible();
});
