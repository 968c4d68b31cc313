// Stands between browsers and a node, passes on pages unchanged, and may change what the node says over its WebSocket.
// Browsers come under hosts of their own (`one.localhost`, `two.localhost`): origins with nothing stored and nothing in common.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Given the host that a browser asked for and one whole message of the node; answers the message to pass on. */
export type Change = (host: string, message: Buffer) => Buffer;

const BINARY = 2;
const FIRST_CONTROL = 8;

function frame(opcode: number, payload: Buffer): Buffer {
  const n = payload.length;
  const head = Buffer.alloc(n < 126 ? 2 : n < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = n < 126 ? n : n < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(n, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(n), 2);
  return Buffer.concat([head, payload]);
}

/** Takes the node's direction apart: the answer's head, then frames; messages in pieces are put together. */
function reader(change: (message: Buffer) => Buffer, pass: (data: Buffer) => void): (data: Buffer) => void {
  let pending = Buffer.alloc(0);
  let pieces: Buffer[] = [];
  let upgraded = false;
  return (data) => {
    pending = Buffer.concat([pending, data]);
    if (!upgraded) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      pass(pending.subarray(0, end + 4));
      pending = pending.subarray(end + 4);
      upgraded = true;
    }
    while (pending.length >= 2) {
      const short = pending[1] & 127;
      const start = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (pending.length < start) return;
      const size = start === 4 ? pending.readUInt16BE(2) : start === 10 ? Number(pending.readBigUInt64BE(2)) : short;
      if (pending.length < start + size) return;
      const last = (pending[0] & 0x80) !== 0;
      const opcode = pending[0] & 15;
      const payload = Buffer.from(pending.subarray(start, start + size));
      pending = pending.subarray(start + size);
      if (opcode >= FIRST_CONTROL) {
        pass(frame(opcode, payload));
        continue;
      }
      pieces.push(payload);
      if (!last) continue;
      pass(frame(BINARY, change(Buffer.concat(pieces))));
      pieces = [];
    }
  };
}

export class ChangingProxy {
  #server: Server;
  #sockets = new Set<Socket>();
  #dialled = new Map<string, number>();

  private constructor(
    readonly node: number,
    readonly change: Change,
  ) {
    this.#server = createServer((from, to) => this.#page(from, to));
    this.#server.on('upgrade', (from: IncomingMessage, browser: Socket) => this.#socket(from, browser));
  }

  /** Before the node at this loopback port. */
  static async before(node: number, change: Change): Promise<ChangingProxy> {
    const proxy = new ChangingProxy(node, change);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }
  origin(name: string): string {
    return `http://${name}.localhost:${(this.#server.address() as AddressInfo).port}`;
  }
  /** How often the browser under this name has opened a WebSocket. */
  dialled(name: string): number {
    return this.#dialled.get(name) ?? 0;
  }
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  #page(from: IncomingMessage, to: ServerResponse) {
    const asked = request({ host: '127.0.0.1', port: this.node, method: from.method, path: from.url, headers: from.headers });
    asked.on('response', (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    asked.on('error', () => to.destroy());
    from.pipe(asked);
  }

  #socket(from: IncomingMessage, browser: Socket) {
    const host = (from.headers.host ?? '').split('.')[0];
    this.#dialled.set(host, this.dialled(host) + 1);
    const node = connect(this.node, '127.0.0.1');
    for (const [one, other] of [
      [browser, node],
      [node, browser],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    node.on(
      'data',
      reader(
        (message) => this.change(host, message),
        (data) => browser.write(data),
      ),
    );
    // Without the browser's offer to compress, so that messages pass as they are.
    const heads = Object.entries(from.headers).filter(([name]) => name !== 'sec-websocket-extensions');
    node.write(`GET ${from.url} HTTP/1.1\r\n${heads.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    browser.on('data', (data) => node.write(data));
  }
}
