/**
 * The unit tests. tfjs must be one single instance, or backends register with one copy and the ops
 * ask the other: its packages are loaded by Node itself (their CommonJS `main`), never bundled.
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    globalSetup: ['tests/support/announceBackends.ts'],
    server: { deps: { external: [/node_modules\/@tensorflow\//] } },
    // Vitest leaves one core free, which of two is half: with both the suites take 524 s instead of 639.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
