import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  betterSqliteConnection,
  type Database,
  openFile,
  openImage,
  openMemory,
} from '../engines/better-sqlite3.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import type { SnapshotDeclaration } from '../snapshots/declaration.ts'
import { openSnapshot } from '../snapshots/open.ts'
import { goldenPath } from '../snapshots/paths.ts'
import { makePrivateFolder } from '../snapshots/private-folder.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { inSavepoint } from './outcome.ts'
import type { DatabaseLender } from './properties/machines.ts'
import { emptyTables } from './statements.ts'
import type { TableModel } from './table-model.ts'

/** A new database in memory, built by the migrations of a suite. */
export function openFresh(
  { plan }: Suite,
  version = latestVersionOf(plan),
  counter: RowCounter = createRowCounter(),
): Connection {
  const database = openMemory()
  migrateOf(plan)(betterSqliteConnection(database), plan, { target: version })
  return prepare(database, counter)
}

/** A private copy of a snapshot in memory, upgraded to the latest version. */
export function openUpgraded(
  { plan, fixtures }: Suite,
  name: string,
  counter: RowCounter = createRowCounter(),
): Connection {
  const { database } = openSnapshot(fixtures, name, { on: 'memory' })
  migrateOf(plan)(betterSqliteConnection(database), plan)
  return prepare(database, counter)
}

/** Call this only after the migrations: a statement that stays prepared while the schema changes may crash the engine. */
function prepare(database: Database.Database, counter: RowCounter): Connection {
  const connection = counter.watch(preparedConnection(database))
  connection.exec('PRAGMA foreign_keys = ON')
  return connection
}

/** Lends a database whose rows are deleted while the work runs, and restored after it. */
export function lendInSavepoint(connection: Connection, models: readonly TableModel[]): DatabaseLender {
  return (work) =>
    inSavepoint(connection, () => {
      emptyTables(connection, models)
      return work({ connection })
    })
}

/** Lends a new file for each call, which steps can close and reopen for real. */
export function lendFiles(
  suite: Suite,
  models: readonly TableModel[],
  counter: RowCounter,
): DatabaseLender & { remove(): void } {
  const folder = makePrivateFolder()
  const file = join(folder.path, 'model.db')
  let image: Buffer | undefined
  const lend: DatabaseLender = (work) => {
    // Built lazily: a database that cannot be emptied must fail the property.
    image ??= makeImage(suite, models)
    writeFileSync(file, image)
    let connection = open()
    try {
      return work({
        get connection() {
          return connection
        },
        reopen: () => {
          connection.close()
          connection = open()
        },
      })
    } finally {
      connection.close()
    }
  }
  const open = () => {
    const connection = counter.watch(preparedConnection(openFile(file)))
    // No power loss is simulated here; other tests do that.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON')
    return connection
  }
  return Object.assign(lend, { remove: () => folder.remove() })
}

/** The bytes of a database that the migrations built, without any rows. */
function makeImage({ plan }: Suite, models: readonly TableModel[]): Buffer {
  const database = openMemory()
  const connection = betterSqliteConnection(database)
  migrateOf(plan)(connection, plan)
  emptyTables(connection, models)
  return database.serialize()
}

/** A database of an old version without rows, built from its golden schema alone, without the migrations. */
export function buildOldDatabase(
  { plan, fixtures }: Suite,
  { name, version, form }: SnapshotDeclaration,
): Buffer {
  const database = openMemory()
  if (form !== 'empty') database.exec(readFileSync(goldenPath(fixtures, name), 'utf8'))
  const connection = betterSqliteConnection(database)
  for (let number = 1; number <= version; number++) plan.versions.record(connection, number)
  return database.serialize()
}

/** The models of the tables and columns that an old database has. */
export function modelsOfOld(image: Buffer, models: readonly TableModel[]): TableModel[] {
  const database = openImage(image)
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').pluck()
  const old = models.map((model) => {
    const names = new Set(columns.all(model.name))
    const kept = Object.entries(model.columns).filter(([name]) => names.has(name))
    return { ...model, columns: Object.fromEntries(kept) }
  })
  database.close()
  return old.filter((model) => Object.keys(model.columns).length > 0)
}

/** Counts the rows that statements try to insert, including refused ones. */
export interface RowCounter {
  readonly rows: number
  /** A connection whose rows are counted. */
  watch(connection: Connection): Connection
}

/** Counts each INSERT that reaches an engine, not rows that were generated and never used. */
export function createRowCounter(): RowCounter {
  let rows = 0
  return {
    get rows() {
      return rows
    },
    watch: (connection) => ({
      exec: (sql) => connection.exec(sql),
      all: (sql, parameters) => {
        if (sql.startsWith('INSERT')) rows++
        return connection.all(sql, parameters)
      },
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
    }),
  }
}

/**
 * A connection to a better-sqlite3 database that prepares each statement once, which halves the time for thousands of
 * rows. Not for a database whose schema changes.
 */
export function preparedConnection(database: Database.Database): Connection {
  const prepared = new Map<string, Run>()
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    all: (sql, parameters = []) => {
      let run = prepared.get(sql)
      if (run === undefined) {
        run = prepareStatement(database, sql)
        prepared.set(sql, run)
      }
      return run(parameters)
    },
    get inTransaction() {
      return database.inTransaction
    },
    openMemory: () => preparedConnection(openMemory()),
    close: () => {
      database.close()
    },
  }
}

type Run = (parameters: readonly SqlValue[]) => SqlRow[]

function prepareStatement(database: Database.Database, sql: string): Run {
  const statement = database.prepare<SqlValue[], SqlRow>(sql)
  if (statement.reader) {
    statement.safeIntegers(true)
    return (parameters) => statement.all(...parameters)
  }
  return (parameters) => {
    statement.run(...parameters)
    return []
  }
}
