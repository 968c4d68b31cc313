// Composition root of the page: builds the model over a core and draws it.
import { render } from 'preact';
import type { Core } from './api/boundary.js';
import { createModel, type Environment } from './model/model.js';
import { createRouter, type RouterWindow } from './model/router.js';
import { createSettings } from './model/settings.js';
import { App } from './views/app.js';
import { listenForInstall } from './views/install.js';
import { announce } from './views/sound.js';

/** Storage is refused in some private windows, by an exception at the mere name. */
function storageOf(page: Window): Storage | null {
  try {
    return page.localStorage;
  } catch {
    return null;
  }
}

function environmentOf(page: Window): Environment {
  return {
    now: () => Date.now(),
    origin: page.location.origin,
    userAgent: page.navigator.userAgent,
    touch: page.matchMedia('(pointer: coarse)').matches,
    copy: (text) => page.navigator.clipboard.writeText(text),
  };
}

/** Takes a link's code out of the address first of all, then draws. `core` may connect later: views wait for its state. */
export function start(page: Window, core: Core): void {
  const settings = createSettings(storageOf(page), page.document.documentElement);
  const model = createModel({
    core,
    settings,
    env: environmentOf(page),
    router: (onFragment) => createRouter(page as unknown as RouterWindow, onFragment),
    onAlert: announce,
  });
  listenForInstall(page);
  const root = page.document.getElementById('app');
  if (root === null) throw new Error('the page has no #app');
  render(<App model={model} />, root);
}
