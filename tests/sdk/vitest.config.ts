import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['suites/**/*.test.ts'],
    // An EventSource for the SDK's transport over server-sent events.
    execArgv: ['--experimental-eventsource', '--disable-warning=ExperimentalWarning'],
    // Two server processes and a browser at a time are what a small machine carries without missing a heartbeat.
    maxWorkers: 2,
    // Every wait inside has its own, shorter deadline that says what it waited for; this is the net below them.
    testTimeout: process.env.STARLING_LONG === '1' ? 120_000 : 30_000,
    hookTimeout: 30_000,
  },
});
