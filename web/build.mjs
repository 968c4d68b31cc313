// Builds the client into dist: hashed names, index.html from its template, everything precompressed, sizes against the
// budgets. XOM_WASM names another core module, XOM_WEB_OUT another folder. XOM_IDENTITY_CRYPTO=1 makes the test build
// in which encryption does nothing (the control of the plaintext scan); it goes to dist-identity and says so.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const web = dirname(fileURLToPath(import.meta.url));
const identity = process.env.XOM_IDENTITY_CRYPTO === '1';
const out = process.env.XOM_WEB_OUT ?? join(web, identity ? 'dist-identity' : 'dist');
const wasm = process.env.XOM_WASM ?? join(web, '..', 'build', 'wasm', 'xom_core.wasm');

/** Gzip bytes at first load. */
const budgets = { main: 60 * 1024, worker: 60 * 1024, wasm: 160 * 1024, lazy: 40 * 1024 };

if (!existsSync(wasm)) {
  console.error('build: the core module is missing; make it with tools/build-wasm');
  process.exit(1);
}

// Built aside and moved into place, so that a node that serves the folder never sees half a build.
const stage = `${out}.new`;
rmSync(stage, { recursive: true, force: true });
mkdirSync(join(stage, 'assets'), { recursive: true });

const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome90', 'safari15', 'firefox90'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  outdir: join(stage, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  assetNames: '[name]-[hash]',
  logLevel: 'warning',
};
const define = { __IDENTITY_CRYPTO__: String(identity), 'process.env.NODE_ENV': '"production"' };
const urlOf = (file) => `/assets/${basename(file)}`;
const outputs = (result) =>
  Object.entries(result.metafile.outputs).map(([file, info]) => ({ file: join(process.cwd(), file), ...info }));
const entryOf = (result, source) => outputs(result).find((o) => o.entryPoint?.endsWith(source));

/** An entry and all that it imports at once: what a first load fetches for it. */
function firstLoad(result, entry, seen = new Set()) {
  if (seen.has(entry.file)) return seen;
  seen.add(entry.file);
  for (const used of entry.imports.filter((i) => i.kind === 'import-statement')) {
    const next = outputs(result).find((o) => o.file === join(process.cwd(), used.path));
    if (next) firstLoad(result, next, seen);
  }
  return seen;
}

const core = readFileSync(wasm);
const coreName = `xom_core-${createHash('sha256').update(core).digest('hex').slice(0, 8)}.wasm`;
writeFileSync(join(stage, 'assets', coreName), core);

// The worker's name is known only when it is built, so it comes before the page that starts it.
const worker = await build({ ...common, define, entryPoints: [join(web, 'src/core/worker.ts')] });
const workerEntry = entryOf(worker, 'src/core/worker.ts');
const page = await build({
  ...common,
  define: {
    ...define,
    __WORKER_URL__: JSON.stringify(urlOf(workerEntry.file)),
    __WASM_URL__: JSON.stringify(urlOf(coreName)),
  },
  splitting: true,
  entryPoints: [join(web, 'src/main.tsx')],
});
const pageEntry = entryOf(page, 'src/main.tsx');

const head = [
  ...(pageEntry.cssBundle ? [`<link rel="stylesheet" href="${urlOf(pageEntry.cssBundle)}">`] : []),
  `<script type="module" src="${urlOf(pageEntry.file)}"></script>`,
  ...(identity ? ['<meta name="xom-build" content="identity: nothing is encrypted">'] : []),
];
const template = readFileSync(join(web, 'index.html'), 'utf8');
if (!template.includes('<!--head-->')) throw new Error('index.html has lost its <!--head--> mark');
writeFileSync(join(stage, 'index.html'), template.replace('<!--head-->', head.join('\n    ')));
const staticFiles = [];
if (existsSync(join(web, 'static'))) {
  for (const entry of readdirSync(join(web, 'static'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath ?? entry.path, entry.name);
    staticFiles.push(relative(join(web, 'static'), from));
    const to = join(stage, staticFiles.at(-1));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from));
  }
}

// The service worker keeps what a resident needs to open the client without a network; staff chunks are not among it.
const mainFiles = firstLoad(page, pageEntry);
const workerFiles = firstLoad(worker, workerEntry);
const shell = [
  '/',
  ...[...mainFiles, ...workerFiles, ...(pageEntry.cssBundle ? [pageEntry.cssBundle] : []), coreName].map(urlOf),
  ...staticFiles.map((file) => `/${file}`),
];
const version = createHash('sha256')
  .update(JSON.stringify(shell))
  .update(readFileSync(join(stage, 'index.html')));
await build({
  ...common,
  format: 'iife',
  entryPoints: [join(web, 'src/sw.ts')],
  outdir: stage,
  entryNames: '[name]',
  define: {
    ...define,
    __SHELL__: JSON.stringify(shell),
    __SHELL_VERSION__: JSON.stringify(version.digest('hex').slice(0, 12)),
  },
});

const compressible = new Set(['.js', '.css', '.html', '.wasm', '.svg', '.json', '.webmanifest', '.txt']);
const gzipped = new Map();
for (const entry of readdirSync(stage, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !compressible.has(extname(path))) continue;
  const bytes = readFileSync(path);
  const gz = gzipSync(bytes, { level: 9 });
  writeFileSync(`${path}.gz`, gz);
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
  gzipped.set(path, gz.length);
}

const sizeOf = (files) => [...files].reduce((n, file) => n + (gzipped.get(file) ?? 0), 0);
const rows = [
  ['main', sizeOf(mainFiles), budgets.main],
  ['worker', sizeOf(workerFiles), budgets.worker],
  ['wasm', gzipped.get(join(stage, 'assets', coreName)), budgets.wasm],
];
for (const o of outputs(page))
  if (o.file.endsWith('.js') && !mainFiles.has(o.file))
    rows.push([`lazy ${o.entryPoint ? basename(o.entryPoint) : basename(o.file)}`, gzipped.get(o.file), budgets.lazy]);
const css = pageEntry.cssBundle ? gzipped.get(join(process.cwd(), pageEntry.cssBundle)) : 0;

let over = false;
console.log(`web${identity ? ' (identity build: nothing is encrypted)' : ''}: gzip bytes`);
for (const [name, size, budget] of rows) {
  over ||= size > budget;
  console.log(`  ${name.padEnd(24)} ${String(size).padStart(7)} of ${budget}${size > budget ? '  OVER' : ''}`);
}
console.log(`  ${'css'.padEnd(24)} ${String(css).padStart(7)}`);
if (over) {
  console.error('build: over a budget; the budgets stand at the top of build.mjs');
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
renameSync(stage, out);
