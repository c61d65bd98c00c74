import { followChanges } from '../checks/rows/survivors.ts'
import { countViolations, type Violations } from '../checks/violations.ts'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import { MigrationRefusedError } from '../migrator/errors.ts'
import { migrate } from '../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import { generateRows, parentsFirst } from '../rows/generate.ts'
import { listObjects, type SchemaObject } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { loadSnapshot, openOnDisk, type SnapshotImage, withoutWal } from '../snapshots/open.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import { raiseNumbers } from '../snapshots/typed-rows.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Mutant } from './model.ts'

/** A database that an upgrade can start from. */
export interface Start {
  readonly name: string
  readonly version: number
  readonly image: SnapshotImage
  /** Its bytes in the form that SQLite opens in memory. */
  readonly bytes: Buffer
  /** Whether it is a new database rather than a file of an older version. */
  readonly isInstall: boolean
  /** The triggers that a user added to it. */
  readonly extras: readonly SchemaObject[]
  /** Path of a copy that is never upgraded. */
  readonly originalPath: string
  /** Its rows without a parent. */
  violations(): Violations
  close(): void
}

/** The start databases of a suite; closing them removes their files. */
export interface Starts {
  readonly all: readonly Start[]
  close(): void
}

const rowsPerTable = 2

/** The prefix of the triggers that stand for those of a user. */
const ownPrefix = 'own_'

/**
 * The snapshots of a suite, and a file of each version that no one holds; a copy of the one with the highest version, with triggers that a user added and ids of rows that
 * were deleted; and a database of the latest version, with synthetic rows in tables that are empty after the upgrade.
 */
export function openStarts(suite: Suite): Starts {
  const images = [...suite.snapshots.map(({ name }) => loadSnapshot(suite.fixtures, name))]
  // A fault shows best in the version before it, whether people hold files of that or not.
  for (const version of suite.notHeld) {
    const older = images.findLast(({ entry }) => entry.version < version)
    if (older === undefined) continue
    const made = change(older, `v${version}-made`, version, (connection) => {
      migrate(connection, suite.plan, { target: version })
    })
    images.splice(images.indexOf(older) + 1, 0, made)
  }
  const last = images.reduce((highest, image) =>
    image.entry.version >= highest.entry.version ? image : highest,
  )
  const latest = latestVersionOf(suite.plan)
  const derived = [
    change(last, `${last.entry.name}-with-own-triggers`, last.entry.version, (connection) => {
      const kept = keptTables(connection, suite.plan, last.entry.version)
      raiseNumbers(connection, kept)
      addTriggers(connection, kept)
      dropFiring(connection, suite.plan)
    }),
    change(last, `v${latest}-made`, latest, (connection) => {
      migrate(connection, suite.plan)
      fillEmptyTables(connection)
      addTriggers(connection, keptTables(connection, suite.plan, latest))
    }),
  ]
  const all = [...images, ...derived].map((image) => openStart(image))
  return {
    all,
    close: () => {
      for (const { close } of all) close()
    },
  }
}

/** Opens a database that an upgrade can start from. */
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

/**
 * The tables that triggers of a user may be on: the migrator refuses those on the tables of the version store, and those that
 * go with a table that a later migration drops as declared.
 */
function keptTables(
  connection: Connection,
  { versions, migrations }: MigrationPlan,
  version: number,
): string[] {
  const versionTables = new Set(versions.tables.map(foldName))
  const tables = ordinaryTables(connection).filter((table) => !versionTables.has(foldName(table)))
  const changes = migrations.slice(version).flatMap(({ dataChanges = [] }) => dataChanges)
  return followChanges(tables, changes).flatMap(({ table, freeBecause }) =>
    freeBecause === null ? [table] : [],
  )
}

function addTriggers(connection: Connection, tables: readonly string[]): void {
  for (const table of tables) {
    connection.exec(
      `CREATE TRIGGER ${quoteName(`${ownPrefix}${table}`)} AFTER INSERT ON ${quoteName(table)} BEGIN SELECT 1; END`,
    )
  }
}

/** Drops the triggers that a migration would fire, which the migrator also refuses. */
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
 * The files that a mutant is tried on: those of the version before its fault, and the next one after it; for a faulty
 * migrator, all that can be upgraded.
 */
export function chooseStarts({ site, version, plan }: Mutant, starts: readonly Start[]): Start[] {
  const older = starts.filter((start) => start.version < latestVersionOf(plan))
  if (site === 'migrator') return older
  const before = older.findLast((start) => start.version < version)
  const next = older.find((start) => start.version >= version)
  // Objects that a user added matter only if the fault is in the data migration.
  return older.filter(
    (start) =>
      start === next || (start.version === before?.version && (site === 'data' || start.extras.length === 0)),
  )
}
