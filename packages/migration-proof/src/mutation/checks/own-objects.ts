import type { Check } from '../../checks/check.ts'
import { listObjects, nameKeyOf } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'

/** A snapshot has no objects of a user's own: only a file that a mutant is tried on can lose them. */
export const ownObjects: Check = {
  name: 'own objects',
  proves: 'has the triggers that a user added',
  needs: 'file',
  run: ({ upgraded, extras }) => {
    const present = new Set(listObjects(readSchema(upgraded)).map(nameKeyOf))
    const lost = extras.filter((object) => !present.has(nameKeyOf(object)))
    return {
      failures: lost.map(({ type, name }) => ({
        object: `${type} ${name}`,
        expected: 'the object that a user added',
        actual: 'none',
      })),
    }
  },
}
