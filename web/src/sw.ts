// Service worker: keeps the shell, so that the client opens without a network. It never sees a message: everything but
// the shell goes to the network as it is.
declare const __SHELL__: readonly string[];
declare const __SHELL_VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `xom-shell-${__SHELL_VERSION__}`;

worker.addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    // Past the browser's cache: the page must be the one that names these files.
    await cache.addAll(__SHELL__.map((path) => new Request(path, path === '/' ? { cache: 'reload' } : {})));
    await worker.skipWaiting();
  };
  event.waitUntil(fill());
});

worker.addEventListener('activate', (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith('xom-shell-') && name !== CACHE).map((name) => caches.delete(name)),
    );
    await worker.clients.claim();
  };
  event.waitUntil(clean());
});

/** A page: the network's, unless it is silent for too long or gone; then the kept one. */
const PAGE_PATIENCE_MS = 2500;

async function page(request: Request): Promise<Response> {
  const kept = await caches.match('/', { cacheName: CACHE });
  if (kept === undefined) return fetch(request);
  const patience = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PAGE_PATIENCE_MS));
  const fresh = fetch(request).then(
    (response) => (response.ok ? response : kept),
    () => kept,
  );
  return Promise.race([fresh, patience]);
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (__SHELL__.includes(url.pathname)) event.respondWith(asset(request));
});
