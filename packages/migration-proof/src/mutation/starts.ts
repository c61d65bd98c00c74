import { countViolations, type Violations } from '../checks/violations.ts'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import { MigrationRefusedError } from '../migrator/errors.ts'
import { migrate } from '../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import { listObjects, type SchemaObject } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { generateRows, parentsFirst } from '../snapshots/generate-rows.ts'
import { loadSnapshot, openOnDisk, type SnapshotImage, withoutWal } from '../snapshots/open.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Mutant } from './model.ts'

/** A database that an upgrade may start from. */
export interface Start {
  readonly name: string
  readonly version: number
  readonly image: SnapshotImage
  /** The same, as SQLite opens it in memory. */
  readonly bytes: Buffer
  /** Whether it is no file that people hold, but a new database. */
  readonly isInstall: boolean
  /** The triggers that a user added to it. */
  readonly extras: readonly SchemaObject[]
  /** Path of a copy that is never upgraded. */
  readonly originalPath: string
  /** The rows without a parent that it holds. */
  violations(): Violations
  close(): void
}

/** The starts of a suite; closing them removes their files. */
export interface Starts {
  readonly all: readonly Start[]
  close(): void
}

const rowsPerTable = 2

/** How the triggers begin that a user added. */
const ownPrefix = 'own_'

/**
 * The snapshots of a suite; the one of the highest version again, with triggers that a user added; and
 * a database of the latest version, if no snapshot is of it, with synthetic rows where the upgrade has none.
 */
export function openStarts(suite: Suite): Starts {
  const images = suite.snapshots.map(({ name }) => loadSnapshot(suite.fixtures, name))
  const last = images.reduce((highest, image) =>
    image.entry.version >= highest.entry.version ? image : highest,
  )
  const latest = latestVersionOf(suite.plan)
  const made = [
    change(last, `${last.entry.name}-with-own-triggers`, last.entry.version, (connection) => {
      addTriggers(connection, suite.plan)
      dropFiring(connection, suite.plan)
    }),
    change(last, `v${latest}-made`, latest, (connection) => {
      migrate(connection, suite.plan)
      fillEmptyTables(connection)
      addTriggers(connection, suite.plan)
    }),
  ]
  const all = [...images, ...made].map((image) => openStart(image))
  return {
    all,
    close: () => {
      for (const { close } of all) close()
    },
  }
}

/** Opens a database that an upgrade may start from. */
export function openStart(image: SnapshotImage, { isInstall = false } = {}): Start {
  const original = openOnDisk(image)
  const { connection } = original
  let violations: Violations | null = null
  return {
    name: image.entry.name,
    version: image.entry.version,
    image,
    bytes: withoutWal(image.bytes),
    isInstall,
    extras: listObjects(readSchema(connection)).filter(
      ({ type, name }) => type === 'trigger' && name.startsWith(ownPrefix),
    ),
    originalPath: original.path,
    violations: () => {
      violations ??= countViolations(connection)
      return violations
    },
    close: () => original.close(),
  }
}

function change(
  { entry, bytes }: SnapshotImage,
  name: string,
  version: number,
  work: (connection: Connection) => void,
): SnapshotImage {
  const database = openImage(withoutWal(bytes))
  try {
    work(betterSqliteConnection(database))
    return { entry: { ...entry, name, version }, bytes: database.serialize() }
  } finally {
    database.close()
  }
}

function fillEmptyTables(connection: Connection): void {
  for (const table of parentsFirst(connection, ordinaryTables(connection))) {
    const [row] = connection.all(`SELECT 1 FROM ${quoteName(table)} LIMIT 1`)
    if (row === undefined) generateRows(connection, table, rowsPerTable)
  }
}

/** The migrator refuses a trigger on the versions. */
function addTriggers(connection: Connection, { versions }: MigrationPlan): void {
  const versionTables = new Set(versions.tables.map(foldName))
  const tables = ordinaryTables(connection).filter((table) => !versionTables.has(foldName(table)))
  for (const table of tables) {
    connection.exec(
      `CREATE TRIGGER ${quoteName(`${ownPrefix}${table}`)} AFTER INSERT ON ${quoteName(table)} BEGIN SELECT 1; END`,
    )
  }
}

/** Drops the triggers that a migration would fire, which the migrator refuses as well. */
function dropFiring(connection: Connection, plan: MigrationPlan): void {
  for (let firing = findFiring(connection, plan); firing.length > 0; firing = findFiring(connection, plan)) {
    for (const name of firing) connection.exec(`DROP TRIGGER ${quoteName(name)}`)
  }
}

function findFiring(connection: Connection, plan: MigrationPlan): readonly string[] {
  const refusals: MigrationRefusedError[] = []
  const beforeCommit = () => {
    throw new Error('nothing is kept')
  }
  try {
    migrate(connection, plan, { transaction: 'all', beforeCommit })
  } catch (error) {
    if (error instanceof MigrationRefusedError && error.reason === 'trigger-fires') refusals.push(error)
  }
  return refusals.flatMap(({ objects }) => objects)
}

/**
 * The files that a mutant is tried on: those of the version before its fault, and the next one that has the
 * fault behind it; for a faulty migrator, all that can be upgraded.
 */
export function chooseStarts({ ground, version, plan }: Mutant, starts: readonly Start[]): Start[] {
  const older = starts.filter((start) => start.version < latestVersionOf(plan))
  if (ground === 'migrator') return older
  const before = older.findLast((start) => start.version < version)
  const behind = older.find((start) => start.version >= version)
  // What a user added to a file matters where the fault is in the handling of what the file holds.
  return older.filter(
    (start) =>
      start === behind ||
      (start.version === before?.version && (ground === 'data' || start.extras.length === 0)),
  )
}
