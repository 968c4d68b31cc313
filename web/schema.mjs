// Generates TypeScript from the Protobuf schema into src/schema/generated (never committed). Does nothing where the
// generated files are newer than the schema, this script and the lock file.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(fileURLToPath(import.meta.url));
const schema = join(web, '..', 'protocol', 'schema');
const out = join(web, 'src', 'schema', 'generated');
const names = ['client', 'core', 'group', 'signed', 'verdict'].filter((name) =>
  existsSync(join(schema, `${name}.proto`)),
);

const age = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const inputs = [
  fileURLToPath(import.meta.url),
  join(web, 'package-lock.json'),
  ...names.map((n) => join(schema, `${n}.proto`)),
];
const newest = Math.max(...inputs.map(age));
if (names.some((name) => age(join(out, `${name}_pb.ts`)) < newest)) {
  mkdirSync(out, { recursive: true });
  execFileSync(
    'protoc',
    [
      `--plugin=protoc-gen-es=${join(web, 'node_modules', '.bin', 'protoc-gen-es')}`,
      `-I${schema}`,
      `--es_out=${out}`,
      '--es_opt=target=ts',
      ...names.map((name) => `${name}.proto`),
    ],
    { stdio: 'inherit' },
  );
  console.log(`schema: ${names.map((name) => `${name}_pb.ts`).join(', ')}`);
}
