import { countOf } from '../count.ts'
import type { Check } from './check.ts'
import { compareSchemas } from './divergence.ts'

/** Whether an upgraded file and a new install are the same to the application. */
export const fresh: Check = {
  name: 'fresh',
  proves: 'has the schema that a fresh install has',
  needs: 'install',
  run: (subject) => {
    const { tables, indexes } = subject.freshAt(subject.target)
    const keys = [...tables.values()].reduce((sum, { foreignKeys }) => sum + foreignKeys.length, 0)
    const counts = [
      countOf(tables.size, 'table'),
      `${indexes.size} ${indexes.size === 1 ? 'index' : 'indexes'}`,
      countOf(keys, 'foreign key'),
    ]
    return {
      detail: `the schema of a fresh install: ${counts.join(', ')}`,
      problems: compareSchemas('fresh', subject, subject.freshAt),
    }
  },
}
