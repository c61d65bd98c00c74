import { describeVersions } from '../migrator/versions.ts'
import { makeProblem } from '../problem.ts'
import type { Check } from './check.ts'

/** The version rows are what the next start goes by. */
export const versions: Check = {
  name: 'versions',
  proves: 'records each version up to the target, once',
  needs: 'database',
  run: ({ suite, target, upgraded }) => {
    const expected = describeVersions({ current: target, missing: null })
    const actual = describeVersions(suite.plan.versions.read(upgraded))
    const isSame = actual === expected
    return {
      detail: `the versions are ${expected}`,
      problems: isSame
        ? []
        : [
            makeProblem('versions', {
              subject: { type: 'database', name: 'the versions' },
              expected,
              actual,
            }),
          ],
    }
  },
}
