// In the browser itself: with any one byte of a forwarded warning changed, the module does not call it official.
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { build } from 'esbuild';
import { at, moduleBytes, samples } from '../trust/support';

const trust = join(import.meta.dirname, '..', '..', 'src', 'trust', 'index.ts');

test('a warning with one byte changed is never official, the unchanged one is', async ({ page }) => {
  const bundle = await build({
    stdin: {
      contents: `export { loadCore } from ${JSON.stringify(trust)};`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'trust',
    target: 'es2022',
  });
  await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' });
  const plain = samples.entries.slice(0, at.warning + 1).map((e) => ({
    header: [...e.header],
    writer: [...e.writer],
    payload: [...e.payload],
    kind: e.kind,
    entryId: Number(e.entryId),
  }));
  const given = {
    wasm: Buffer.from(moduleBytes()).toString('base64'),
    pin: [...samples.bytes('pin')],
    log: [...samples.bytes('official')],
    entries: plain,
  };
  const result = await page.evaluate(async ({ wasm, pin, log, entries }) => {
    // biome-ignore lint/suspicious/noExplicitAny: the bundle above is a global of the page
    const { loadCore } = (window as any).trust as { loadCore: (bytes: Uint8Array) => Promise<any> };
    const core = await loadCore(Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0)));
    const bytes = (numbers: number[]) => Uint8Array.from(numbers);
    const official = bytes(log);
    const entryOf = (e: (typeof entries)[number]) => ({
      header: bytes(e.header),
      writer: bytes(e.writer),
      payload: bytes(e.payload),
      kind: e.kind,
      entryId: BigInt(e.entryId),
    });
    const verifier = core.createVerifier(bytes(pin)).value;
    for (const e of entries.slice(0, -1)) verifier.feed(official, entryOf(e));
    const warning = entryOf(entries[entries.length - 1] as (typeof entries)[number]);
    let tried = 0;
    const shown: string[] = [];
    for (const part of ['header', 'writer', 'payload'] as const) {
      for (let i = 0; i < warning[part].length; i++) {
        const changed = warning[part].slice();
        changed[i] = (changed[i] as number) ^ 1;
        const verdict = verifier.feed(official, { ...warning, [part]: changed });
        if (verdict.ok && verdict.value.official) shown.push(`${part} ${i}`);
        tried++;
      }
    }
    const control = verifier.feed(official, warning);
    return { tried, shown, control: control.ok && control.value.official };
  }, given);
  expect(result.shown).toEqual([]);
  expect(result.tried).toBe(
    (samples.entries[at.warning]?.header.length ?? 0) + 32 + (samples.entries[at.warning]?.payload.length ?? 0),
  );
  expect(result.control).toBe(true);
  console.log(`    ${result.tried} changed warnings refused in the browser, the unchanged one shown`);
});
