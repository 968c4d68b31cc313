// A core that lives in the page's memory and remembers what it was told, for tests of model and views.
import type { Core, CoreEvent, Message, State } from '../../src/api/boundary.js';
import { hex, NOW, messages as storyMessages, units } from './fixtures.js';

export interface FakeCore extends Core {
  readonly calls: readonly { readonly name: string; readonly args: readonly unknown[] }[];
  emit(event: CoreEvent): void;
  change(part: Partial<State>): void;
  /** The next command of this name rejects with this code. */
  failNext(name: string, code: string): void;
}

const VOUCHER = `j.${'Q'.repeat(43)}.${'z'.repeat(43)}.${'A1b2C3d4'.repeat(80)}`;

export function createFakeCore(initial: State, room: readonly Message[] = storyMessages): FakeCore {
  let state = initial;
  let sent = 0;
  const listeners = new Set<(event: CoreEvent) => void>();
  const calls: { name: string; args: unknown[] }[] = [];
  const failures = new Map<string, string>();

  const emit = (event: CoreEvent) => {
    for (const listener of listeners) listener(event);
  };
  const change = (part: Partial<State>) => {
    state = { ...state, ...part };
    emit({ type: 'state', state });
  };
  const command = <A extends unknown[], T>(name: string, act: (...args: A) => T) => {
    return async (...args: A): Promise<T> => {
      calls.push({ name, args });
      const code = failures.get(name);
      failures.delete(name);
      if (code !== undefined) throw { code, detail: 'as the test asked' };
      return act(...args);
    };
  };
  return {
    calls,
    emit,
    change,
    failNext: (name, code) => failures.set(name, code),
    subscribe: (listener) => {
      listeners.add(listener);
      listener({ type: 'state', state });
      return () => listeners.delete(listener);
    },
    openLink: command('openLink', () => undefined),
    join: command('join', () => change({ join: { step: 'waiting', since: NOW } })),
    acceptInvitation: command('acceptInvitation', () => change({ join: { step: 'waiting-appointment', since: NOW } })),
    createGroup: command('createGroup', () => ({ group: hex('a') })),
    makeVoucher: command('makeVoucher', () => ({
      link: `https://tanchanhhiep.example/vao#${VOUCHER}`,
      expires: NOW + 7 * 86_400_000,
    })),
    sendText: command('sendText', (group: string, text: string) => {
      sent += 1;
      const id = `${hex('d')}:${1000 + sent}`;
      const message: Message = {
        id,
        sender: hex('3'),
        senderName: 'Bà Sáu',
        text,
        time: NOW,
        order: 1e9 + sent,
        state: 'waiting',
        isMe: true,
      };
      emit({ type: 'messages', group, messages: [message] });
      return { id };
    }),
    saveDraft: command('saveDraft', () => undefined),
    markRead: command('markRead', () => undefined),
    markAlertRead: command('markAlertRead', (id: string) =>
      change({ alerts: state.alerts.map((alert) => (alert.id === id ? { ...alert, read: true } : alert)) }),
    ),
    publishAlert: command('publishAlert', () => ({ id: 'p1', sent: NOW })),
    listUnits: command('listUnits', () => units),
    messages: command('messages', (_group: string, limit: number, before?: string) => {
      const end = before === undefined ? room.length : room.findIndex((message) => message.id === before);
      return room.slice(Math.max(0, end - limit), end);
    }),
    setName: command('setName', () => undefined),
    safetyCode: command('safetyCode', () => '48213 90761 22054 71930 65518 04427'),
  };
}
