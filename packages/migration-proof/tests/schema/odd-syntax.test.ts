/**
 * Goal: nothing that SQLite accepts makes the comparison blind. SQL that other parsers refuse is understood;
 * SQL that a later SQLite may bring, and no parser knows yet, is compared token by token, and is reported.
 */
import { describe, expect, it } from 'vitest'
import { type Difference, diffSchemas } from '../../src/schema/diff.ts'
import { listUnparsed } from '../../src/schema/model.ts'
import { readSchema } from '../../src/schema/read.ts'
import type { Connection, SqlRow } from '../../src/sql/connection.ts'
import { schemaOf, withDatabase } from './schema-of.ts'

/** Each table has a CHECK (a > 0) that pragmas hide, and something that is seldom written. */
const oddTables: readonly (readonly [what: string, sql: string])[] = [
  ['names in single quotes', `CREATE TABLE 't'('a' INTEGER CHECK (a > 0), 'b c' TEXT)`],
  ['constraints without commas', 'CREATE TABLE t(a, b, CHECK (a > 0) CHECK (b > 0) UNIQUE (a) UNIQUE (b))'],
  ['a type in quotes', 'CREATE TABLE t(a "BIG INT" CHECK (a > 0), b [long text], c \'x\'(1, -2))'],
  ...['match', 'like', 'glob', 'cast', 'full', 'groups', 'raise', 'regexp', 'window', 'key', 'end', 'no'].map(
    (word) => [`a column named ${word}`, `CREATE TABLE t(a CHECK (a > 0), ${word} INT)`] as const,
  ),
  ['a name for nothing', 'CREATE TABLE t(a CHECK (a > 0) CONSTRAINT none, CONSTRAINT neither)'],
  ['two names for one', 'CREATE TABLE t(a CONSTRAINT one CONSTRAINT two CHECK (a > 0))'],
  ['collations and orders in UNIQUE', 'CREATE TABLE t(a CHECK (a > 0), UNIQUE (a COLLATE NOCASE DESC))'],
  [
    'AUTOINCREMENT in a key of the table',
    'CREATE TABLE t(a INTEGER CHECK (a > 0), PRIMARY KEY (a AUTOINCREMENT))',
  ],
  ['a MATCH of no meaning', 'CREATE TABLE t(a REFERENCES t MATCH whatever CHECK (a > 0))'],
  ['ON INSERT', 'CREATE TABLE t(a REFERENCES t ON INSERT CASCADE ON DELETE SET NULL CHECK (a > 0))'],
  ['DEFERRABLE far from its reference', 'CREATE TABLE t(a REFERENCES t NOT NULL DEFERRABLE CHECK (a > 0))'],
  [
    'a conflict clause of NULL and CHECK',
    'CREATE TABLE t(a NULL ON CONFLICT FAIL, CHECK (a > 0) ON CONFLICT IGNORE)',
  ],
  ['a default that is a word', 'CREATE TABLE t(a DEFAULT sometimes NOT NULL CHECK (a > 0))'],
  ['signs before a default', 'CREATE TABLE t(a DEFAULT + 1 COLLATE NOCASE CHECK (a > 0), b DEFAULT -1.5)'],
  [
    'many clauses twice',
    'CREATE TABLE t(a NOT NULL NOT NULL DEFAULT 1 DEFAULT 2 CHECK (a > 0) COLLATE NOCASE COLLATE RTRIM)',
  ],
  ['no column types and no spaces', 'CREATE TABLE t(a CHECK(a > 0)UNIQUE,b"c"NOT NULL)'],
  ['options in any order', 'CREATE TABLE t(a INTEGER CHECK (a > 0) PRIMARY KEY) WITHOUT ROWID, STRICT'],
  [
    'a table made by SELECT, and altered',
    `CREATE TABLE t AS SELECT 1 AS "x y", 2 AS z; ALTER TABLE t ADD COLUMN a CHECK (a > 0)`,
  ],
  [
    'nested parentheses and keywords in texts',
    `CREATE TABLE t(a CHECK (a > 0), b CHECK (b IN ((1), ')', 'check (', "a")))`,
  ],
]

