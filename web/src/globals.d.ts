// What the bundler fills in (build.mjs), and what it takes besides scripts.
declare const __WORKER_URL__: string;
declare const __WASM_URL__: string;
declare module '*.css';
