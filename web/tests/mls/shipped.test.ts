// What is shipped is made of the packages under "dependencies" alone: partners of tests and benchmarks (ts-mls, and core-crypto,
// which is under the GPL) are never among it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const web = fileURLToPath(new URL('../..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(web, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

/** Packages that a source file imports, statically or not. */
function packagesOf(source: string): string[] {
  const imports = source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'".][^'"]*)['"]/g);
  return [...imports].map(([, path]) => /^(@[^/]+\/)?[^/]+/.exec(path as string)?.[0] ?? '');
}

it('finds imports of every form', () => {
  const source = `import 'a';\nimport { b } from "@x/b/deep.js";\nexport * from './own';\nconst c = await import('c/c');`;
  expect(packagesOf(source)).toEqual(['a', '@x/b', 'c']);
});

it('the client’s sources import dependencies only', () => {
  const files = readdirSync(join(web, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f));
  expect(files.length).toBeGreaterThan(50);
  const used = new Set(files.flatMap((file) => packagesOf(readFileSync(join(web, 'src', file), 'utf8'))));
  expect([...used].filter((name) => !(name in dependencies))).toEqual([]);
});
