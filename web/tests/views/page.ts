// Entry of the page that the browser tests load: the real views over the fake core.
import { start } from '../../src/start.js';
import '../../src/style/main.css';
import { createFakeCore, type FakeCore } from './fake-core.js';
import { type Scene, states } from './fixtures.js';

declare global {
  interface Window {
    scene: Scene;
    core: FakeCore;
  }
}
window.core = createFakeCore(states[window.scene]);
start(window, window.core);
