import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import type { Migration } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { runUp } from '../../migrator/run-up.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Suite } from '../../proof/suite.ts'
import { type Difference, diffSchemas } from '../../schema/diff.ts'
import type { Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { foldName } from '../../sql/names.ts'
import { splitStatements } from '../../sql/split.ts'
import type { History, HistoryTable, HistoryVersion, SchemaChange } from '../model.ts'
import { findLines, type SourceFile } from './source-line.ts'
import { describeTable } from './tables.ts'

/** The source file that holds most of a migration's statements; null where nobody knows it. */
export type FindSource = (statements: readonly string[]) => SourceFile | null

/**
 * Builds every version in memory and tells what it holds, what it changed, and which statements did that.
 *
 * @throws {MigrationFailedError} when a migration fails on an empty database
 */
export function readHistory({ plan, facts }: Suite, findSource: FindSource = () => null): History {
  const versions = buildVersions(plan, findSource)
  const tables = versions.at(-1)?.tables ?? []
  const latest = plan.migrations.length
  const expiries = factsAt(facts, latest).tables.flatMap(({ name, expiry }) =>
    expiry === undefined
      ? []
      : [
          {
            table: name,
            column: expiry.column,
            index: expiry.index,
            exists: servesColumn(tables, name, expiry.index, expiry.column),
            nullNeverExpires: expiry.nullNeverExpires ?? false,
          },
        ],
  )
  return { versions, edges: tables.flatMap(describeEdges), expiries }
}

function buildVersions(plan: MigrationPlan, findSource: FindSource): HistoryVersion[] {
  const connection = betterSqliteConnection(openMemory())
  const statements = new Map<number, string[]>()
  const recording = { ...plan, migrations: plan.migrations.map((migration) => record(migration, statements)) }
  try {
    const empty = readSchema(connection)
    const built = plan.migrations.map(({ version, name }) => {
      migrate(connection, recording, { target: version })
      return { version, name, schema: readSchema(connection) }
    })
    const versions = [{ version: 0, name: 'an empty database', schema: empty }, ...built]
    return versions.map(({ version, name, schema }, place) => ({
      version,
      name,
      ...describeSchema(schema),
      differences: diffSchemas(versions[place - 1]?.schema ?? empty, schema).map(describeDifference),
      statements: locate(statements.get(version) ?? [], findSource),
    }))
  } finally {
    connection.close()
  }
}

/** The same migration, which keeps what it runs. The migrator runs each more than once. */
function record(migration: Migration, statements: Map<number, string[]>): Migration {
  return {
    ...migration,
    up: (connection) => {
      const own: string[] = []
      const keep = (sql: string) => own.push(...splitStatements(sql))
      runUp(migration, {
        exec: (sql) => {
          keep(sql)
          connection.exec(sql)
        },
        all: (sql, parameters) => {
          keep(sql)
          return connection.all(sql, parameters)
        },
      })
      statements.set(migration.version, own)
    },
  }
}

function locate(statements: readonly string[], findSource: FindSource): HistoryVersion['statements'] {
  const source = findSource(statements)
  const lines = source === null ? [] : findLines(source.text, statements)
  return statements.map((sql, place) => ({ sql, file: source?.path ?? null, line: lines[place] ?? null }))
}

function describeSchema({ tables, views, triggers }: Schema) {
  return {
    tables: [...tables.values()].map(describeTable),
    views: [...views.values()].map(({ name }) => name),
    triggers: [...triggers.values()].map(({ name, table }) => ({ name, table })),
  }
}

const kinds = { missing: 'removed', extra: 'added', different: 'changed' } as const

/** The version before is what was expected. */
function describeDifference({ object, aspect, kind, expected, actual }: Difference): SchemaChange {
  return { ...object, aspect, kind: kinds[kind], before: expected, after: actual }
}

function describeEdges(child: HistoryTable): History['edges'] {
  return child.foreignKeys.map((foreignKey) => ({
    child: child.name,
    ...foreignKey,
    index: findServingIndex(child, foreignKey.columns),
  }))
}

/** An index that begins with the columns, in whatever order, and holds every row. */
function findServingIndex({ indexes, columns }: HistoryTable, sought: readonly string[]): string | null {
  const isRowid = columns.some(
    ({ name, type, keyPosition }) => keyPosition === 1 && type === 'INTEGER' && sought.join() === name,
  )
  const found = indexes.find(({ columns: own, where }) => {
    const first = own.slice(0, sought.length).map((text) => foldName(text.replace(/ DESC$/, '')))
    return where === null && sought.every((name) => first.includes(foldName(name)))
  })
  return found?.name ?? (isRowid ? 'rowid' : null)
}

function servesColumn(
  tables: readonly HistoryTable[],
  table: string,
  index: string,
  column: string,
): boolean {
  const found = tables
    .find(({ name }) => foldName(name) === foldName(table))
    ?.indexes.find(({ name }) => foldName(name) === foldName(index))
  return foldName(found?.columns[0]?.replace(/ DESC$/, '') ?? '') === foldName(column)
}
