// The page's end of the boundary: starts the worker and turns its messages into calls and events.
import type { CommandName, Commands, Core, CoreEvent, FromCore, StartOptions, ToCore } from './boundary.js';
import { commandNames, emptyState } from './boundary.js';

/** The parts of a Worker that are used here. */
export interface WorkerPort {
  postMessage(message: ToCore): void;
  onmessage: ((event: MessageEvent<FromCore>) => void) | null;
}

/** Commands reject with a `CommandError`, as plain data. */
export function connectCore(worker: WorkerPort, options: StartOptions): Core {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  const listeners = new Set<(event: CoreEvent) => void>();
  let state = emptyState;
  let nextId = 1;

  worker.onmessage = ({ data }) => {
    if (data.type === 'event') {
      if (data.event.type === 'state') state = data.event.state;
      for (const listener of listeners) listener(data.event);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error !== undefined) call?.reject(data.error);
    else call?.resolve(data.value as never);
  };

  const call = (name: CommandName, args: readonly unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ type: 'command', id, name, args });
    });
  const commands = Object.fromEntries(
    commandNames.map((name) => [name, (...args: readonly unknown[]) => call(name, args)]),
  ) as unknown as Commands;

  worker.postMessage({ type: 'start', options });
  return {
    ...commands,
    subscribe(listener) {
      listeners.add(listener);
      listener({ type: 'state', state });
      return () => listeners.delete(listener);
    },
  };
}
