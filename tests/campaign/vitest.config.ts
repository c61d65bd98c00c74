import { defineConfig } from 'vitest/config'

const hours = 3_600_000

/**
 * What outgrows one machine: a file for each snapshot, and the property tests, so that `--shard` can spread them.
 * Each file starts commands that use every processor, hence one at a time.
 */
export default defineConfig({
  test: {
    include: ['tests/campaign/*.test.ts', 'tests/property/*.test.ts'],
    globalSetup: ['tests/support/build-first.ts'],
    maxWorkers: 1,
    testTimeout: 6 * hours,
  },
})
