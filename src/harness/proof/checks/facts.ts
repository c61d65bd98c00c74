import type { Connection } from '../../sql/connection.ts'
import type { Check, Failure } from '../check.ts'
import type { TableFacts } from '../facts.ts'
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
  run: ({ suite, target, upgraded }) => {
    const { tables } = factsAt(suite.facts, target)
    if (suite.facts.tables.length === 0) return []
    return [
      ...compareTables(upgraded, tables, suite.plan.versions.tables),
      ...tables.flatMap((table) => compareTable(upgraded, table)),
    ]
  },
}

function compareTables(
  connection: Connection,
  tables: readonly TableFacts[],
  versionTables: readonly string[],
) {
  const expected = new Set([...tables.map(({ name }) => name), ...versionTables])
  const actual = connection
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .map(({ name }) => String(name))
  return actual
    .filter((name) => !expected.has(name))
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
