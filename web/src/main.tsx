// Entry of the page: the core in its worker, the views over it, and the service worker beside both.
import './style/main.css';
import { connectCore } from './api/client.js';
import { start } from './start.js';

const { protocol, host, origin } = window.location;
const worker = new Worker(__WORKER_URL__, { type: 'module', name: 'xom-core' });

start(
  window,
  connectCore(worker, {
    url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`,
    linkBase: `${origin}/vao`,
    wasmUrl: new URL(__WASM_URL__, origin).href,
  }),
);

// Absent in insecure contexts and in some private windows; then the client works, but only with a network.
if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js').catch((error: unknown) => console.warn('no service worker', error));
}
