// The trusted core, compiled to WebAssembly: load it once, then all of it is synchronous.
export * from './result';
export * from './types';
