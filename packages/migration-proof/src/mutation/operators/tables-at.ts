import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import type { MigrationConnection } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { runUp } from '../../migrator/run-up.ts'
import { ordinaryTables } from '../../snapshots/tables.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import type { FaultyPlan, FilledColumn, FilledTable, NewerVersion, OperatorInput } from './operator.ts'

/** Tries what the version store of a plan does with the version after the latest. */
export function tryNewerVersion(plan: MigrationPlan): NewerVersion {
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, plan)
    const next = latestVersionOf(plan) + 1
    if (!succeeds(() => plan.versions.record(connection, next))) return 'refused when it is recorded'
    // A tool that notes ids has no id to note for a migration that the project does not have.
    const version = tryRead(() => plan.versions.read(connection).current)
    if (version === null) return 'refused when it is read'
    return version === next ? 'read' : 'refused when it is recorded'
  } finally {
    connection.close()
  }
}

function tryRead(read: () => number): number | null {
  try {
    return read()
  } catch {
    return null
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

/** What a faulty migration does to a table, before or after what it should do. */
export interface DataFault {
  readonly fault: string
  readonly run: (connection: MigrationConnection) => void
  /** `'off'` if the migration declares foreign keys off; `'on'` for a fault that is none where it does. */
  readonly foreignKeys?: 'off' | 'on'
}

/**
 * Injects faults where tables hold rows: into the first migration, if it adopts files from before it; into the last one;
 * and, for the tables that only the last one creates, into an additional one that should change nothing. The additional
 * one is left out if the version store refuses its version.
 */
export function* injectIntoTables(
  input: OperatorInput,
  inject: (table: FilledTable) => Iterable<DataFault>,
  options: { readonly alsoWhereAdopted: boolean },
): Generator<FaultyPlan> {
  const { adoptsFiles, tablesAt } = input
  const { plan } = input.history
  const latest = plan.migrations.length
  const isFirst = latest === 1 && plan.base === undefined
  const older = isFirst ? [] : tablesAt(latest - 1)
  const takesFurther = input.newerVersion === 'read'
  const newer = takesFurther
    ? tablesAt(latest).filter(({ name }) => !older.some((table) => table.name === name))
    : []
  const sites = [
    { version: 1, tables: adoptsFiles && options.alsoWhereAdopted ? tablesAt(1) : [] },
    { version: latest, tables: older },
    { version: latest + 1, tables: newer },
  ]
  for (const { version, tables } of sites) {
    const isOff = plan.migrations[version - 1]?.foreignKeys === 'off'
    for (const table of tables) {
      for (const { fault, ...rest } of inject(table)) {
        if (isOff && rest.foreignKeys === 'on') continue
        yield { version, object: table.name, fault, plan: appendFault(plan, version, rest) }
      }
    }
  }
}

/** Adds a fault to what a migration does; a version after the latest becomes a migration that does nothing else. */
export function appendFault(
  plan: MigrationPlan,
  version: number,
  { run, foreignKeys }: Omit<DataFault, 'fault'>,
): MigrationPlan {
  const setting = foreignKeys === 'off' ? { foreignKeys } : {}
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

/** The tables of a database that may hold rows, but for those of the version store. */
export function readTables(connection: Connection, plan: MigrationPlan): FilledTable[] {
  const parents = new Set(
    connection
      .all(
        `SELECT f."table" AS parent FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f WHERE s.type = 'table'`,
      )
      .map(({ parent }) => foldName(String(parent))),
  )
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const ordinary = new Set(ordinaryTables(connection))
  return connection
    .all(`SELECT name, sql FROM sqlite_schema WHERE type = 'table'`)
    .filter(({ name }) => ordinary.has(String(name)))
    .map(({ name, sql }) => ({ name: String(name), sql: foldName(String(sql)) }))
    .filter(({ name, sql }) => !versionTables.has(foldName(name)) && !/without\s+rowid/.test(sql))
    .map(({ name, sql }) => ({
      name,
      columns: readColumns(connection, name),
      indexes: readIndexes(connection, name),
      isParent: parents.has(foldName(name)),
      hasCheck: /\bcheck\s*\(/.test(sql),
      hasAutoincrement: /\bautoincrement\b/.test(sql),
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
