import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import type { MigrationConnection } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { runUp } from '../../migrator/run-up.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import type { Planted, Terrain } from './operator.ts'

/** What a version store does with the version after the latest: it notes and reads it, or refuses the one or the other. */
export type NewerVersion = 'read' | 'refused when it is read' | 'refused when it is noted'

const answers = new WeakMap<MigrationPlan, NewerVersion>()

/** Tries what the version store of a plan does with the version after the latest. */
export function tryNewerVersion(plan: MigrationPlan): NewerVersion {
  const answer = answers.get(plan) ?? ask(plan)
  answers.set(plan, answer)
  return answer
}

function ask(plan: MigrationPlan): NewerVersion {
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, plan)
    if (!succeeds(() => plan.versions.record(connection, latestVersionOf(plan) + 1)))
      return 'refused when it is noted'
    return succeeds(() => plan.versions.read(connection)) ? 'read' : 'refused when it is read'
  } finally {
    connection.close()
  }
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

/** A table that holds rows when a migration starts. */
export interface FilledTable {
  readonly name: string
  readonly columns: readonly FilledColumn[]
  readonly indexes: readonly string[]
  readonly isParent: boolean
  readonly hasCheck: boolean
  readonly numbersForGood: boolean
}

export interface FilledColumn {
  readonly name: string
  readonly type: string
  readonly isKey: boolean
  readonly isReference: boolean
}

/** What a faulty migration does to a table, before or after what it should do. */
export interface DataFault {
  readonly fault: string
  readonly run: (connection: MigrationConnection) => void
  /** Set where the migration asks for foreign keys to be off. */
  readonly foreignKeys?: 'off'
}

/**
 * Plants faults where tables hold rows: in the first migration, where it adopts files from before it; in the
 * last one; and, for the tables that only the last one creates, in a further one that should change nothing. A
 * version store that refuses the version of a further one leaves no ground for it.
 */
export function* plantInTables(
  terrain: Terrain,
  plant: (table: FilledTable) => Iterable<DataFault>,
  options: { readonly alsoWhereAdopted: boolean },
): Generator<Planted> {
  const { adoptsFiles } = terrain
  const { plan } = terrain.history
  const latest = plan.migrations.length
  const tablesAt = (version: number) => readTablesOnce(terrain, version)
  const older = latest === 1 ? [] : tablesAt(latest - 1)
  const takesFurther = tryNewerVersion(plan) === 'read'
  const newer = takesFurther
    ? tablesAt(latest).filter(({ name }) => !older.some((table) => table.name === name))
    : []
  const grounds = [
    { version: 1, tables: adoptsFiles && options.alsoWhereAdopted ? tablesAt(1) : [] },
    { version: latest, tables: older },
    { version: latest + 1, tables: newer },
  ]
  for (const { version, tables } of grounds) {
    for (const table of tables) {
      for (const { fault, ...rest } of plant(table)) {
        yield { version, object: table.name, fault, plan: appendFault(plan, version, { fault, ...rest }) }
      }
    }
  }
}

const known = new WeakMap<Terrain, Map<number, readonly FilledTable[]>>()

function readTablesOnce(terrain: Terrain, version: number): readonly FilledTable[] {
  const { atVersion, history } = terrain
  const versions = known.get(terrain) ?? new Map<number, readonly FilledTable[]>()
  known.set(terrain, versions)
  const tables =
    versions.get(version) ?? atVersion(version, (connection) => readTables(connection, history.plan))
  versions.set(version, tables)
  return tables
}

function appendFault(plan: MigrationPlan, version: number, { run, foreignKeys }: DataFault): MigrationPlan {
  const setting = foreignKeys === undefined ? {} : { foreignKeys }
  if (version > plan.migrations.length) {
    return { ...plan, migrations: [...plan.migrations, { version, name: 'no change', up: run, ...setting }] }
  }
  const migrations = plan.migrations.map((migration) => {
    if (migration.version !== version) return migration
    const up: typeof migration.up = (connection) => {
      runUp(migration, connection)
      run(connection)
    }
    return { ...migration, up, ...setting }
  })
  return { ...plan, migrations }
}

function readTables(connection: Connection, plan: MigrationPlan): FilledTable[] {
  const parents = new Set(
    connection
      .all(
        `SELECT f."table" AS parent FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f WHERE s.type = 'table'`,
      )
      .map(({ parent }) => foldName(String(parent))),
  )
  const versionTables = new Set(plan.versions.tables.map(foldName))
  return connection
    .all(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .map(({ name, sql }) => ({ name: String(name), sql: foldName(String(sql)) }))
    .filter(({ name, sql }) => !versionTables.has(foldName(name)) && !/without\s+rowid/.test(sql))
    .map(({ name, sql }) => ({
      name,
      columns: readColumns(connection, name),
      indexes: readIndexes(connection, name),
      isParent: parents.has(foldName(name)),
      hasCheck: /\bcheck\s*\(/.test(sql),
      numbersForGood: /\bautoincrement\b/.test(sql),
    }))
}

function readColumns(connection: Connection, table: string): FilledColumn[] {
  const references = connection.all('SELECT "from" AS name FROM pragma_foreign_key_list(?)', [table])
  const referring = references.map(({ name }) => foldName(String(name)))
  return connection
    .all('SELECT name, type, pk FROM pragma_table_info(?)', [table])
    .map(({ name, type, pk }) => ({
      name: String(name),
      type: String(type).toUpperCase(),
      isKey: pk !== 0n,
      isReference: referring.includes(foldName(String(name))),
    }))
}

function readIndexes(connection: Connection, table: string): string[] {
  const sql = `SELECT name FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name`
  return connection.all(sql, [table]).map(({ name }) => String(name))
}
