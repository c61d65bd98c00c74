import { defineConfig } from 'vitest/config'

/** The tests that judge a mutant of the harness: its own, without those that are about other parts. */
export default defineConfig({
  test: {
    include: ['tests/harness/{migrator,schema,snapshots,proof,sql,incidents}/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
