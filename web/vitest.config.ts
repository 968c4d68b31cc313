import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __IDENTITY_CRYPTO__: 'false' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: { include: ['tests/**/*.test.{ts,tsx}'], environment: 'node', testTimeout: 30_000 },
});
