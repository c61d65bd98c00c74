import { readContent } from '../../snapshots/content-hash.ts'
import type { Check } from '../check.ts'
import { compareContent } from '../content.ts'

/** A server runs its migrations at every start. */
export const rerun: Check = {
  name: 'rerun',
  proves: 'does not change when the migrations run once more',
  run: ({ suite, target, upgraded, migrate }) => {
    const before = readContent(upgraded)
    const { applied } = migrate(upgraded, suite.plan, { target })
    const again = applied.map((version) => ({
      object: `version ${version}`,
      expected: 'applied once',
      actual: 'applied again',
    }))
    return [...again, ...compareContent(before, readContent(upgraded))]
  },
}
