import { existsSync } from 'node:fs'
import { goldenPath } from '../snapshots/paths.ts'
import type { Check } from './check.ts'
import { compareSchemas } from './divergence.ts'

/** The golden schema is text that people wrote or reviewed: no code of this project makes it. */
export const golden: Check = {
  name: 'golden',
  proves: 'has the golden schema of its version',
  needs: 'database',
  lacksFixture: ({ suite, target }) =>
    existsSync(goldenPath(suite.fixtures, `v${target}`)) ? null : `no golden schema v${target}`,
  run: (subject) => ({
    detail: `the schema is that of v${subject.target}`,
    problems: compareSchemas('golden', subject, subject.goldenAt),
  }),
}
