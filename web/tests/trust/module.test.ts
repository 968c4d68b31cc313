// The border to the module: it needs real randomness, imports nothing else, and keeps no memory.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCore } from '../../src/trust/index';
import { Module } from '../../src/trust/module';
import { loadModule, moduleBytes, samples, toHex } from './support';

describe('the module', () => {
  it('imports randomness and nothing else', async () => {
    const compiled = await WebAssembly.compile(moduleBytes() as Uint8Array<ArrayBuffer>);
    expect(WebAssembly.Module.imports(compiled)).toEqual([
      { module: 'wasi_snapshot_preview1', name: 'random_get', kind: 'function' },
    ]);
  });

  it('exports only what is named xom_, its memory and its start', async () => {
    const compiled = await WebAssembly.compile(moduleBytes() as Uint8Array<ArrayBuffer>);
    const names = WebAssembly.Module.exports(compiled).map((e) => e.name);
    expect(names.filter((n) => !n.startsWith('xom_')).sort()).toEqual(['_initialize', 'memory']);
    expect(names.length).toBeGreaterThan(30);
  });

  it('fits its budget of 160 KB gzip', () => {
    const size = gzipSync(moduleBytes(), { level: 9 }).length;
    console.log(`xom_core.wasm: ${moduleBytes().length} bytes, ${size} gzip`);
    expect(size).toBeLessThan(160 * 1024);
  });

  it('does not start without the import of randomness', async () => {
    await expect(Module.load(moduleBytes(), { wasi_snapshot_preview1: {} } as never)).rejects.toThrow(/random_get/);
  });

  it('does not start where the host says "done" and writes nothing', async () => {
    await expect(Module.load(moduleBytes(), { wasi_snapshot_preview1: { random_get: () => 0 } })).rejects.toThrow(
      'no randomness',
    );
  });

  it('does not start where the host refuses', async () => {
    await expect(Module.load(moduleBytes(), { wasi_snapshot_preview1: { random_get: () => 28 } })).rejects.toThrow();
  });

  it('loads from a response, also with a lost content type', async () => {
    for (const type of ['application/wasm', 'text/plain']) {
      const core = await loadCore(new Response(moduleBytes() as BodyInit, { headers: { 'content-type': type } }));
      expect(toHex(core.sha256(new Uint8Array()))).toBe(
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      );
    }
    await expect(loadCore(new Response('', { status: 404 }))).rejects.toThrow('404');
  });

  it('does not grow over 10,000 verifications, good and bad', async () => {
    const { module, core } = await loadModule();
    const voucher = samples.bytes('voucher');
    const bad = voucher.slice(0, voucher.length - 1);
    const once = () => {
      expect(core.verifyVoucher(voucher).ok).toBe(true);
      expect(core.verifyVoucher(bad).ok).toBe(false);
      const key = core.generateKey();
      key.dispose();
      const verifier = core.createVerifier(samples.bytes('pin'));
      if (verifier.ok) verifier.value.dispose();
    };
    for (let i = 0; i < 100; i++) once();
    const before = module.size;
    for (let i = 0; i < 4_950; i++) once();
    expect(module.size).toBe(before);
  });
});
