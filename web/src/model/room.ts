// The messages of one open room.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Core, Message } from '../api/boundary.js';

/** Messages loaded at a time: two screens of a desktop, more than a phone shows in a second of scrolling. */
export const PAGE = 60;

/** By their places in the log: what waited for the network moves to the place where all others read it. */
export function mergeMessages(have: readonly Message[], more: readonly Message[]): readonly Message[] {
  const merged = new Map(have.map((message) => [message.id, message]));
  for (const message of more) merged.set(message.id, message);
  return [...merged.values()].sort((a, b) => a.order - b.order);
}

export interface Room {
  readonly messages: ReadonlySignal<readonly Message[]>;
  readonly loaded: ReadonlySignal<boolean>;
  /** There may be older ones. */
  readonly more: ReadonlySignal<boolean>;
  older(): Promise<void>;
  close(): void;
}

export function openRoom(core: Core, group: string): Room {
  const messages = signal<readonly Message[]>([]);
  const loaded = signal(false);
  const more = signal(false);
  let closed = false;
  let busy = false;

  const load = async (before?: string) => {
    if (busy) return;
    busy = true;
    try {
      const page = await core.messages(group, PAGE, before);
      if (closed) return;
      messages.value = mergeMessages(page, messages.value);
      more.value = page.length === PAGE;
    } catch {
      // The room stays as it is; events still come in.
    } finally {
      busy = false;
      if (!closed) loaded.value = true;
    }
  };
  const stop = core.subscribe((event) => {
    if (event.type === 'messages' && event.group === group)
      messages.value = mergeMessages(messages.value, event.messages);
  });
  void load();
  return {
    messages,
    loaded,
    more,
    older: () => load(messages.value[0]?.id),
    close: () => {
      closed = true;
      stop();
    },
  };
}
