import { defineConfig } from '@playwright/test';

// One story, one browser: nothing here runs beside anything else, and nothing is tried twice.
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../build/e2e/results',
  workers: 1,
  retries: 0,
  timeout: 8 * 60_000,
  expect: { timeout: 30_000 },
  reporter: process.env.XOM_RESULT_FILE
    ? [['list'], ['json', { outputFile: process.env.XOM_RESULT_FILE }]]
    : [['list']],
  use: {
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    actionTimeout: 30_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // Chromium as root has no sandbox; without a network its own services only cost time.
      args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
    },
  },
});
