// What listeners are told: the state (changes that come together make one event), messages, and an alert's ring.
import { type CoreEvent, emptyState, type Message, type State } from '../api/boundary.js';
import { checkingAlerts } from './alerts.js';
import { toHex } from './bytes.js';
import type { Groups } from './groups.js';
import { type MessageRecord, type Store, waitingFrom } from './store.js';
import { messageView, type Summary } from './view.js';

/** Messages looked through for the newest one that is no event of the room. */
const recent = 20;

export class Display {
  readonly summaries = new Map<string, Summary>();
  private readonly listeners = new Set<(event: CoreEvent) => void>();
  private due = false;

  constructor(
    private readonly store: Store,
    private readonly groups: () => Groups,
    /** Account of this device, hex; '' while there is none. */
    private readonly own: () => string,
    private readonly state: () => State,
  ) {}

  subscribe(listener: (event: CoreEvent) => void): () => void {
    this.listeners.add(listener);
    listener({ type: 'state', state: this.state() });
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      this.emit({ type: 'state', state: this.state() });
    });
  }

  emit(event: CoreEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  view(m: MessageRecord): Message {
    return messageView(this.groups(), m, this.own());
  }

  async messages(group: string, messages: readonly MessageRecord[]): Promise<void> {
    this.emit({ type: 'messages', group, messages: messages.map((m) => this.view(m)) });
    await this.summarise(group);
    this.changed();
  }

  async summarise(group: string): Promise<void> {
    const newest = await this.store.messages(group, recent, waitingFrom * 2);
    this.summaries.set(group, {
      last: newest.findLast((m) => m.event === undefined) ?? null,
      unread: await this.store.unread(group, this.groups().record(group)?.readUpTo ?? 0, this.own()),
    });
  }
}

/** What can be shown before the trusted core is loaded: stored alerts that were official, marked as not decided yet. */
export async function storedPreview(store: Store, now: number): Promise<State> {
  const stored: Uint8Array[] = [];
  for (const log of await store.officialLogs())
    for (const e of await store.entries(log, 0, Number.MAX_SAFE_INTEGER)) if (e.official === true) stored.push(e.bytes);
  const pinned = await store.meta('pinnedRoot');
  return {
    ...emptyState,
    pinnedRoot: pinned === undefined ? null : toHex(pinned),
    alerts: checkingAlerts(stored, now),
  };
}
