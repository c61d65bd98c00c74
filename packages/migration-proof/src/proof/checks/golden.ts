import type { Check } from '../check.ts'
import { compareSchemas } from '../divergence.ts'
import { readGoldenSchema } from '../golden.ts'

/** The golden schema is text that people wrote or reviewed: no code of this project makes it. */
export const golden: Check = {
  name: 'golden',
  proves: 'has the golden schema of its version',
  run: (subject) =>
    compareSchemas(subject, (version) => readGoldenSchema(subject.suite.fixtures, `v${version}`)),
}
