import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../src/core/alerts.js';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../../src/core/bytes.js';
import { Connection } from '../../src/core/connection.js';
import { readContent } from '../../src/core/content.js';
import type { Clock, SocketHandlers, Transport } from '../../src/core/env.js';
import { makeLink, readLink } from '../../src/core/links.js';
import { fold, looksOfficial } from '../../src/core/lookalike.js';
import { decimalCode } from '../../src/mls/safety.js';
import * as wire from '../../src/schema/wire';
import { severity } from '../../src/trust/types.js';

describe('links', () => {
  const link = {
    kind: 'group',
    root: new Uint8Array(32).fill(1),
    seed: new Uint8Array(32).fill(2),
    statement: Uint8Array.of(3, 4),
  } as const;
  it('are read as they were made, with or without the hash sign', () => {
    expect(readLink(makeLink(link))).toEqual(link);
    expect(readLink(`#${makeLink({ ...link, kind: 'invitation' })}`)?.kind).toBe('invitation');
  });
  it('of another form are none', () => {
    const [kind, root, seed, statement] = makeLink(link).split('.') as [string, string, string, string];
    const bad = [
      '',
      'j',
      `x.${root}.${seed}.${statement}`,
      `${kind}.${root}.${seed}`,
      `${kind}.${root}.${seed}.${statement}.${statement}`,
      `${kind}.${root.slice(4)}.${seed}.${statement}`,
      `${kind}.${root}.${seed}=.${statement}`,
      `${kind}.${root}.${seed}.${'A'.repeat(9000)}`,
    ];
    for (const text of bad) expect(readLink(text), text.slice(0, 40)).toBeUndefined();
  });
});

describe('names that look like an official’s', () => {
  it('are found behind accents, confusables and marks', () => {
    for (const name of [
      'Công an phường',
      'CÔNG  AN',
      'cong an',
      'C0ng @n',
      'Cảnh sát khu vực',
      'CA phường',
      '🛡 Anh Ba',
      'Tổ trưởng',
    ])
      expect(looksOfficial(name), name).toBe(true);
  });
  it('and usual names are not', () => {
    for (const name of ['Nguyễn Văn Cảnh', 'Chị Hoa', 'Ca Lê', 'Trần Công Danh', 'Cao An'])
      expect(looksOfficial(name), name).toBe(false);
  });
  it('folding keeps the letters alone', () => expect(fold('Đường số 5')).toBe('duongsos'));
});

describe('small things', () => {
  it('bytes as text and back', () => {
    const bytes = Uint8Array.from({ length: 33 }, (_, i) => i * 7);
    expect(fromHex(toHex(bytes))).toEqual(bytes);
    expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    expect(fromHex('abc')).toBeUndefined();
    expect(fromBase64Url('a+b/')).toBeUndefined();
  });
  it('a drill or a test is never shown with the level of a real alert', () => {
    for (const status of [2, 3, 0, 99]) expect(levelOf(status, severity.extreme)).toBe('DIỄN TẬP');
    expect(levelOf(1, severity.extreme)).toBe('KHẨN CẤP');
  });
  it('a safety code has 30 digits and changes with the epoch', () => {
    const a = decimalCode(new Uint8Array(32).fill(200));
    expect(a).toMatch(/^(\d{5} ){5}\d{5}$/);
    expect(decimalCode(new Uint8Array(32).fill(201))).not.toBe(a);
  });
  it('content that cannot be read is nothing', () => {
    expect(readContent(Uint8Array.of(0xff, 0xff))).toBeUndefined();
    expect(readContent(new Uint8Array())).toBeUndefined();
  });
});

