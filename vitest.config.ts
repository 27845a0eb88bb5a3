// The three kinds of test: unit (no process, no port), integration (real API server, Redis, engine), e2e (whole sandbox).
import { defineConfig } from 'vitest/config'
import { LongFirst } from './test/support/vitest/long-first.ts'

/**
 * A process plays file after file: loading what nearly all of them load, for each anew, was half of the unit tests' work. No
 * module of ours keeps state, and what a file changes of its process is put back by the setup file.
 */
const shared = { isolate: false, setupFiles: ['test/support/vitest/setup.ts'] }

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // Each of them is a tenant, with a control plane of its own.
          maxConcurrency: 3,
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
})
