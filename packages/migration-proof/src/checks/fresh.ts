import type { Check } from './check.ts'
import { compareSchemas } from './divergence.ts'

/** Whether an upgraded file and a new install are the same to the application. */
export const fresh: Check = {
  name: 'fresh',
  proves: 'has the schema that a fresh install has',
  needs: 'install',
  run: (subject) => ({ problems: compareSchemas('fresh', subject, subject.freshAt) }),
}
