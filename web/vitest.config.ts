import { defineConfig } from 'vitest/config';

// XOM_IDENTITY_CRYPTO=1: encryption does nothing, the control of the plaintext scan (tests/integration).
const identity = process.env.XOM_IDENTITY_CRYPTO === '1';

export default defineConfig({
  define: { __IDENTITY_CRYPTO__: String(identity) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: { include: ['tests/**/*.test.{ts,tsx}'], environment: 'node', testTimeout: 30_000 },
});
