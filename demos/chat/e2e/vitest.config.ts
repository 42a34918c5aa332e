import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One server and one browser for all: a small machine runs them, and the tests stop the server.
    fileParallelism: false,
  },
});
