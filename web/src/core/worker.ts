// Only the adapter between the worker's messages and the core. One tab owns the core: the lock is held for the tab's life.
import type { CommandError, CommandName, FromCore, StartOptions, ToCore } from '../api/boundary.js';
import { commandNames, emptyState } from '../api/boundary.js';
import { makeEngine } from '../mls/core_engine.js';
import { loadCore } from '../trust';
import { createCore, type RunningCore } from './core.js';
import { storedPreview } from './display.js';
import type { Transport } from './env.js';
import { CommandFailure } from './failure.js';
import { Store } from './store.js';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromCore) => scope.postMessage(message);
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

const transport: Transport = {
  connect(url, handlers) {
    let socket: WebSocket;
    try {
      socket = new WebSocket(url);
    } catch {
      queueMicrotask(() => handlers.closed());
      return { send: () => {}, close: () => {} };
    }
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => handlers.open();
    socket.onmessage = (e: MessageEvent) => {
      if (e.data instanceof ArrayBuffer) handlers.message(new Uint8Array(e.data));
    };
    socket.onclose = () => handlers.closed();
    return {
      send: (bytes) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(),
    };
  },
};

let started: (core: RunningCore) => void;
const running = new Promise<RunningCore>((resolve) => {
  started = resolve;
});

async function start(options: StartOptions): Promise<void> {
  const store = await Store.open();
  post({ type: 'event', event: { type: 'state', state: await storedPreview(store, Date.now()) } });
  const trust = await loadCore(fetch(options.wasmUrl));
  const core = await createCore({
    url: options.url,
    linkBase: options.linkBase,
    transport,
    clock: {
      now: () => Date.now(),
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
    },
    random,
    store,
    engine: makeEngine(trust),
    trust,
  });
  core.subscribe((event) => post({ type: 'event', event }));
  started(core);
}

function errorOf(e: unknown): CommandError {
  if (e instanceof CommandFailure) return { code: e.code, detail: e.detail };
  return { code: 'internal', detail: e instanceof Error ? e.message : 'unknown' };
}

async function command(id: number, name: CommandName, args: readonly unknown[]): Promise<void> {
  try {
    const core = await running;
    if (!(commandNames as readonly string[]).includes(name)) throw new CommandFailure('invalid', 'no such command');
    const call = core[name] as (...args: unknown[]) => Promise<unknown>;
    post({ type: 'result', id, value: await call.apply(core, [...args]) });
  } catch (e) {
    post({ type: 'result', id, error: errorOf(e) });
  }
}

scope.onmessage = (e: MessageEvent<ToCore>) => {
  const message = e.data;
  if (message.type === 'command') {
    void command(message.id, message.name, message.args);
    return;
  }
  post({ type: 'event', event: { type: 'state', state: { ...emptyState, connection: 'waiting-tab' } } });
  if (navigator.locks === undefined) {
    // Two tabs would use one ratchet twice. Only a page without HTTPS lacks the lock.
    const warning = { kind: 'no-trust', detail: 'no navigator.locks: the page needs HTTPS' } as const;
    post({ type: 'event', event: { type: 'state', state: { ...emptyState, connection: 'offline', warning } } });
    return;
  }
  // Never released: the browser does so when the worker ends, and the next tab's worker takes over.
  void navigator.locks.request('xom-core', async () => {
    post({ type: 'event', event: { type: 'state', state: emptyState } });
    await start(message.options);
    await new Promise(() => {});
  });
};
