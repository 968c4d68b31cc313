import { defineConfig } from '@playwright/test';

export default defineConfig({
  testMatch: '*.spec.ts',
  outputDir: '../../../build/web-views/results',
  workers: 1,
  timeout: 20_000,
  reporter: process.env.XOM_RESULT_FILE ? [['line'], ['json', { outputFile: process.env.XOM_RESULT_FILE }]] : 'line',
  use: {
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
    },
  },
});
