// Goal: what a declared change leaves out of the comparison is named, with how many rows there were before and after.
import { describe, expect, it } from 'vitest'
import { proveChange } from './upgraded-pair.ts'

const before = `CREATE TABLE t (a INTEGER PRIMARY KEY, v, w); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6);
  CREATE TABLE u (a); INSERT INTO u VALUES (1)`

describe('not compared is', () => {
  it('a whole table whose rows may go', () => {
    const dataChanges = [{ table: 't', reason: 'they are old' }]
    expect(proveChange(before, 'DELETE FROM t', { dataChanges }).notCompared).toEqual([
      { table: 't', what: 'rows', columns: [], rowsBefore: 2, rowsAfter: 0, reasons: ['they are old'] },
    ])
  })

  it('a table that is gone', () => {
    const dataChanges = [{ table: 'u', reason: 'no use' }]
    expect(proveChange(before, 'DROP TABLE u', { dataChanges }).notCompared).toEqual([
      { table: 'u', what: 'rows', columns: [], rowsBefore: 1, rowsAfter: null, reasons: ['no use'] },
    ])
  })

  it('the columns of several changes, by their names before, under a new name of the table', () => {
    const dataChanges = [
      { table: 't', renamedTo: 'n', renamedColumns: { v: 'x' }, reason: 'names' },
      { table: 'n', columns: ['X'], reason: 'rounding' },
      { table: 'n', columns: ['w'], reason: 'dropped' },
    ]
    const change = `ALTER TABLE t RENAME TO n; ALTER TABLE n RENAME v TO x; UPDATE n SET x = 0;
      ALTER TABLE n DROP COLUMN w`
    const { notCompared, problems } = proveChange(before, change, { dataChanges })
    expect(problems).toEqual([])
    expect(notCompared).toEqual([
      {
        table: 't',
        what: 'columns',
        columns: ['v', 'w'],
        rowsBefore: 2,
        rowsAfter: 2,
        reasons: ['rounding', 'dropped'],
      },
    ])
  })

  it('a row that came', () => {
    const dataChanges = [{ table: 'u', rowsAdded: true as const, reason: 'a default' }]
    expect(proveChange(before, 'INSERT INTO u VALUES (2)', { dataChanges }).notCompared).toEqual([
      { table: 'u', what: 'new rows', columns: [], rowsBefore: 1, rowsAfter: 2, reasons: ['a default'] },
    ])
  })
})

describe('nothing is left out', () => {
  it.for([
    {
      name: 'by a rename',
      change: { table: 'u', renamedTo: 'n', reason: 'names' },
      sql: 'ALTER TABLE u RENAME TO n',
    },
    { name: 'of an empty table', change: { table: 'e', reason: 'no use' }, sql: 'DROP TABLE e' },
    {
      name: 'by new rows that did not come',
      change: { table: 'u', rowsAdded: true as const, reason: 'none' },
      sql: '',
    },
    {
      name: 'of a new column',
      change: { table: 'u', columns: ['n'], reason: 'new' },
      sql: 'ALTER TABLE u ADD COLUMN n',
    },
  ])('$name', ({ change, sql }) => {
    const { notCompared, problems } = proveChange(`${before}; CREATE TABLE e (a)`, sql, {
      dataChanges: [change],
    })
    expect({ notCompared, problems }).toEqual({ notCompared: [], problems: [] })
  })

  it('of a table that cannot have changed', () => {
    const dataChanges = [{ table: 't', reason: 'they are old' }]
    const proof = proveChange(before, '', { dataChanges, mayHaveChanged: () => false })
    expect(proof.notCompared).toEqual([])
  })
})
