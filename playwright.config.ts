// How the end-to-end tests run: a real server, a real Chromium, no retries.
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, requireChromium } from './test/support/chromium.ts';

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results/e2e',
  globalSetup: './test/support/global-setup.ts',
  forbidOnly: process.env['CI'] !== undefined,
  // A test that passes the second time is a defect to be found, not hidden.
  retries: 0,
  workers: 2,
  // Waiting ends when what is waited for is there; these only bound a hang on a machine that has much else to do.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    ...(process.env['PRAXIS_TEST_URL'] === undefined ? {} : { baseURL: process.env['PRAXIS_TEST_URL'] }),
    viewport: { width: 1280, height: 800 },
    // Traces would have to be recorded for every test; a picture is taken only of a failure.
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] },
  },
  projects: [{ name: 'chromium' }],
});
