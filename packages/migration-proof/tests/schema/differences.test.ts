/**
 * Goal: no difference between two schemas stays unseen. Each kind is injected alone, and must be named, with
 * what was expected and what was found, in both directions, and without a second one in its wake.
 */
import { describe, expect, it } from 'vitest'
import { type Difference, diffSchemas, isExtraObject } from '../../src/schema/diff.ts'
import { columnDifferences } from './injected/columns.ts'
import { foreignKeyDifferences } from './injected/foreign-keys.ts'
import { indexDifferences } from './injected/indexes.ts'
import { table } from './injected/injected.ts'
import { keyDifferences } from './injected/keys.ts'
import { otherDifferences } from './injected/others.ts'
import { tableDifferences } from './injected/tables.ts'
import { schemaOf } from './schema-of.ts'

const injected = [
  ...columnDifferences,
  ...tableDifferences,
  ...keyDifferences,
  ...foreignKeyDifferences,
  ...indexDifferences,
  ...otherDifferences,
]

describe.for(injected)('$what', ({ before, after, aspect, expected, actual }) => {
  const [there, back] = typeof aspect === 'string' ? [aspect, aspect] : aspect

  it('is named, and nothing else', () => {
    expect(shown(diffSchemas(schemaOf(before), schemaOf(after)))).toEqual([[there, expected, actual]])
  })

  it('is named the other way round as well', () => {
    expect(shown(diffSchemas(schemaOf(after), schemaOf(before)))).toEqual([[back, actual, expected]])
  })

  it('is none where both sides have it', () => {
    expect(diffSchemas(schemaOf(before), schemaOf(before))).toEqual([])
    expect(diffSchemas(schemaOf(after), schemaOf(after))).toEqual([])
  })
})

describe('a column in place of another that is not alike', () => {
  it('is one missing and one extra', () => {
    const differences = diffSchemas(
      schemaOf('CREATE TABLE t(a, b TEXT)'),
      schemaOf('CREATE TABLE t(a, c INTEGER)'),
    )
    expect(shown(differences)).toEqual([
      ['table t: column b', 'TEXT', 'none'],
      ['table t: column c', 'none', 'INTEGER'],
    ])
  })
})

describe('what is extra', () => {
  const own = `CREATE TABLE mine(x); CREATE INDEX mine_a ON t(a); CREATE VIEW mine_view AS SELECT 1;
    CREATE TRIGGER mine_trigger AFTER INSERT ON t BEGIN SELECT 1; END;`
  const differences = diffSchemas(schemaOf(table), schemaOf(table + own))

  it('is reported for a table, an index, a trigger and a view', () => {
    expect(differences.map(({ object, kind }) => [kind, object.type, object.name, object.table])).toEqual([
      ['extra', 'table', 'mine', 'mine'],
      ['extra', 'index', 'mine_a', 't'],
      ['extra', 'trigger', 'mine_trigger', 't'],
      ['extra', 'view', 'mine_view', 'mine_view'],
    ])
    expect(differences.every(isExtraObject)).toBe(true)
  })

  it('is no extra object when it is within a known one', () => {
    const [extra, ...more] = diffSchemas(schemaOf(table), schemaOf('CREATE TABLE t(a TEXT, b INTEGER, c)'))
    expect(extra).toMatchObject({ kind: 'extra', aspect: 'column c' })
    expect(more).toEqual([])
    expect(extra && isExtraObject(extra)).toBe(false)
  })

  it('is no extra object when a known one is missing', () => {
    expect(diffSchemas(schemaOf(table), schemaOf('')).map(isExtraObject)).toEqual([false])
  })
})

function shown(differences: readonly Difference[]) {
  return differences.map(({ object, aspect, expected, actual }) => [
    `${object.type} ${object.name}: ${aspect}`,
    expected,
    actual,
  ])
}
