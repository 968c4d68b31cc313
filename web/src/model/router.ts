// Paths of the client, by hand: a ward's link is short Vietnamese, and the list is the whole site map.
import { type ReadonlySignal, signal } from '@preact/signals';

export type Route =
  | { readonly name: 'home' | 'groups' | 'reports' | 'me' | 'join' | 'staff' | 'publish' | 'not-found' }
  | { readonly name: 'room' | 'members' | 'voucher'; readonly group: string };

export type Tab = 'home' | 'groups' | 'reports' | 'me';

const plain = {
  '/': 'home',
  '/nhom': 'groups',
  '/tin-bao': 'reports',
  '/toi': 'me',
  '/vao': 'join',
  '/can-bo': 'staff',
  '/phat-tin': 'publish',
} as const;

const GROUP_ID = '([0-9a-f]{64})';
const withGroup = [
  { pattern: new RegExp(`^/nhom/${GROUP_ID}$`), name: 'room' },
  { pattern: new RegExp(`^/nhom/${GROUP_ID}/thanh-vien$`), name: 'members' },
  { pattern: new RegExp(`^/can-bo/nhom/${GROUP_ID}$`), name: 'voucher' },
] as const;

export function parsePath(path: string): Route {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
  if (Object.hasOwn(plain, trimmed)) return { name: plain[trimmed as keyof typeof plain] };
  for (const { pattern, name } of withGroup) {
    const group = pattern.exec(trimmed)?.[1];
    if (group !== undefined) return { name, group };
  }
  return { name: 'not-found' };
}

export const pathOf = {
  home: '/',
  groups: '/nhom',
  reports: '/tin-bao',
  me: '/toi',
  join: '/vao',
  staff: '/can-bo',
  publish: '/phat-tin',
  room: (group: string) => `/nhom/${group}`,
  members: (group: string) => `/nhom/${group}/thanh-vien`,
  voucher: (group: string) => `/can-bo/nhom/${group}`,
} as const;

/** The bottom tab that a route belongs to; none for pages that lie outside of the four. */
export function tabOf(route: Route): Tab | null {
  switch (route.name) {
    case 'home':
    case 'groups':
    case 'reports':
    case 'me':
      return route.name;
    case 'room':
    case 'members':
      return 'groups';
    case 'join':
      return 'home';
    case 'staff':
    case 'voucher':
    case 'publish':
      return 'me';
    default:
      return null;
  }
}

/** What the router needs of a window, so that tests need no browser. */
export interface RouterWindow {
  readonly location: Pick<Location, 'pathname' | 'hash' | 'search' | 'origin'>;
  readonly history: Pick<History, 'pushState' | 'replaceState' | 'back'>;
  readonly scrollTo: (x: number, y: number) => void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/**
 * Takes the fragment out of the address bar and of this history entry, and returns it without '#'; '' if none.
 * It holds a one-time key, so this runs before anything else looks at the page.
 */
export function takeFragment(window: RouterWindow): string {
  const fragment = window.location.hash.replace(/^#/, '');
  if (fragment !== '') window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return fragment;
}

export interface Router {
  readonly route: ReadonlySignal<Route>;
  go(path: string, how?: 'push' | 'replace'): void;
}

/** `onFragment` gets the one-time code of an opened link, at the start and whenever another is opened later. */
export function createRouter(window: RouterWindow, onFragment: (fragment: string) => void): Router {
  const route = signal<Route>(parsePath(window.location.pathname));
  const go = (path: string, how: 'push' | 'replace' = 'push') => {
    if (how === 'push' && path !== window.location.pathname) window.history.pushState(null, '', path);
    else window.history.replaceState(null, '', path);
    route.value = parsePath(path);
    window.scrollTo(0, 0);
  };
  const receive = () => {
    const fragment = takeFragment(window);
    if (fragment === '') return;
    if (route.value.name !== 'join') go(pathOf.join, 'replace');
    onFragment(fragment);
  };
  window.addEventListener('popstate', () => {
    route.value = parsePath(window.location.pathname);
  });
  window.addEventListener('hashchange', receive);
  window.addEventListener('click', (event) => {
    const path = linkPath(event as MouseEvent, window.location.origin);
    if (path === null) return;
    event.preventDefault();
    go(path);
  });
  receive();
  return { route, go };
}

/** The path of a plain click on a link of this site; null for everything that the browser should handle. */
function linkPath(event: MouseEvent, origin: string): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link) return null;
  if (link.target !== '' || link.hasAttribute('download')) return null;
  if (link.origin !== origin || link.hash !== '') return null;
  return parsePath(link.pathname).name === 'not-found' ? null : link.pathname;
}
