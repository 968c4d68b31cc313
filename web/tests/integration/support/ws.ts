// A WebSocket client for Node 20, which has none of its own: binary messages over plain ws://, as the core's Transport.
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Transport } from '../../../src/core/env.js';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function frame(opcode: number, payload: Uint8Array): Buffer {
  const mask = randomBytes(4);
  const n = payload.length;
  const head = n < 126 ? Buffer.alloc(2) : n < 65536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (n < 126) head[1] = 0x80 | n;
  else if (n < 65536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(n, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(n), 2);
  }
  const masked = Buffer.from(payload);
  for (let i = 0; i < n; i++) masked[i] = (masked[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([head, mask, masked]);
}

export function nodeTransport(): Transport {
  return {
    connect(url, handlers) {
      const { hostname, port, pathname } = new URL(url);
      const socket = connect(Number(port), hostname);
      const key = randomBytes(16).toString('base64');
      let received = Buffer.alloc(0);
      let parts: Buffer[] = [];
      let upgraded = false;
      let over = false;
      const end = () => {
        if (over) return;
        over = true;
        socket.destroy();
        handlers.closed();
      };
      socket.on('connect', () =>
        socket.write(
          `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://${hostname}:${port}\r\n\r\n`,
        ),
      );
      socket.on('error', end);
      socket.on('close', end);
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        if (!upgraded) {
          const at = received.indexOf('\r\n\r\n');
          if (at < 0) return;
          const head = received.subarray(0, at).toString();
          const accept = createHash('sha1')
            .update(key + guid)
            .digest('base64');
          if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) return end();
          received = received.subarray(at + 4);
          upgraded = true;
          handlers.open();
        }
        for (;;) {
          if (received.length < 2) return;
          const first = received[0] as number;
          let size = (received[1] as number) & 127;
          let at = 2;
          if (size === 126) {
            if (received.length < 4) return;
            size = received.readUInt16BE(2);
            at = 4;
          } else if (size === 127) {
            if (received.length < 10) return;
            size = Number(received.readBigUInt64BE(2));
            at = 10;
          }
          if (received.length < at + size) return;
          const payload = received.subarray(at, at + size);
          received = received.subarray(at + size);
          const opcode = first & 15;
          if (opcode === 8) return end();
          if (opcode === 9) socket.write(frame(10, payload));
          if (opcode > 2) continue;
          parts.push(Buffer.from(payload));
          if ((first & 0x80) === 0) continue;
          const message = Buffer.concat(parts);
          parts = [];
          handlers.message(new Uint8Array(message));
        }
      });
      return {
        send: (bytes) => {
          if (!over) socket.write(frame(2, bytes));
        },
        close: end,
      };
    },
  };
}
