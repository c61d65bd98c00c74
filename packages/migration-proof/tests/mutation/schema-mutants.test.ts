// Goal: the mutants of a schema are those of the published operators, whole and created by SQLite, and one that is said
// to be equivalent accepts just the same rows.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { schemaMutants, unknownStatements } from '../../src/mutation/schema-mutants.ts'

const schema = `
-- Who reads what.
CREATE TABLE reader (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  kind TEXT CHECK (kind IN ('adult', 'child')),
  age INT CHECK (age >= 0)
);
CREATE TABLE loan (
  reader_id INT REFERENCES reader (id),
  book TEXT,
  PRIMARY KEY (reader_id, book)
);`

function mutantsOf(operator: string, sql: string = schema) {
  return schemaMutants(sql).filter((mutant) => mutant.operator === operator)
}

describe('schemaMutants', () => {
  it('lists the mutants of every published operator', () => {
    const counts: Record<string, number> = {}
    for (const { operator } of schemaMutants(schema)) counts[operator] = (counts[operator] ?? 0) + 1
    expect(counts).toEqual({
      PKCColumnA: 3,
      PKCColumnR: 1 + 2,
      PKCColumnE: 3,
      UCColumnA: 3 + 3 + 2,
      UCColumnR: 1,
      UCColumnE: 3,
      NNCA: 3 + 2,
      NNCR: 1,
      FKCColumnPairA: 1,
      FKCColumnPairR: 1,
      FKCColumnPairE: 1 + 3,
      CCNullifier: 2,
      CCInExpressionRHSListExpressionElementR: 2,
      CCRelationalExpressionOperatorE: 5,
    })
  })

  it('gives each as a whole schema that SQLite creates, with the table of its fault', () => {
    for (const { sql, table, fault } of schemaMutants(schema)) {
      const database = new Database(':memory:')
      database.exec(sql)
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
      expect(tables, fault).toEqual(['reader', 'loan'])
      expect(tables).toContain(table)
      database.close()
    }
  })

  it('names the table of a UNIQUE index', () => {
    const [mutant] = mutantsOf('UCColumnR', 'CREATE TABLE t (a); CREATE UNIQUE INDEX t_a ON t (a)')
    expect(mutant?.table).toBe('t')
    expect(mutant?.sql).toBe('CREATE TABLE t (a);')
  })

  it('leaves out what SQLite refuses to create', () => {
    const sql = 'CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID'
    expect(mutantsOf('PKCColumnR', sql)).toEqual([])
    expect(mutantsOf('PKCColumnE', sql)).toHaveLength(1)
  })

  it('lists those of a table whose UNIQUE constraint has a collation and an order, which they keep', () => {
    const sql = 'CREATE TABLE t (a TEXT NOT NULL, b INT CHECK (b > 0), UNIQUE (a COLLATE NOCASE, b DESC))'
    expect(mutantsOf('CCNullifier', sql)).toHaveLength(1)
    expect(mutantsOf('UCColumnR', sql).map((mutant) => mutant.sql)).toEqual([
      'CREATE TABLE t (a TEXT NOT NULL, b INT CHECK (b > 0), UNIQUE (b DESC));',
      'CREATE TABLE t (a TEXT NOT NULL, b INT CHECK (b > 0), UNIQUE (a COLLATE NOCASE));',
    ])
    expect(unknownStatements(sql)).toEqual([])
  })

  it('refuses a schema that SQLite refuses', () => {
    expect(() => schemaMutants('CREATE TABLE t (a')).toThrow(/incomplete input/)
  })
})

/** Schemas of one table, an operator, and whether the mutants are equivalent, in their order. */
const equivalents: readonly (readonly [
  why: string,
  sql: string,
  operator: string,
  expected: readonly boolean[],
])[] = [
  ['UNIQUE on the key', 'CREATE TABLE t (a TEXT PRIMARY KEY, b)', 'UCColumnA', [true, false]],
  ['UNIQUE on the rowid', 'CREATE TABLE t (a INTEGER PRIMARY KEY, b)', 'UCColumnA', [true, false]],
  ['a larger key', 'CREATE TABLE t (a INT PRIMARY KEY, b, UNIQUE (a))', 'PKCColumnA', [true]],
  ['no key beside UNIQUE', 'CREATE TABLE t (a INT PRIMARY KEY, b, UNIQUE (a))', 'PKCColumnR', [true]],
  ['no rowid beside UNIQUE', 'CREATE TABLE t (a INTEGER PRIMARY KEY, b, UNIQUE (a))', 'PKCColumnR', [false]],
  ['another collation', 'CREATE TABLE t (a TEXT PRIMARY KEY COLLATE NOCASE, b)', 'UCColumnA', [true, false]],
  [
    'another action',
    'CREATE TABLE t (a PRIMARY KEY ON CONFLICT IGNORE, b, UNIQUE (a, b))',
    'PKCColumnR',
    [false],
  ],
  ['NOT NULL of the rowid', 'CREATE TABLE t (a INTEGER PRIMARY KEY, b)', 'NNCA', [true, false]],
  ['NOT NULL of a key', 'CREATE TABLE t (a INT PRIMARY KEY, b)', 'NNCA', [false, false]],
  ['NOT NULL without rowid', 'CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID', 'NNCA', [true]],
  [
    'UNIQUE in a table of one row',
    'CREATE TABLE t (a INTEGER PRIMARY KEY CHECK (a = 1), b)',
    'UCColumnA',
    [true, true],
  ],
  [
    'UNIQUE in a table whose key may be NULL',
    'CREATE TABLE t (a INT PRIMARY KEY CHECK (a = 1), b)',
    'UCColumnA',
    [true, false],
  ],
  [
    'a reference that is declared twice',
    'CREATE TABLE p (a PRIMARY KEY); CREATE TABLE c (x REFERENCES p (a), FOREIGN KEY (x) REFERENCES p (a))',
    'FKCColumnPairR',
    [true, true],
  ],
  [
    'a key that a foreign key needs',
    'CREATE TABLE t (a UNIQUE, b, UNIQUE (a, b)); CREATE TABLE c (a, b, FOREIGN KEY (a, b) REFERENCES t (a, b))',
    'UCColumnR',
    [false, false, false],
  ],
]

