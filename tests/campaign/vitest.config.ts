import { defineConfig } from 'vitest/config'
import { runProjects } from '../../packages/migration-proof/tests/support/projects.ts'

const hours = 3_600_000

/** Tests of the harness of which the suite runs a part of the cases. */
const inPart = [
  'cli/init',
  'cli/known-results',
  'compatibility/workerd',
  'engines/node-sqlite',
  'history/injected-faults',
  'test-runners/first-minutes',
  'torture/torture',
].map((name) => `packages/migration-proof/tests/${name}.test.ts`)

/** Tools that are like others which the suite runs, public projects for which it has no time, and every page of the site. */
const atNight = 'packages/migration-proof/tests/{history,histories,docs}/*.campaign.ts'

/**
 * What outgrows one machine: a file for each snapshot, and the property tests, so that `--shard` can spread them.
 * Each file starts commands that use every processor, hence one at a time.
 */
export default defineConfig({
  test: {
    ...runProjects([
      {
        name: 'campaign',
        include: ['tests/campaign/*.test.ts', 'tests/property/*.test.ts', ...inPart, atNight],
        testTimeout: 6 * hours,
        env: { CAMPAIGN: '1' },
      },
    ]),
    maxWorkers: 1,
  },
})
