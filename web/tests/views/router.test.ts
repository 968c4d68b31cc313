import { describe, expect, it } from 'vitest';
import { createRouter, parsePath, pathOf, type RouterWindow, tabOf, takeFragment } from '../../src/model/router.js';
import { hex } from './fixtures.js';

/** A window that keeps its history as a list of addresses. */
function fakeWindow(address: string) {
  const listeners = new Map<string, (event: Event) => void>();
  const entries = [address];
  const url = () => new URL(entries.at(-1) ?? '/', 'https://xom.test');
  const window: RouterWindow = {
    location: {
      get pathname() {
        return url().pathname;
      },
      get hash() {
        return url().hash;
      },
      get search() {
        return url().search;
      },
      origin: 'https://xom.test',
    },
    history: {
      pushState: (_state, _title, path) => void entries.push(String(path)),
      replaceState: (_state, _title, path) => void entries.splice(-1, 1, String(path)),
      back: () => void entries.pop(),
    },
    scrollTo: () => undefined,
    addEventListener: (type, listener) => void listeners.set(type, listener),
  };
  return { window, entries, fire: (type: string, event: unknown = {}) => listeners.get(type)?.(event as Event) };
}

describe('parsePath', () => {
  it('knows every path that it makes', () => {
    const group = hex('a');
    for (const name of ['home', 'groups', 'reports', 'me', 'join', 'staff', 'publish'] as const)
      expect(parsePath(pathOf[name])).toEqual({ name });
    for (const name of ['room', 'members', 'voucher'] as const)
      expect(parsePath(pathOf[name](group))).toEqual({ name, group });
  });
  it('forgives a slash at the end', () => {
    expect(parsePath('/vao/')).toEqual({ name: 'join' });
  });
  it('refuses what only looks like a path of ours', () => {
    for (const path of ['/nhom/xyz', `/nhom/${hex('A')}`, `/nhom/${hex('a')}/x`, '/constructor', '/__proto__', '/VAO'])
      expect(parsePath(path)).toEqual({ name: 'not-found' });
  });
  it('places a room under the tab Nhóm', () => {
    expect(tabOf(parsePath(`/nhom/${hex('a')}`))).toBe('groups');
    expect(tabOf({ name: 'not-found' })).toBeNull();
  });
});

describe('the fragment of a link', () => {
  it('is taken out of the address and out of the history entry', () => {
    const { window, entries } = fakeWindow('/vao#j.secret');
    expect(takeFragment(window)).toBe('j.secret');
    expect(entries).toEqual(['/vao']);
  });
  it('is handed over before the first route is read, and leads to the join page', () => {
    const { window, entries } = fakeWindow('/#j.secret');
    const got: string[] = [];
    const router = createRouter(window, (fragment) => got.push(fragment));
    expect(got).toEqual(['j.secret']);
    expect(router.route.value).toEqual({ name: 'join' });
    expect(entries.join()).not.toContain('secret');
  });
  it('is taken again when a second link is opened in the same page', () => {
    const { window, entries, fire } = fakeWindow('/nhom');
    const got: string[] = [];
    const router = createRouter(window, (fragment) => got.push(fragment));
    entries.push('/nhom#j.second');
    fire('hashchange');
    expect(got).toEqual(['j.second']);
    expect(router.route.value.name).toBe('join');
    expect(entries.join()).not.toContain('second');
  });
});

describe('clicks', () => {
  const link = (path: string, change: object = {}) => ({
    closest: () => ({
      origin: 'https://xom.test',
      pathname: path,
      hash: '',
      target: '',
      hasAttribute: () => false,
      ...change,
    }),
  });
  const click = (target: unknown, change: object = {}) => {
    let prevented = false;
    const event = {
      button: 0,
      target,
      preventDefault: () => {
        prevented = true;
      },
      ...change,
    };
    return { event, prevented: () => prevented };
  };
  it('on a link of ours stays in the page', () => {
    const { window, fire, entries } = fakeWindow('/');
    const router = createRouter(window, () => undefined);
    const { event, prevented } = click(link('/nhom'));
    fire('click', event);
    expect(prevented()).toBe(true);
    expect(router.route.value.name).toBe('groups');
    expect(entries).toEqual(['/', '/nhom']);
  });
  it('is left to the browser with a modifier, to another site, or to a path that is not ours', () => {
    const { window, fire } = fakeWindow('/');
    const router = createRouter(window, () => undefined);
    const others = [
      click(link('/nhom'), { ctrlKey: true }),
      click(link('/nhom', { origin: 'https://else.test' })),
      click(link('/feed.xml')),
      click({ closest: () => null }),
    ];
    for (const { event, prevented } of others) {
      fire('click', event);
      expect(prevented()).toBe(false);
    }
    expect(router.route.value.name).toBe('home');
  });
});