describe.for(oddTables)('%s', ([, sql]) => {
  it('is understood', () => {
    expect(listUnparsed(schemaOf(sql))).toEqual([])
    expect(diffSchemas(schemaOf(sql), schemaOf(sql))).toEqual([])
  })

  it('hides no difference', () => {
    const differences = diffSchemas(schemaOf(sql), schemaOf(sql.replace('a > 0', 'a > 1')))
    expect(shown(differences)).toEqual([['check', 'a > 0', 'a > 1']])
  })
})

describe('syntax that is not known yet', () => {
  const table = 'CREATE TABLE t(a INTEGER NOT NULL CHECK (a > 0), b)'
  const index = `${table}; CREATE INDEX i ON t(a, b + 1)`

  it('is compared token by token, and the difference says so', () => {
    const other = table.replace('a > 0', 'a > 1')
    expect(shown(diffSchemas(futureSchemaOf(table), futureSchemaOf(other)))).toEqual([
      [
        'definition, token by token',
        '(a integer not null check (a > 0), b) sharded by(a)',
        '(a integer not null check (a > 1), b) sharded by(a)',
      ],
    ])
  })

  it('is reported even if nothing differs', () => {
    const schema = futureSchemaOf(index)
    expect(diffSchemas(schema, futureSchemaOf(index))).toEqual([])
    expect(listUnparsed(schema)).toEqual([
      { type: 'table', name: 't', table: 't' },
      { type: 'index', name: 'i', table: 't' },
    ])
  })

  it('is a difference where only one side has it', () => {
    expect(shown(diffSchemas(schemaOf(table), futureSchemaOf(table)))).toEqual([
      [
        'definition, token by token',
        '(a integer not null check (a > 0), b)',
        '(a integer not null check (a > 0), b) sharded by(a)',
      ],
    ])
  })

  it('hides nothing that pragmas report', () => {
    const other = table.replace('NOT NULL ', '')
    expect(shown(diffSchemas(futureSchemaOf(table), futureSchemaOf(other)))).toContainEqual([
      'column a: not null',
      'NOT NULL',
      'NULL allowed',
    ])
  })

  it('in an index is compared token by token too', () => {
    const other = index.replace('b + 1', 'b + 2')
    const [difference, ...more] = diffSchemas(futureSchemaOf(index), futureSchemaOf(other))
    expect(difference).toMatchObject({ object: { type: 'index' }, aspect: 'definition, token by token' })
    expect(more).toEqual([])
  })

  it('does not hide STRICT and WITHOUT ROWID', () => {
    const schema = futureSchemaOf('CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID')
    expect(schema.tables.get('t')).toMatchObject({ strict: true, withoutRowid: true, isParsed: false })
  })

  it('is not believed where it contradicts the pragmas', () => {
    const schema = withDatabase('CREATE TABLE t(a, b)', (connection) =>
      readSchema(withSql(connection, (sql) => sql.replace(', b', ', b, c'))),
    )
    expect(listUnparsed(schema)).toHaveLength(1)
  })
})

/** The schema as an engine of the future would store it, with a clause behind every statement. */
function futureSchemaOf(sql: string) {
  return withDatabase(sql, (connection) =>
    readSchema(withSql(connection, (text) => `${text} SHARDED BY (a)`)),
  )
}

/** A connection whose catalog shows other SQL. */
function withSql(connection: Connection, change: (sql: string) => string): Connection {
  const changed = (row: SqlRow, column: string) => {
    const { [column]: text } = row
    return typeof text === 'string' ? { ...row, [column]: change(text) } : row
  }
  const all: Connection['all'] = (sql, parameters) =>
    connection.all(sql, parameters).map((row) => changed(changed(row, 'sql'), 'objects'))
  return { ...connection, all }
}

function shown(differences: readonly Difference[]) {
  return differences.map(({ aspect, expected, actual }) => [aspect, expected, actual])
}
