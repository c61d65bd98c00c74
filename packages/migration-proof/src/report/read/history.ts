import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import { describeDataChange, type Migration } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { runUp } from '../../migrator/run-up.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Suite } from '../../proof/suite.ts'
import { type Difference, diffSchemas } from '../../schema/diff.ts'
import type { Column, ForeignKey, Index, Schema, Table } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { foldName } from '../../sql/names.ts'
import { splitStatements } from '../../sql/split.ts'
import type { History, HistoryTable, HistoryVersion, SchemaChange } from '../model.ts'

const sourceEnding = /\.[cm]?[jt]s$/

/**
 * Looks for migrations in the source files of a folder and of its `migrations` folder.
 *
 * @param root the folder from which paths are shown
 */
export function findSourceIn(folder: string, root: string): FindSource {
  const files = [folder, join(folder, 'migrations')].flatMap((each) => readFolder(each, root))
  return (statements) => {
    const counted = files.map((file) => ({ file, found: countFound(file, statements) }))
    const [best] = counted.sort((left, right) => right.found - left.found)
    return best === undefined || best.found === 0 ? null : best.file
  }
}

function countFound({ text }: SourceFile, statements: readonly string[]): number {
  return findLines(text, statements).filter((line) => line !== null).length
}

function readFolder(folder: string, root: string): SourceFile[] {
  return listFiles(folder).map((name) => {
    const file = join(folder, name)
    return { path: relative(root, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }
  })
}

/** A folder that is not there has no files: an installed package has no sources. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && sourceEnding.test(entry.name))
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

/** The source file that holds most of a migration's statements; null where none is known. */
export type FindSource = (statements: readonly string[]) => SourceFile | null

/**
 * Builds every version in memory and lists what it holds, what it changed, and which statements did that.
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
    migrate(connection, recording, { target: 0 })
    const empty = readSchema(connection)
    const built = plan.migrations.map(({ version, name }) => {
      migrate(connection, recording, { target: version })
      return { version, name, schema: readSchema(connection) }
    })
    const versions = [
      { version: 0, name: plan.base === undefined ? 'an empty database' : 'the base', schema: empty },
      ...built,
    ]
    return versions.map(({ version, name, schema }, index) => ({
      version,
      name,
      ...describeSchema(schema),
      differences: diffSchemas(versions[index - 1]?.schema ?? empty, schema).map(describeDifference),
      statements: locate(statements.get(version) ?? [], findSource),
      dataChanges: (plan.migrations[index - 1]?.dataChanges ?? []).map((change) => ({
        table: change.table,
        change: describeDataChange(change),
        reason: change.reason,
      })),
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
  return statements.map((sql, index) => ({ sql, file: source?.path ?? null, line: lines[index] ?? null }))
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

/** A table as the report shows it. */
function describeTable(table: Table): HistoryTable {
  return {
    name: table.name,
    columns: table.columns.filter(({ hidden }) => !hidden).map(describeColumn),
    indexes: table.indexes.map(describeIndex),
    foreignKeys: table.foreignKeys.map(describeForeignKey),
    checks: table.checks.map(({ expression }) => expression),
    strict: table.strict,
    withoutRowid: table.withoutRowid,
  }
}

function describeColumn({ name, type, notNull, default: value, keyPosition }: Column) {
  return { name, type, notNull, default: value, keyPosition }
}

function describeIndex({ name, columns, unique, where, origin }: Index) {
  const texts = columns.map(
    ({ column, expression, descending }) =>
      `${column ?? expression ?? 'an expression'}${descending ? ' DESC' : ''}`,
  )
  return { name, columns: texts, unique, where, origin }
}

function describeForeignKey({ columns, parent, parentColumns, onDelete, onUpdate }: ForeignKey) {
  return { columns: [...columns], parent, parentColumns: [...parentColumns], onDelete, onUpdate }
}

/** A file of source text. */
export interface SourceFile {
  /** From the folder of the project, with slashes. */
  readonly path: string
  readonly text: string
}

/**
 * Finds the lines on which statements stand in a source text, each after the one before it. White space does not
 * matter, so that line ends and another indentation do not hide a statement.
 *
 * @returns a line for each statement, counted from 1; null for one that the text does not hold as it is
 */
export function findLines(text: string, statements: readonly string[]): (number | null)[] {
  const source = withoutSpace(text)
  let from = 0
  return statements.map((statement) => {
    const sought = withoutSpace(statement).text
    const next = source.text.indexOf(sought, from)
    const found = next === -1 ? source.text.indexOf(sought) : next
    const offset = source.offsets[found]
    if (found === -1 || offset === undefined) return null
    from = found + sought.length
    return lineAt(text, offset)
  })
}

function withoutSpace(text: string): { readonly text: string; readonly offsets: readonly number[] } {
  const matches = [...text.matchAll(/\S/g)]
  return {
    text: matches.map(([character]) => character).join(''),
    offsets: matches.map(({ index }) => index),
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
