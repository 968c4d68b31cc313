// A parent node and its wards on this machine, set up with the administration's own commands and nothing else:
//   authority/<id>.key   the authority key, with its passphrase beside it; never in a node's data folder
//   nodes/<id>/          the node's data folder
//   logs/<id>.log        what the node wrote
//   links.json           invitations that were printed, written last: a town without it is not whole
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { officials, parent, wardOffice, wards } from './places.mjs';
import { Background, pause, run, statusOf } from './programs.mjs';

const START_SECONDS = 30;

export class Town {
  /**
   * `bin` has xom-node and xom, `web` is the built client, `data` the folder of the units' files; `ports` are three:
   * parent, then the wards. With `host`, nodes listen on all addresses and speak TLS under that name.
   * @param {{ folder: string, bin: string, web: string, data: string, ports: number[], host?: string, say?: (line: string) => void }} options
   */
  constructor({ folder, bin, web, data, ports, host, say = () => {} }) {
    Object.assign(this, { folder, bin, web, data, host, say });
    const offices = [parent, ...wards.filter((ward) => ward.id).map(wardOffice)];
    this.nodes = new Map(offices.map((office, i) => [office.id, this.#node(office, ports[i])]));
    /** @type {Record<string, string>} */
    this.links = {};
  }

  #node(office, port) {
    const scheme = this.host ? 'https' : 'http';
    return {
      ...office,
      port,
      url: `${scheme}://${this.host ?? '127.0.0.1'}:${port}`,
      data: join(this.folder, 'nodes', office.id),
      authority: join(this.folder, 'authority', `${office.id}.key`),
      passphrase: join(this.folder, 'authority', `${office.id}.passphrase`),
      process: undefined,
    };
  }

  get caFile() {
    return this.host ? join(this.folder, 'certificate', 'ca.pem') : undefined;
  }
  node(id) {
    const found = this.nodes.get(id);
    if (!found) throw new Error(`no node ${id}`);
    return found;
  }

  /** Brings everything up: made anew if it is not whole yet, else only started. */
  async open() {
    const settled = join(this.folder, 'links.json');
    if (existsSync(settled)) {
      const kept = JSON.parse(readFileSync(settled, 'utf8'));
      const here = [...this.nodes.values()].map((node) => node.url);
      if (JSON.stringify(kept.urls) !== JSON.stringify(here))
        throw new Error(`${this.folder} was made for ${kept.urls.join(', ')}: give the same --port and --host, or --fresh`);
      this.links = kept.links;
      for (const node of this.nodes.values()) await this.start(node.id);
      return;
    }
    rmSync(this.folder, { recursive: true, force: true });
    for (const name of ['authority', 'nodes', 'logs']) mkdirSync(join(this.folder, name), { recursive: true, mode: 0o700 });
    if (this.host) await makeCertificate(join(this.folder, 'certificate'), this.host);
    await this.#found();
    const urls = [...this.nodes.values()].map((node) => node.url);
    writeFileSync(settled, JSON.stringify({ urls, links: this.links }, null, 2), { mode: 0o600 });
  }

  async #found() {
    const [root, ...children] = this.nodes.values();
    await this.#prepare(root);
    await this.start(root.id);
    await this.#office('root', root, ['--name', root.name, '--level', root.level]);
    this.say(`${root.name}: node and authority key, root of the tree`);
    for (const child of children) {
      await this.#prepare(child);
      await this.#enrol(root, child);
      await this.start(child.id);
      const units = await this.#office('units', child, [], [join(this.data, child.units)]);
      this.say(`${child.name}: enrolled under ${root.name}; ${units.trim()}`);
    }
    for (const one of officials) {
      const units = one.units.flatMap((unit) => ['--unit', unit]);
      const node = this.node(one.node);
      const link = await this.#office('invite', node, ['--office', one.office, ...units, '--name', one.name, '--no-qr']);
      this.links[one.id] = link.trim();
    }
  }

  /** An authority key of its own, outside of the data folder, and the data folder of its node. */
  async #prepare(node) {
    writeFileSync(node.passphrase, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });
    await this.#xom(['authority', 'create', '--file', node.authority, '--passphrase-file', node.passphrase]);
    const address = this.host ? '0.0.0.0' : '127.0.0.1';
    const init = ['--data', node.data, '--authority', node.authority, '--listen', `${address}:${node.port}`, '--web', this.web];
    await this.#xom(['node', 'init', ...init]);
    if (!this.host) return;
    const tls = ['certificate', 'key'].map((what) => `tls_${what} = ${JSON.stringify(join(this.folder, 'certificate', `${what}.pem`))}\n`);
    appendFileSync(join(node.data, 'xom.toml'), tls.join(''));
  }

  /** The child asks with the parent's one-time code and waits; the parent's administrator looks and signs. */
  async #enrol(root, child) {
    const code = (await this.#office('enrol-code', root, ['--name', child.name, '--level', child.level])).trim();
    const ca = this.caFile ? ['--ca', this.caFile] : [];
    const key = ['--authority', child.authority, '--passphrase-file', child.passphrase];
    const asked = this.#xom(['enrol', code, '--data', child.data, ...key, ...ca, '--wait', '60']);
    let settled = false;
    const done = asked.finally(() => {
      settled = true;
    });
    done.catch(() => {});
    while (!settled) {
      const answer = await this.#office('certify', root, ['--pending', '--yes']);
      if (!answer.startsWith('0 asked')) break;
      await pause(200);
    }
    await done;
  }

  /** Signs the appointments of all who have answered their invitations at this node; answers what was signed. */
  async appoint(id) {
    const answer = await this.#office('appoint', this.node(id), ['--pending', '--yes']);
    return answer.split('\n').filter((line) => line.startsWith('appointed '));
  }

  async status(id) {
    return this.#xom(['status', '--node', this.node(id).url, ...(this.caFile ? ['--ca', this.caFile] : [])]);
  }

  async start(id) {
    const node = this.node(id);
    if (await this.#healthy(node)) throw new Error(`port ${node.port} is in use: end what listens there, or give another --port`);
    node.process = new Background(join(this.bin, 'xom-node'), ['--data', node.data], join(this.folder, 'logs', `${id}.log`));
    const end = Date.now() + START_SECONDS * 1000;
    while (!(await this.#healthy(node))) {
      if (!node.process.running || Date.now() > end) {
        await node.process.stop('SIGKILL');
        throw new Error(`${node.name} did not start:\n${node.process.tail()}`);
      }
      await pause(50);
    }
  }
  #healthy(node) {
    const ca = this.caFile && readFileSync(this.caFile);
    return statusOf(`${node.url}/healthz`, ca).then((status) => status === 200);
  }

  /** A power switch: SIGKILL. */
  async kill(id) {
    await this.node(id).process?.stop('SIGKILL');
  }
  async close() {
    await Promise.all([...this.nodes.values()].map((node) => node.process?.stop()));
  }

  /** A command of xom that an administrator gives to their own node. */
  #office(command, node, options, positional = []) {
    const ca = this.caFile ? ['--ca', this.caFile] : [];
    const key = ['--authority', node.authority, '--passphrase-file', node.passphrase];
    return this.#xom([command, ...positional, '--node', node.url, ...ca, ...key, ...options]);
  }
  #xom(args) {
    return run(join(this.bin, 'xom'), args);
  }
}
