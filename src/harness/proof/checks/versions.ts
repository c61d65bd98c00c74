import type { Check } from '../check.ts'

/** The version rows are what the next start goes by. */
export const versions: Check = {
  name: 'versions',
  proves: 'notes each version up to the target, once',
  run: ({ suite, target, upgraded }) => {
    const expected = Array.from({ length: target }, (_, position) => position + 1).join(', ')
    const actual = suite.plan.versions.read(upgraded).join(', ')
    return actual === expected ? [] : [{ object: 'the versions', expected, actual: actual || 'none' }]
  },
}
