// What the views show and do: the core's state as signals, the route, the settings, and one line of notice.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type CommandErrorCode, type Core, emptyState, type GroupView, type State } from '../api/boundary.js';
import { type Arguments, type Key, type Language, translate } from '../i18n/index.js';
import { type AlertLists, arrangeAlerts } from './alerts.js';
import type { Router } from './router.js';
import type { Settings } from './settings.js';

export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** The site's own address, "https://host". */
  readonly origin: string;
  readonly userAgent: string;
  /** The main pointer is a finger. */
  readonly touch: boolean;
  copy(text: string): Promise<void>;
}

/** A link's one-time code while its page is open. It is kept in memory only, never stored or logged. */
export interface OpenedLink {
  readonly fragment: string;
  readonly reading: boolean;
}

export interface Model {
  readonly core: Core;
  readonly router: Router;
  readonly settings: Settings;
  readonly env: Environment;
  readonly state: ReadonlySignal<State>;
  readonly alerts: ReadonlySignal<AlertLists>;
  readonly unread: ReadonlySignal<number>;
  readonly link: ReadonlySignal<OpenedLink | null>;
  /** Time that views compare with; moves every half minute. */
  readonly now: ReadonlySignal<number>;
  readonly notice: Signal<string>;
  t<K extends Key>(key: K, ...args: Arguments<K>): string;
  language(): Language;
  /** A group's name; a general word until its unit is known. */
  titleOf(group: Pick<GroupView, 'title'>): string;
  openLink(fragment: string): Promise<void>;
  /** Runs a command; if it fails, says so in the notice and returns undefined. */
  attempt<T>(work: Promise<T>): Promise<T | undefined>;
  dispose(): void;
}

const errorKeys: Readonly<Record<CommandErrorCode, Key>> = {
  offline: 'error.offline',
  'not-permitted': 'error.not-permitted',
  invalid: 'error.invalid',
  expired: 'error.expired',
  spent: 'error.spent',
  'wrong-root': 'error.wrong-root',
  'not-found': 'error.not-found',
  unavailable: 'error.unavailable',
  internal: 'error.internal',
};

/** The words for whatever a command rejected with. */
export function errorKey(error: unknown): Key {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && Object.hasOwn(errorKeys, code)
    ? errorKeys[code as CommandErrorCode]
    : 'error.internal';
}

const TICK_MS = 30_000;

export interface ModelParts {
  readonly core: Core;
  readonly settings: Settings;
  readonly env: Environment;
  /** Makes the router; it calls back with the code of a link, perhaps at once. */
  readonly router: (onFragment: (fragment: string) => void) => Router;
  readonly onAlert?: (id: string, state: State) => void;
}

export function createModel(parts: ModelParts): Model {
  const { core, settings, env } = parts;
  const state = signal<State>(emptyState);
  const link = signal<OpenedLink | null>(null);
  const notice = signal('');
  const now = signal(env.now());
  const timer = setInterval(() => {
    now.value = env.now();
  }, TICK_MS);

  const stop = core.subscribe((event) => {
    if (event.type === 'state') state.value = event.state;
    if (event.type === 'alert') parts.onAlert?.(event.id, state.value);
  });
  const t = <K extends Key>(key: K, ...args: Arguments<K>) => translate(settings.language.value, key, ...args);
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      notice.value = '';
      return await work;
    } catch (error) {
      notice.value = t(errorKey(error) as 'error.internal');
      return undefined;
    }
  };
  const openLink = async (fragment: string) => {
    link.value = { fragment, reading: true };
    await attempt(core.openLink(fragment));
    if (link.value?.fragment === fragment) link.value = { fragment, reading: false };
  };
  const router = parts.router((fragment) => void openLink(fragment));
  // What was said on one page does not lie over the next.
  const left = router.route.subscribe(() => {
    notice.value = '';
  });
  return {
    core,
    router,
    settings,
    env,
    state,
    alerts: computed(() => arrangeAlerts(state.value.alerts)),
    unread: computed(() => state.value.groups.reduce((sum, group) => sum + group.unread, 0)),
    link,
    now,
    notice,
    t,
    language: () => settings.language.value,
    titleOf: (group) => group.title || t('join.group'),
    openLink,
    attempt,
    dispose: () => {
      clearInterval(timer);
      stop();
      left();
    },
  };
}
