import type { Connection } from '../../sql/connection.ts'
import type { Check, Failure } from '../check.ts'
import type { Facts, TableFacts } from '../facts.ts'
import { factsAt } from '../facts-at.ts'
import { describeClauses, describeColumn, describeForeignKey, describeIndex } from './facts/describe.ts'
import { readClauses, readColumns, readForeignKeys, readIndexes, readSql } from './facts/read.ts'

/**
 * The facts are compared with what SQLite's pragmas tell, not with what `readSchema` makes of it: an oracle
 * that shares its eyes with another one sees nothing new.
 */
export const factsCheck: Check = {
  name: 'facts',
  proves: 'holds what the facts of its version say, and nothing else',
  run: ({ suite, target, upgraded }) =>
    compareWithFacts(upgraded, suite.facts, target, suite.plan.versions.tables),
}

/**
 * Compares a database with the facts of a version; facts without tables say nothing.
 *
 * @param others tables that may be there beside those of the facts
 */
export function compareWithFacts(
  connection: Connection,
  facts: Facts,
  version: number,
  others: readonly string[] = [],
): Failure[] {
  if (facts.tables.length === 0) return []
  const { tables } = factsAt(facts, version)
  return [
    ...findOtherTables(connection, [...tables.map(({ name }) => name), ...others]),
    ...tables.flatMap((table) => compareTable(connection, table)),
  ]
}

function findOtherTables(connection: Connection, expected: readonly string[]): Failure[] {
  return connection
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .map(({ name }) => String(name))
    .filter((name) => !expected.includes(name))
    .map((name) => ({ object: `table ${name}`, expected: 'none', actual: 'a table of that name' }))
}

function compareTable(connection: Connection, table: TableFacts): Failure[] {
  const object = `table ${table.name}`
  const sql = readSql(connection, table.name)
  if (sql === null) return [{ object, expected: 'a table of that name', actual: 'none' }]
  return [
    ...compareLists(object, 'column', table.columns.map(describeColumn), readColumns(connection, table.name)),
    ...compareLists(object, 'index', table.indexes.map(describeIndex), readIndexes(connection, table.name)),
    ...compareLists(
      object,
      'foreign key',
      table.foreignKeys.map(describeForeignKey),
      readForeignKeys(connection, table.name),
    ),
    ...compareLists(object, 'clause', describeClauses(table), readClauses(sql, table)),
  ]
}

/** Compares two lists of descriptions, in order for columns, which come in the order of the table. */
function compareLists(
  object: string,
  what: string,
  expected: readonly string[],
  actual: readonly string[],
): Failure[] {
  const length = what === 'column' ? Math.max(expected.length, actual.length) : 0
  const inOrder = Array.from({ length }, (_, place) => [expected[place], actual[place]] as const)
  const missing = expected.filter((item) => !actual.includes(item)).map((item) => [item, undefined] as const)
  const extra = actual.filter((item) => !expected.includes(item)).map((item) => [undefined, item] as const)
  const pairs = what === 'column' ? inOrder : [...missing, ...extra]
  return pairs
    .filter(([left, right]) => left !== right)
    .map(([left, right]) => ({
      object: `${object}, ${what}`,
      expected: left ?? 'none',
      actual: right ?? 'none',
    }))
}
