// What tools/demo runs once everything is built: the town, the links to open, and an administrator who signs.
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { officials } from './places.mjs';
import { pause, run } from './programs.mjs';
import { Town } from './town.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const bin = join(root, 'build', 'release', 'bin');

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string', default: '8812' },
    fresh: { type: 'boolean', default: false },
  },
});
/** Long enough to see what the pages do while their node is away. */
const RESTART_SECONDS = 10;
const first = Number(values.port);
if (!Number.isInteger(first) || first < 1024 || first > 65533) {
  console.error('demo: --port wants a number from 1024 to 65533; it and the two after it are used');
  process.exit(2);
}
const folder = join(root, 'build', 'demo', values.host ? `town-${values.host}` : 'town');
if (values.fresh) rmSync(folder, { recursive: true, force: true });
const kept = existsSync(join(folder, 'links.json'));
const town = new Town({
  folder,
  bin,
  web: join(root, 'web', 'dist'),
  data: join(root, 'tools', 'demo-data'),
  ports: [first, first + 1, first + 2],
  host: values.host,
  say: (line) => console.log(`demo: ${line}`),
});

let stopping;
const stop = () => {
  stopping ??= (async () => {
    console.log('\ndemo: stopping the nodes');
    await town.close();
    process.exit(0);
  })();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);

try {
  await town.open();
  await show();
  for (const node of town.nodes.values()) void keep(node);
  await administrate();
} catch (error) {
  if (!stopping) {
    console.error(`demo: ${error.message}`);
    await town.close();
    process.exit(1);
  }
}

async function show() {
  const ward = town.node('tch');
  console.log(`\n${kept ? 'Goes on from last time (--fresh begins anew).' : 'A new town. What you do here is kept.'}`);
  console.log('Open each person in a browser profile of their own: a browser is one device of one account.\n');
  const titles = { leader: 'Cell leader (tổ trưởng)', 'leader-dht': 'Cell leader of the other ward', publisher: 'Publisher (người phát tin)' };
  for (const one of officials) {
    console.log(`${titles[one.id]}, ${one.name}, ${town.node(one.node).name}:\n  ${town.links[one.id]}\n`);
  }
  console.log(`Resident (người dân): ${ward.url}/`);
  console.log('  opens the link that the leader makes: Tôi > Việc của tổ trưởng, cán bộ > LẬP NHÓM, then Mời hộ dân\n');
  if (values.host) console.log(`Phones must trust ${town.caFile} (install it as a certificate authority) first.\n`);
  console.log('The cell leader\'s link as a QR code:');
  console.log(await run(join(bin, 'xom'), ['qr', town.links.leader]));
  console.log(`Logs: ${join(folder, 'logs')}. Ctrl-C stops all of it.`);
  console.log(`To pull the plug on ${ward.name}: kill -9 ${ward.process.pid} (it comes back after ${RESTART_SECONDS} s).\n`);
}

/** Does what a machine's service manager does: a node that ended by itself is started again. */
async function keep(node) {
  while (!stopping) {
    const { process: running } = node;
    const { code, signal } = await running.ended;
    if (!running.wanted) return;
    console.log(`demo: ${node.name} ended (${signal ?? `exit code ${code}`}); it is started again in ${RESTART_SECONDS} s`);
    await pause(RESTART_SECONDS * 1000);
    if (stopping) return;
    try {
      await town.start(node.id);
      console.log(`demo: ${node.name} is back, process ${node.process.pid}`);
    } catch (error) {
      if (!stopping) console.error(`demo: ${error.message}\ndemo: ${node.name} stays away; the others go on`);
      return;
    }
  }
}

/** Stands for the administrators: signs the appointment of whoever has answered an invitation, until all have. */
async function administrate() {
  const waiting = new Map();
  for (const one of officials) waiting.set(one.node, (waiting.get(one.node) ?? 0) + 1);
  if (!kept) console.log('demo: the administrators sign the appointments of those who open the links above');
  while (!stopping) {
    for (const [id, count] of waiting) {
      if (!town.node(id).process.running) continue;
      const signed = await town.appoint(id).catch((error) => {
        if (!stopping) console.error(`demo: ${error.message}`);
        return [];
      });
      for (const line of signed) console.log(`demo: ${town.node(id).name}: ${line}`);
      if (count <= signed.length) waiting.delete(id);
      else waiting.set(id, count - signed.length);
    }
    // Each look costs the time that the key's passphrase costs, which is meant to be long.
    await pause(5000);
  }
}
