import { readViolations } from '../../migrator/foreign-keys.ts'
import { openInMemory } from '../../snapshots/open.ts'
import type { Check } from '../check.ts'

/** Files in the field hold old orphans; an upgrade may bring none of its own. */
export const foreignKeys: Check = {
  name: 'foreign keys',
  proves: 'has no foreign key violation that it did not have before',
  run: ({ image, upgraded }) => {
    using pristine = openInMemory(image)
    const before = new Set(readViolations(pristine.connection))
    return readViolations(upgraded)
      .filter((violation) => !before.has(violation))
      .map((violation) => ({ object: violation, expected: 'a parent row', actual: 'none' }))
  },
}
