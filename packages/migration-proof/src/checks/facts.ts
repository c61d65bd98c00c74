import type { Facts, TableFacts } from '../proof/facts.ts'
import { factsAt } from '../proof/facts-at.ts'
import { findShadows } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { Check, Failure } from './check.ts'
import {
  type Described,
  describeClauses,
  describeColumn,
  describeForeignKey,
  describeIndex,
  describeUnique,
} from './facts/describe.ts'
import { readClauses, readColumns, readForeignKeys, readIndexes, readSql, readUniques } from './facts/read.ts'

/**
 * The facts are compared with what SQLite's pragmas tell, not with what `readSchema` makes of it: an oracle
 * that shares its eyes with another one sees nothing new.
 */
export const factsCheck: Check = {
  name: 'facts',
  proves: 'holds what the facts of its version say, and nothing else',
  needs: 'database',
  lacks: ({ suite }) => (suite.facts.tables.length === 0 ? 'the suite declares no facts' : null),
  run: ({ suite: { facts, plan }, target, upgraded, extras }) => {
    const own = (wanted: string) => extras.filter(({ type }) => type === wanted).map(({ name }) => name)
    const others = [...plan.versions.tables, ...own('table')]
    return {
      detail: `${factsAt(facts, target).tables.length} tables are as the facts say`,
      failures: compareWithFacts(upgraded, facts, target, others, own('index')),
    }
  },
}

/**
 * Compares a database with the facts of a version; facts without tables say nothing.
 *
 * @param others tables that may be there beside those of the facts
 * @param otherIndexes indexes that may be there on tables of the facts
 */
export function compareWithFacts(
  connection: Connection,
  facts: Facts,
  version: number,
  others: readonly string[] = [],
  otherIndexes: readonly string[] = [],
): Failure[] {
  if (facts.tables.length === 0) return []
  const { tables } = factsAt(facts, version)
  return [
    ...findOtherTables(connection, [...tables.map(({ name }) => name), ...others]),
    ...tables.flatMap((table) => compareTable(connection, table, new Set(otherIndexes.map(foldName)))),
  ]
}

/** What a virtual table keeps behind it is as little a table of its own as `sqlite_sequence` is. */
function findOtherTables(connection: Connection, expected: readonly string[]): Failure[] {
  const catalog = connection.all("SELECT type, name, sql FROM sqlite_schema WHERE type = 'table'")
  const known = new Set([...findShadows(catalog), ...expected.map(foldName)])
  return catalog
    .map(({ name }) => String(name))
    .filter((name) => !foldName(name).startsWith('sqlite_') && !known.has(foldName(name)))
    .map((name) => ({ object: `table ${name}`, expected: 'none', actual: 'a table of that name' }))
}

function compareTable(
  connection: Connection,
  table: TableFacts,
  otherIndexes: ReadonlySet<string>,
): Failure[] {
  const object = `table ${table.name}`
  const sql = readSql(connection, table.name)
  if (sql === null) return [{ object, expected: 'a table of that name', actual: 'none' }]
  return [
    ...compareLists(object, 'column', table.columns.map(describeColumn), readColumns(connection, table.name)),
    ...compareLists(
      object,
      'constraint',
      table.unique.map(describeUnique),
      readUniques(connection, table.name),
    ),
    ...compareLists(
      object,
      'index',
      table.indexes.map(describeIndex),
      readIndexes(connection, table.name, otherIndexes),
    ),
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
  expected: readonly Described[],
  actual: readonly Described[],
): Failure[] {
  const length = what === 'column' ? Math.max(expected.length, actual.length) : 0
  const inOrder = Array.from({ length }, (_, place) => [expected[place], actual[place]] as const)
  const missing = without(expected, actual).map((item) => [item, undefined] as const)
  const extra = without(actual, expected).map((item) => [undefined, item] as const)
  const pairs = what === 'column' ? inOrder : [...missing, ...extra]
  return pairs
    .filter(([left, right]) => left?.key !== right?.key)
    .map(([left, right]) => ({
      object: `${object}, ${what}`,
      expected: left?.text ?? 'none',
      actual: right?.text ?? 'none',
    }))
}

function without(items: readonly Described[], others: readonly Described[]): readonly Described[] {
  const keys = new Set(others.map(({ key }) => key))
  return items.filter(({ key }) => !keys.has(key))
}