describe('an equivalent mutant', () => {
  it.for(equivalents)('is known by its keys: %s', ([, sql, operator, expected]) => {
    expect(mutantsOf(operator, sql).map(({ equivalentBecause }) => equivalentBecause !== null)).toEqual(
      expected,
    )
  })

  it('says why', () => {
    expect(mutantsOf('UCColumnA', 'CREATE TABLE t (a TEXT PRIMARY KEY)')[0]?.equivalentBecause).toBe(
      'what must be unique in t follows from (a)',
    )
    expect(mutantsOf('NNCA', 'CREATE TABLE t (a INTEGER PRIMARY KEY)')[0]?.equivalentBecause).toBe(
      'the columns of t that are never NULL stay the same',
    )
  })

  it('accepts and refuses the same rows as the original', () => {
    const values = [null, 0, 1, 2, 'a', 'A']
    const rows = values.flatMap((left) => values.map((right) => [left, right]))
    const answersOf = (sql: string) => {
      const database = new Database(':memory:')
      database.exec(sql)
      const insert = database.prepare('INSERT INTO t (a, b) VALUES (?, ?)')
      const answers = rows.flatMap((first) =>
        rows.map((second) => {
          database.exec('DELETE FROM t')
          return [first, second].map((row) => rowsWrittenBy(() => insert.run(row)))
        }),
      )
      database.close()
      return answers
    }
    const tried = equivalents
      .map(([, sql]) => sql)
      .filter((sql) => !sql.includes('REFERENCES') && /\bb\b/.test(sql))
      .flatMap((sql) => schemaMutants(sql).map((mutant) => ({ original: answersOf(sql), mutant })))
    for (const { original, mutant } of tried) {
      const isSame = JSON.stringify(original) === JSON.stringify(answersOf(mutant.sql))
      expect(isSame, `${mutant.fault} in ${mutant.sql}`).toBe(mutant.equivalentBecause !== null)
    }
    expect(tried.length).toBeGreaterThan(30)
  })
})

/** Schemas, and INSERTs that distinguish some of their mutants from them. */
const distinguished: readonly (readonly [why: string, sql: string, inserts: readonly string[]])[] = [
  [
    'a type beside a list: 1.0 is in a list of 1, too',
    `CREATE TABLE t (x NOT NULL CHECK (x IN (1, 2)), CHECK (typeof(x) = 'integer'))`,
    ['t VALUES (1.0)', 't VALUES (1)'],
  ],
  [
    'a type beside a list, in a STRICT table',
    `CREATE TABLE t (x ANY NOT NULL CHECK (x IN (1, 2)), CHECK (typeof(x) = 'integer')) STRICT`,
    ['t VALUES (1.0)', "t VALUES ('1')"],
  ],
  [
    'a value in other letters',
    `CREATE TABLE u (id TEXT COLLATE NOCASE NOT NULL CHECK (id = 'one'), v TEXT); CREATE UNIQUE INDEX i ON u (id COLLATE BINARY)`,
    ["u VALUES ('one', 'v')", "u VALUES ('ONE', 'v')"],
  ],
  [
    'a column whose name is in that of another one',
    'CREATE TABLE bill (id INTEGER PRIMARY KEY, paid INT, prepaid INT, CHECK (paid OR prepaid > 1), CHECK (paid OR prepaid > 0))',
    ['bill VALUES (1, 0, 1)', 'bill VALUES (2, 1, 0)', 'bill VALUES (3, 0, 2)'],
  ],
  [
    'a column that decides by itself, and in a comparison',
    'CREATE TABLE t (a INT, b INT, CHECK (a OR a = b OR b > 2), CHECK (b > 1 OR a IS NULL))',
    ['t VALUES (1, 2)', 't VALUES (0, 0)', 't VALUES (NULL, 1)', 't VALUES (0, 2)', 't VALUES (2, 1)'],
  ],
  [
    'a CASE without ELSE',
    'CREATE TABLE t (a INT, b INT, CHECK (CASE WHEN a > 5 THEN b > 1 END), CHECK (a > 5 OR b > 1))',
    ['t VALUES (1, 0)', 't VALUES (6, 0)', 't VALUES (1, 2)', 't VALUES (NULL, 0)'],
  ],
]

describe('a mutant that is said to be equivalent', () => {
  it.for(distinguished)('is distinguished by no INSERT: %s', ([, sql, inserts]) => {
    const answersOf = (schema: string) => {
      const database = new Database(':memory:')
      database.exec(schema)
      const answers = inserts.map((insert) =>
        rowsWrittenBy(() => database.prepare(`INSERT INTO ${insert}`).run()),
      )
      database.close()
      return answers
    }
    const mutants = schemaMutants(sql)
    const equivalent = mutants.filter(({ equivalentBecause }) => equivalentBecause !== null)
    for (const { sql: faulty, fault } of equivalent) expect(answersOf(faulty), fault).toEqual(answersOf(sql))
    expect(mutants.length).toBeGreaterThan(equivalent.length)
  })
})

/** The number of rows; null where they are refused. */
function rowsWrittenBy(work: () => { readonly changes: number }): number | null {
  try {
    return work().changes
  } catch {
    return null
  }
}