describe('connection', () => {
  const setup = () => {
    const timers: { ms: number; call: () => void; live: boolean }[] = [];
    const clock: Clock = {
      now: () => 0,
      after: (ms, call) => {
        const t = { ms, call, live: true };
        timers.push(t);
        return () => {
          t.live = false;
        };
      },
    };
    const sockets: { handlers: SocketHandlers; sent: Uint8Array[]; closed: boolean }[] = [];
    const transport: Transport = {
      connect: (_url, handlers) => {
        const socket = { handlers, sent: [] as Uint8Array[], closed: false };
        sockets.push(socket);
        return {
          send: (b) => socket.sent.push(b),
          close: () => {
            socket.closed = true;
          },
        };
      },
    };
    const events: string[] = [];
    const connection = new Connection('ws://x/ws', transport, clock, (n) => new Uint8Array(n).fill(255), {
      challenged: () => events.push('challenged'),
      lost: () => events.push('lost'),
      pushed: () => events.push('pushed'),
      headed: (_log, head) => events.push(`headed ${head.length}`),
      behind: () => events.push('behind'),
    });
    const frame = (id: bigint, answer: wire.ServerFrame['answer']) =>
      toBinary(wire.ServerFrameSchema, create(wire.ServerFrameSchema, { id, answer }));
    const challenge = frame(0n, { case: 'challenge', value: create(wire.ChallengeSchema, { version: 1 }) });
    const fire = () => {
      const t = timers.filter((x) => x.live).at(-1);
      if (t === undefined) throw new Error('no timer');
      t.live = false;
      t.call();
      return t.ms;
    };
    connection.start();
    return { connection, sockets, events, frame, challenge, fire, timers };
  };

  it('hears a fresh head of a log in which nothing is new', () => {
    const { sockets, events, frame, challenge } = setup();
    sockets[0]?.handlers.message(challenge);
    const value = create(wire.PushedSchema, { log: new Uint8Array(32), signedHead: new Uint8Array(7) });
    sockets[0]?.handlers.message(frame(0n, { case: 'pushed', value }));
    expect(events).toEqual(['challenged', 'headed 7']);
  });

  it('asks nothing before the challenge, and repeats no answer to another request', async () => {
    const { connection, sockets, challenge, frame } = setup();
    expect((await connection.request({ case: 'ping', value: {} }, 'pong')).ok).toBe(false);
    const s = sockets[0] as (typeof sockets)[0];
    s.handlers.message(challenge);
    const asked = connection.request({ case: 'ping', value: {} }, 'pong');
    s.handlers.message(frame(99n, { case: 'pong', value: create(wire.PongSchema, {}) }));
    s.handlers.message(frame(1n, { case: 'pong', value: create(wire.PongSchema, { time: 5n }) }));
    expect(await asked).toMatchObject({ ok: true, value: { time: 5n } });
  });

  it('a frame that cannot be read, or an answer of the wrong kind, ends the connection and every request', async () => {
    for (const bad of [Uint8Array.of(0xff, 0xff, 0xff), null]) {
      const { connection, sockets, events, challenge, frame } = setup();
      const s = sockets[0] as (typeof sockets)[0];
      s.handlers.message(challenge);
      const asked = connection.request({ case: 'ping', value: {} }, 'pong');
      s.handlers.message(bad ?? frame(1n, { case: 'done', value: create(wire.DoneSchema, {}) }));
      expect(await asked).toMatchObject({ ok: false, error: { code: 0 } });
      expect(s.closed).toBe(true);
      expect(events).toEqual(['challenged', 'lost']);
    }
  });

  it('waits longer after each failure, up to a limit, and from the start again after a success', () => {
    const { sockets, fire, challenge } = setup();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      sockets.at(-1)?.handlers.closed();
      waits.push(Math.round(fire()));
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000]);
    sockets.at(-1)?.handlers.message(challenge);
    sockets.at(-1)?.handlers.closed();
    expect(Math.round(fire())).toBe(500);
  });

  it('an answer that does not come in time, and a socket that never says Challenge, are given up', async () => {
    const { connection, sockets, events, fire, challenge } = setup();
    expect(fire()).toBe(20_000); // no challenge
    expect(sockets[0]?.closed).toBe(true);
    fire();
    sockets[1]?.handlers.message(challenge);
    const asked = connection.request({ case: 'ping', value: {} }, 'pong');
    expect(fire()).toBe(20_000);
    expect((await asked).ok).toBe(false);
    expect(events).toEqual(['challenged', 'lost']);
  });
});
