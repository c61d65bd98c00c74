/**
 * Goal: the values that a synthetic row tries are exactly those that its types, its CHECK constraints and its
 * parents suggest, the likeliest first; a value that is missing here is a table that no row can be made for.
 */
import { describe, expect, it } from 'vitest'
import { chooseValues, readReferences } from '../../src/snapshots/row-candidates.ts'
import type { SqlValue } from '../../src/sql/connection.ts'
import { openMemory } from './memory.ts'

const integers = [3n, 0n, 1n, -3n, 1_700_000_003n]
const texts = ['v 3', '{}', '2025-01-04 12:00:00', 'v3', 'a', '']
const reals = [3.5, 0.5, -0.5]
const blobs = [new Uint8Array([3, 0, 255]), new Uint8Array()]

const asCandidates = (values: readonly SqlValue[]) => values.map((value) => [value])

describe('the values of a column', () => {
  const cases: readonly (readonly [string, readonly SqlValue[]])[] = [
    ['INTEGER NOT NULL', integers],
    ['bigint NOT NULL', integers],
    ['TEXT NOT NULL', texts],
    ['clob NOT NULL', texts],
    ['CHARACTER NOT NULL', texts],
    ['BLOB NOT NULL', blobs],
    ['REAL NOT NULL', [...reals, 3, 0]],
    ['float NOT NULL', [...reals, 3, 0]],
    ['DOUBLE NOT NULL', [...reals, 3, 0]],
    ['NOT NULL', [...texts, ...integers, ...reals, ...texts, ...blobs]],
    ['DATETIME NOT NULL', [...integers, ...reals, ...texts, ...blobs]],
    ['INTEGER', [...integers, null]],
    [`INTEGER NOT NULL CHECK (v IN (7, 42, 1.5, 'it''s'))`, [...integers, 7n, 42n, 1.5, "it's"]],
    ['VARCHAR(40)', [...texts, 40n, null]],
  ]

  it.for(cases)('v %s', ([column, expected]) => {
    expect(chooseValues(openMemory(`CREATE TABLE t (v ${column})`), 'T', 3, 'present')).toStrictEqual([
      { columns: ['v'], candidates: asCandidates(expected) },
    ])
  })

  it.for([
    [8, '2025-01-09 12:00:00'],
    [9, '2025-01-01 12:00:00'],
    [10, '2025-01-02 12:00:00'],
  ] as const)('hold a day of one digit in row %s', ([number, day]) => {
    const [choice] = chooseValues(openMemory('CREATE TABLE t (v TEXT NOT NULL)'), 't', number, 'present')
    expect(choice?.candidates).toContainEqual([day])
  })

  it('are none for a generated column', () => {
    const connection = openMemory('CREATE TABLE t (v INTEGER, w AS (v + 1), x AS (v + 2) STORED)')
    expect(chooseValues(connection, 't', 1, 'present').map(({ columns }) => columns)).toEqual([['v']])
  })
})

describe('the parents of a row', () => {
  const authors = ['CREATE TABLE author (id INTEGER PRIMARY KEY)', 'INSERT INTO author VALUES (1), (2), (3)']
  const child = 'author_id INTEGER NOT NULL REFERENCES author (id)'

  it.for([
    [1, [1n, 2n, 3n]],
    [2, [2n, 3n, 1n]],
    [3, [3n, 1n, 2n]],
    [4, [1n, 2n, 3n]],
  ] as const)('begin with another one in row %s', ([number, expected]) => {
    const connection = openMemory(...authors, `CREATE TABLE t (${child})`)
    expect(chooseValues(connection, 't', number, 'present')).toStrictEqual([
      { columns: ['author_id'], candidates: asCandidates(expected) },
    ])
  })

  it('are the first five', () => {
    const connection = openMemory(
      ...authors,
      'INSERT INTO author VALUES (4), (5), (6)',
      `CREATE TABLE t (${child})`,
    )
    expect(chooseValues(connection, 't', 1, 'present')[0]?.candidates).toHaveLength(5)
  })

  it('are none where no parent has a row', () => {
    const connection = openMemory(authors[0] ?? '', `CREATE TABLE t (${child})`)
    expect(chooseValues(connection, 't', 1, 'present')[0]?.candidates).toEqual([])
  })

  it.for([
    ['the column may be NULL', 'a INTEGER REFERENCES author, b TEXT NOT NULL', true],
    ['another column may be NULL', 'a INTEGER NOT NULL REFERENCES author, b TEXT', false],
  ] as const)('may be missing where %s: %s', ([, columns, isNullable]) => {
    const connection = openMemory(...authors, `CREATE TABLE t (${columns})`)
    const [choice] = chooseValues(connection, 't', 1, 'present')
    const keys = asCandidates([1n, 2n, 3n])
    expect(choice).toStrictEqual({ columns: ['a'], candidates: isNullable ? [...keys, [null]] : keys })
  })

  it('are missing in every column of a key of two, of which one may be NULL', () => {
    const connection = openMemory(
      'CREATE TABLE p (x INTEGER, y TEXT, PRIMARY KEY (x, y))',
      `INSERT INTO p VALUES (1, 'one')`,
      'CREATE TABLE t (a INTEGER NOT NULL, b TEXT, FOREIGN KEY (a, b) REFERENCES p (x, y))',
    )
    expect(chooseValues(connection, 't', 1, 'present')).toStrictEqual([
      {
        columns: ['a', 'b'],
        candidates: [
          [1n, 'one'],
          [null, null],
        ],
      },
    ])
  })

  it('are nowhere to be found when the row shall dangle, each by the type of its column', () => {
    const connection = openMemory(
      'CREATE TABLE p (x TEXT, y INTEGER, PRIMARY KEY (x, y))',
      `INSERT INTO p VALUES ('one', 1)`,
      'CREATE TABLE t (n TEXT NOT NULL, a TEXT, b INT, FOREIGN KEY (a, b) REFERENCES p)',
    )
    expect(chooseValues(connection, 't', 1, 'dangling')[0]).toStrictEqual({
      columns: ['a', 'b'],
      candidates: [['no such parent', -987_654_321n]],
    })
  })
})

describe('the foreign keys of a table', () => {
  it('are distinguished, each with its own columns in their order', () => {
    const connection = openMemory(
      'CREATE TABLE p (x, y, PRIMARY KEY (x, y))',
      'CREATE TABLE q (z PRIMARY KEY)',
      'CREATE TABLE t (a, b, c REFERENCES q (z), FOREIGN KEY (b, a) REFERENCES p (x, y))',
    )
    const byParent = readReferences(connection, 't').toSorted((left, right) =>
      left.parent < right.parent ? -1 : 1,
    )
    expect(byParent).toEqual([
      { parent: 'p', from: ['b', 'a'], to: ['x', 'y'] },
      { parent: 'q', from: ['c'], to: ['z'] },
    ])
  })

  it('refer to the primary key in its own order where they name no column', () => {
    const connection = openMemory(
      'CREATE TABLE p (note TEXT, y, x, PRIMARY KEY (x, y))',
      'CREATE TABLE t (a, b, FOREIGN KEY (a, b) REFERENCES p)',
    )
    expect(readReferences(connection, 't')).toEqual([{ parent: 'p', from: ['a', 'b'], to: ['x', 'y'] }])
  })
})
