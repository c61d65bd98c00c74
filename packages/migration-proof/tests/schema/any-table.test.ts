// Goal: no false alarm for any table that can be generated, however it is written.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { diffSchemas } from '../../src/schema/diff.ts'
import { anyChoices, anyTable, writeSql } from './arbitrary-table.ts'
import { schemaOf } from './schema-of.ts'

it('any table is the same however it is written', () => {
  fc.assert(
    fc.property(anyTable, anyChoices, (pieces, choices) => {
      const plain = writeSql(pieces)
      const odd = writeSql(pieces, choices)
      expect(diffSchemas(schemaOf(plain), schemaOf(odd))).toEqual([])
    }),
    { numRuns: 150 },
  )
})
