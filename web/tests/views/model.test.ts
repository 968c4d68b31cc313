import { describe, expect, it } from 'vitest';
import { createModel, errorKey } from '../../src/model/model.js';
import { createRouter, type RouterWindow } from '../../src/model/router.js';
import { createSettings } from '../../src/model/settings.js';
import { isBelow } from '../../src/model/units.js';
import { createFakeCore } from './fake-core.js';
import { groupOf, hex, NOW, states, units } from './fixtures.js';

const root = () => ({ lang: '', dataset: {} }) as unknown as HTMLElement;

function build(hash = '') {
  const core = createFakeCore(states.resident);
  const window = {
    location: { pathname: '/vao', hash, search: '', origin: 'https://xom.test' },
    history: { pushState: () => undefined, replaceState: () => undefined, back: () => undefined },
    scrollTo: () => undefined,
    addEventListener: () => undefined,
  } satisfies RouterWindow;
  const model = createModel({
    core,
    settings: createSettings(null, root()),
    env: { now: () => NOW, origin: 'https://xom.test', userAgent: '', touch: false, copy: async () => undefined },
    router: (onFragment) => createRouter(window, onFragment),
  });
  return { core, model };
}

describe('model', () => {
  it('follows the state of the core', () => {
    const { core, model } = build();
    expect(model.unread.value).toBe(2);
    core.change({ groups: [groupOf({ unread: 3 }), groupOf({ id: hex('b'), unread: 4 })] });
    expect(model.unread.value).toBe(7);
    model.dispose();
    core.change({ groups: [] });
    expect(model.unread.value).toBe(7);
  });
  it('hands the code of an opened link to the core, and keeps it for the page only', async () => {
    const { core, model } = build('#j.code');
    expect(core.calls).toEqual([{ name: 'openLink', args: ['j.code'] }]);
    expect(model.link.value).toEqual({ fragment: 'j.code', reading: true });
    await new Promise((resolve) => setTimeout(resolve));
    expect(model.link.value?.reading).toBe(false);
    model.dispose();
  });
  it('says in words why a command failed', async () => {
    const { core, model } = build();
    core.failNext('setName', 'offline');
    expect(await model.attempt(core.setName('Lan'))).toBeUndefined();
    expect(model.notice.value).toBe('Đang mất mạng. Hãy thử lại khi có mạng.');
    model.settings.language.value = 'en';
    expect(model.t('tab.home')).toBe('Home');
    model.dispose();
  });
  it('has words for errors that it does not know', () => {
    for (const odd of [null, undefined, 'x', {}, { code: 'constructor' }, { code: 7 }, new Error('x')])
      expect(errorKey(odd)).toBe('error.internal');
  });
});

describe('settings', () => {
  it('come back after a reload', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const first = createSettings(storage, root());
    expect([first.language.value, first.textSize.value]).toEqual(['vi', 18]);
    first.textSize.value = 26;
    first.language.value = 'en';
    const element = root();
    const second = createSettings(storage, element);
    expect([second.language.value, second.textSize.value]).toEqual(['en', 26]);
    expect([element.lang, element.dataset.text]).toEqual(['en', '26']);
  });
  it('work where storage is refused or holds nonsense', () => {
    const refuse = () => {
      throw new Error('refused');
    };
    expect(createSettings({ getItem: refuse, setItem: refuse }, root()).textSize.value).toBe(18);
    expect(createSettings({ getItem: () => '9000', setItem: () => undefined }, root()).textSize.value).toBe(18);
  });
});

describe('isBelow', () => {
  it('follows parents, not the spelling of ids', () => {
    expect(isBelow(units, 'kp1/to5', 'kp1')).toBe(true);
    expect(isBelow(units, 'kp1', 'kp1')).toBe(false);
    expect(isBelow(units, 'kp1/to5', 'kp')).toBe(false);
  });
  it('ends in a loop of units', () => {
    const loop = ['a', 'b'].map((id) => ({ id, parent: id === 'a' ? 'b' : 'a', level: '', name: id }));
    expect(isBelow(loop, 'a', 'x')).toBe(false);
  });
});
