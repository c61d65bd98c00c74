// Goal: a mistake in a migration that was written without types is named before anything is done with a file.
import { expect, it } from 'vitest'
import { definePlan, MigrationPlanError } from '../../src/index.ts'

const first = { version: 1, name: 'first', up: () => {} }
const second = { version: 2, name: 'second', up: () => {} }

/** Each row: fields of the second migration, and what is said of them. */
const mistakes: readonly (readonly [fields: object, says: RegExp])[] = [
  [{ up: undefined }, /^migrations\[1\]\.up: expected a function, found nothing; correct it\.$/],
  [{ up: 'CREATE TABLE a (b)' }, /^migrations\[1\]\.up: expected a function, found a string;/],
  [{ name: 7 }, /^migrations\[1\]\.name: expected a string, found a number;/],
  [{ version: '2' }, /^migrations\[1\]\.version: expected a number, found a string;/],
  [
    { foreignKeys: 'OFF' },
    /^migrations\[1\]\.foreignKeys: expected 'off', or nothing, found 'OFF'; did you mean 'off'\?$/,
  ],
  [
    { dataChange: [] },
    /^migrations\[1\]: expected only the keys version, .+, found unknown key `dataChange`; did you mean `dataChanges`\?$/,
  ],
  [{ dataChanges: 'note' }, /^migrations\[1\]\.dataChanges: expected an array, found a string;/],
  [{ dataChanges: ['note'] }, /^migrations\[1\]\.dataChanges\[0\]: expected an object, found a string;/],
  [
    { dataChanges: [{ table: 'a' }] },
    /^migrations\[1\]\.dataChanges\[0\]\.reason: expected a reason, which a person writes/,
  ],
  [
    { dataChanges: [{ table: 'a', reason: 'b', column: ['c'] }] },
    /^migrations\[1\]\.dataChanges\[0\]: .+ found unknown key `column`; did you mean `columns`\?$/,
  ],
  [
    { dataChanges: [{ table: 'a', reason: 'b', columns: 'c' }] },
    /^migrations\[1\]\.dataChanges\[0\]\.columns: expected an array of strings, or an object of them, found a string;/,
  ],
  [
    { dataChanges: [{ table: 'a', reason: 'b', renamedColumns: ['c'] }] },
    /^migrations\[1\]\.dataChanges\[0\]\.renamedColumns: expected an object of strings, found an array;/,
  ],
  [
    { dataChanges: [{ table: 'a', reason: 'b', examples: [{ before: {}, after: null }, { after: {} }] }] },
    /^migrations\[1\]\.dataChanges\[0\]\.examples\[1\]\.before: expected an object, found nothing;/,
  ],
  [
    { dataChanges: [{ table: 'a', reason: 'b', examples: [{ before: {}, after: {}, error: 'c' }] }] },
    /^migrations\[1\]\.dataChanges\[0\]\.examples\[0\]: expected either `after` or `error`, found both; write one of them\.$/,
  ],
]

it.for(mistakes)('is named with its field: %o', ([fields, says]) => {
  const migrations = [first, { ...second, ...fields }]
  const define = () => definePlan(migrations)
  expect(define).toThrow(MigrationPlanError)
  expect(define).toThrow(says)
})

it('is no migration at all', () => {
  const migrations = JSON.parse('[null]')
  expect(() => definePlan(migrations)).toThrow(/^migrations\[0\]: expected an object, found null;/)
  expect(() => definePlan(JSON.parse('{}'))).toThrow(/^migrations: expected an array, found an object;/)
})

it('is not seen in one that is right', () => {
  const change = { table: 'a', columns: ['b'], renamedTo: 'c', renamedColumns: { d: 'e' }, reason: 'f' }
  const migrations = [first, { ...second, dataChanges: [change], foreignKeys: 'off' as const }]
  expect(definePlan(migrations).migrations).toBe(migrations)
})
