// One WebSocket to the node, made again by itself: Challenge first, then requests with ids and pushes without.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as wire from '../schema/wire';
import type { Clock, Random, Socket, Transport } from './env.js';
import { fraction } from './env.js';
import { limits } from './limits.js';

export interface WireError {
  /** protocol/base/result.h; 0: no connection */
  readonly code: number;
  readonly message: string;
  readonly detail: number;
}
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

/** Codes of protocol/base/result.h that the core acts on. */
export const code = {
  lost: 0,
  internal: 1,
  malformed: 2,
  tooLarge: 3,
  unknownKind: 4,
  unsupportedVersion: 5,
  badSignature: 6,
  notPermitted: 7,
  unauthenticated: 8,
  notFound: 9,
  alreadyExists: 10,
  expired: 11,
  revoked: 12,
  spent: 13,
  staleEpoch: 14,
  entryGap: 15,
  rewound: 16,
  forked: 17,
  trimmed: 18,
  rateLimited: 19,
  unavailable: 20,
  conflict: 21,
  untrusted: 22,
  io: 24,
} as const;

/** Has the node left open what becomes of the request? Then the same bytes go out again. */
export function undecided(error: WireError): boolean {
  switch (error.code) {
    case code.lost:
    case code.internal:
    case code.unauthenticated:
    case code.rateLimited:
    case code.unavailable:
    case code.conflict:
    case code.io:
      return true;
    default:
      return false;
  }
}

type Request = NonNullable<MessageInitShape<typeof wire.ClientFrameSchema>['request']>;
type AnswerFrame = wire.ServerFrame['answer'];
type AnswerCase = NonNullable<AnswerFrame['case']>;
type AnswerValue<C extends AnswerCase> = Extract<AnswerFrame, { case: C }>['value'];

const apart = (ms: number) => (Math.abs(ms) < limits.clockApart ? 0 : ms);

export interface ConnectionEvents {
  /** The node's first frame of a new connection. */
  challenged(challenge: wire.Challenge): void;
  lost(): void;
  pushed(log: Uint8Array, entry: wire.Entry, signedHead: Uint8Array): void;
  /** A freshly signed head of a log in which nothing is new. */
  headed(log: Uint8Array, signedHead: Uint8Array): void;
  behind(log: Uint8Array): void;
}

interface Waiting {
  readonly resolve: (answer: Answer<AnswerFrame>) => void;
  readonly cancel: () => void;
}

const lost = (message: string): { ok: false; error: WireError } => ({
  ok: false,
  error: { code: code.lost, message, detail: 0 },
});

export class Connection {
  /** ms that the node's clock is ahead of this device's; 0 where they differ by less than limits.clockApart. */
  ahead = 0;
  private socket: Socket | null = null;
  /** Distinguishes callbacks of an old socket from those of the present one. */
  private generation = 0;
  private challengeSeen = false;
  private nextId = 1n;
  private readonly waiting = new Map<bigint, Waiting>();
  private failures = 0;
  private stopped = true;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly url: string,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: ConnectionEvents,
  ) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.dial();
  }

  stop(): void {
    this.stopped = true;
    this.drop('stopped');
    this.cancelTimer();
  }

  /** The node has said Challenge: requests can be sent. */
  get up(): boolean {
    return this.socket !== null && this.challengeSeen;
  }

  /** Drops the present socket; a new one is dialled with jitter. */
  reset(reason: string): void {
    if (this.socket !== null) this.drop(reason);
  }

  /** Sends one request; an answer of another kind than `expected` counts as malformed. Never rejects. */
  async request<C extends AnswerCase>(request: Request, expected: C): Promise<Answer<AnswerValue<C>>> {
    const { socket } = this;
    if (socket === null || !this.up) return lost('not connected');
    const id = this.nextId++;
    const bytes = toBinary(wire.ClientFrameSchema, create(wire.ClientFrameSchema, { id, request }));
    const answer = await new Promise<Answer<AnswerFrame>>((resolve) => {
      const cancel = this.clock.after(limits.requestTimeout, () => this.reset('no answer in time'));
      this.waiting.set(id, { resolve, cancel });
      socket.send(bytes);
    });
    if (!answer.ok) return answer;
    if (answer.value.case !== expected) {
      this.reset('an answer of the wrong kind');
      return lost('an answer of the wrong kind');
    }
    return { ok: true, value: answer.value.value as AnswerValue<C> };
  }

  private dial(): void {
    const generation = ++this.generation;
    const current = () => generation === this.generation;
    this.challengeSeen = false;
    this.socket = this.transport.connect(this.url, {
      open: () => {},
      message: (bytes) => {
        if (current()) this.receive(bytes);
      },
      closed: () => {
        if (current()) this.drop('closed');
      },
    });
    // A socket that opens but never says Challenge is as dead as one that never opens.
    this.timer(limits.requestTimeout, () => this.reset('no challenge in time'));
  }

  private drop(reason: string): void {
    const { socket } = this;
    const wasUp = this.challengeSeen;
    this.generation++;
    this.socket = null;
    this.challengeSeen = false;
    socket?.close();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const w of waiting) {
      w.cancel();
      w.resolve(lost(reason));
    }
    if (wasUp) this.events.lost();
    if (this.stopped) return;
    const most = Math.min(limits.reconnectMost, limits.reconnectFirst * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 16);
    this.timer(most * (0.5 + fraction(this.random) / 2), () => this.dial());
  }

  private receive(bytes: Uint8Array): void {
    let frame: wire.ServerFrame;
    try {
      frame = fromBinary(wire.ServerFrameSchema, bytes);
    } catch {
      this.reset('a frame that cannot be read');
      return;
    }
    if (frame.id !== 0n) {
      const waiting = this.waiting.get(frame.id);
      if (waiting === undefined) return;
      this.waiting.delete(frame.id);
      waiting.cancel();
      waiting.resolve(
        frame.answer.case === 'error'
          ? {
              ok: false,
              error: {
                code: frame.answer.value.code,
                message: frame.answer.value.message,
                detail: Number(frame.answer.value.detail),
              },
            }
          : { ok: true, value: frame.answer },
      );
      return;
    }
    this.push(frame.answer);
  }

  private push(answer: AnswerFrame): void {
    switch (answer.case) {
      case 'challenge':
        if (answer.value.version !== 1) {
          this.reset('a protocol version that is not ours');
          return;
        }
        this.challengeSeen = true;
        this.failures = 0;
        this.ahead = apart(Number(answer.value.time) - this.clock.now());
        this.ping();
        this.events.challenged(answer.value);
        return;
      case 'pushed':
        if (answer.value.entry !== undefined)
          this.events.pushed(answer.value.log, answer.value.entry, answer.value.signedHead);
        else if (answer.value.signedHead.length > 0) this.events.headed(answer.value.log, answer.value.signedHead);
        return;
      case 'behind':
        this.events.behind(answer.value.log);
        return;
      case 'goodbye':
        this.reset('the node stops');
        return;
      case 'error':
        this.reset('the node closes');
        return;
      default: // a push of a later version
        return;
    }
  }

  private ping(): void {
    this.timer(limits.pingEvery, async () => {
      const generation = this.generation;
      await this.request({ case: 'ping', value: {} }, 'pong');
      if (generation === this.generation) this.ping();
    });
  }

  private timer(ms: number, call: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.clock.after(ms, call);
  }
}
