/**
 * Goal: all ways to write the same SQL have one normalised text, and two statements that SQLite distinguishes
 * never share one.
 */
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseSql } from '../../src/sql/normalise.ts'
import { tokenize } from '../../src/sql/tokens.ts'
import { anyChoices, anyTable, writeSql } from '../schema/arbitrary-table.ts'
import { anySqlText } from './arbitrary-sql.ts'

describe('normalised SQL', () => {
  it.for([
    ['  SELECT\n1 -- one\n', 'select 1'],
    ['SELECT/**/1', 'select 1'],
    ['CREATE TABLE "T" ( [A b] TEXT )', 'create table t("a b" text)'],
    ['SELECT "a", [b], `c`, "Key", "end" FROM t', 'select a, b, c, key, end from t'],
    ['SELECT "select", [order], "NULL"', 'select "select", "order", "null"'],
    ['SELECT "true", true, "current_time"', 'select "true", true, "current_time"'],
    ['SELECT "1a", "", "a""b"', 'select "1a", "", "a""b"'],
    [`SELECT 'It''s  -- A', X'aB', 0xFf, 1_000, 1E5`, `select 'It''s  -- A', X'aB', 0xFf, 1_000, 1E5`],
    ['SELECT LENGTH ( x )+count( * )', 'select length(x) + count(*)'],
    ['a IN(1,2)AND b', 'a in (1, 2) and b'],
    ['t . a,main . t.*', 't.a, main.t.*'],
    ['t . 5', 't. 5'],
    ['-1 - -1, (+ 2), a-1, b - - 1', '-1 - -1, (+2), a - 1, b - -1'],
    ["a ->> '$.b'->c", "a ->> '$.b' -> c"],
    ['SELECT ÄB, "ÄB"', 'select Äb, Äb'],
    ['SELECT "\uFEFFa", "a\uFEFF"', 'select "\uFEFFa", a\uFEFF'],
    ['SELECT ?1, :Name, $A::B(c)', 'select ?1, :Name, $A::B(c)'],
    ['$a( ;', '$a( ;'],
    [`SELECT 'never ends`, `select 'never ends`],
    ['SELECT "Never  ends', 'select "Never  ends'],
    ['SELECT 1 /* Never  ends', 'select 1 /* Never  ends'],
    ['', ''],
    ['-- nothing', ''],
  ])('%j is %j', ([sql, expected]) => {
    expect(normaliseSql(sql ?? '')).toBe(expected)
  })

  it('is its own normalised text', () => {
    fc.assert(
      fc.property(anySqlText, (sql) => {
        const once = normaliseSql(sql)
        expect(normaliseSql(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps every token that means something', () => {
    fc.assert(
      fc.property(anySqlText, (sql) => {
        expect(kindsOf(normaliseSql(sql))).toEqual(kindsOf(sql))
      }),
      { numRuns: 500 },
    )
  })

  it('is the same for all ways to write a table', () => {
    fc.assert(
      fc.property(anyTable, anyChoices, (pieces, choices) => {
        expect(normaliseSql(writeSql(pieces, choices))).toBe(normaliseSql(writeSql(pieces)))
      }),
    )
  })
})

describe('a quoted name', () => {
  const database = new Database(':memory:')
  const keywords =
    'abort action add after all alter and as asc autoincrement before begin between by case cast check collate commit conflict constraint create cross default deferrable delete desc distinct drop end escape except exists fail filter foreign from full glob group groups having if in index insert intersect into is isnull join key left like limit match natural not nothing notnull null of on or order outer over plan primary raise references regexp replace returning row select set table then to transaction trigger union unique update using vacuum values view when where window with without'

  it.for(keywords.split(' '))('"%s" is bare exactly where SQLite takes it bare', (word) => {
    const isAccepted = accepts(database, `CREATE TEMP TABLE t(${word} TEXT)`)
    expect(normaliseSql(`"${word}"`)).toBe(isAccepted ? word : `"${word}"`)
  })
})

function accepts(database: Database.Database, sql: string): boolean {
  try {
    database.exec(`${sql}; DROP TABLE temp.t`)
    return true
  } catch {
    return false
  }
}

/** A name that can stand bare is a word. */
function kindsOf(sql: string): string[] {
  const significant = tokenize(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  return significant.map(({ kind }) => (kind === 'name' ? 'word' : kind))
}
