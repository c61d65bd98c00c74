import { defineConfig } from 'vitest/config'
import { runProjects } from '../../packages/migration-proof/tests/support/projects.ts'

const hours = 3_600_000

/**
 * What outgrows one machine: a file for each snapshot, and the property tests, so that `--shard` can spread them.
 * Each file starts commands that use every processor, hence one at a time.
 */
export default defineConfig({
  test: {
    ...runProjects([
      {
        name: 'campaign',
        include: ['tests/campaign/*.test.ts', 'tests/property/*.test.ts'],
        testTimeout: 6 * hours,
      },
    ]),
    maxWorkers: 1,
  },
})
