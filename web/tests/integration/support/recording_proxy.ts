// Stands between clients and a node and writes down every WebSocket message of both directions, unmasked.
import { connect, createServer, type Socket } from 'node:net';

export interface Recording {
  readonly port: number;
  /** Payloads of all frames so far, client's and node's, in no particular order between connections. */
  readonly messages: Buffer[];
  close(): void;
}

/** Takes one direction of a connection apart: the HTTP head first, then frames. */
function reader(found: (payload: Buffer) => void): (data: Buffer) => void {
  let pending = Buffer.alloc(0);
  let upgraded = false;
  return (data) => {
    pending = Buffer.concat([pending, data]);
    if (!upgraded) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      found(pending.subarray(0, end));
      pending = pending.subarray(end + 4);
      upgraded = true;
    }
    for (;;) {
      if (pending.length < 2) return;
      const second = pending[1] as number;
      const masked = (second & 0x80) !== 0;
      const short = second & 127;
      const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
      const start = 2 + sizeBytes + (masked ? 4 : 0);
      if (pending.length < start) return;
      const size =
        sizeBytes === 2 ? pending.readUInt16BE(2) : sizeBytes === 8 ? Number(pending.readBigUInt64BE(2)) : short;
      if (pending.length < start + size) return;
      const payload = Buffer.from(pending.subarray(start, start + size));
      if (masked) {
        const mask = pending.subarray(start - 4, start);
        for (let i = 0; i < size; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
      }
      found(payload);
      pending = pending.subarray(start + size);
    }
  };
}

export async function record(target: number): Promise<Recording> {
  const messages: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const node = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, node],
      [node, client],
    ] as const) {
      const read = reader((payload) => messages.push(payload));
      open.add(from);
      from.on('data', (data: Buffer) => {
        read(data);
        to.write(data);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    messages,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
