import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { DiagnosedError } from '../errors.ts'
import type { MigrationResult, migrate } from '../migrator/migrate.ts'
import { migrateOf } from '../migrator/migrate-as-tool.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import type { Schema, SchemaObject } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { explainUnfrozen } from '../snapshots/check.ts'
import type { SnapshotDeclaration } from '../snapshots/declaration.ts'
import { readGoldenSchema } from '../snapshots/golden-review.ts'
import { readLedger } from '../snapshots/ledger.ts'
import { loadSnapshot, openInMemory, openOnDisk, type SnapshotImage } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import { readConnectionState } from './connection-state.ts'
import type { IntegrityScope } from './integrity-scope.ts'
import type { Original, RowsProofOptions } from './rows/prove-rows-kept.ts'
import { countViolations, type Violations } from './violations.ts'

/** Something that brings a database to a version, as `migrate` does. */
export type Migrate = typeof migrate

/** An upgraded database, and what it is compared with. */
export interface DatabaseSubject {
  readonly suite: Suite
  /** The version that the upgrade leads to. */
  readonly target: number
  /** The database that was upgraded. A check that changes it must undo that. */
  readonly upgraded: Connection
  /** The objects that no version makes: they are a user's own, and no difference. */
  readonly extras: readonly SchemaObject[]
  /** The golden schema of a version. @throws {FixtureError} when there is none */
  goldenAt(version: number): Schema
  /** The versions on the way, to find the migration that first led away; left out where that costs too much. */
  readonly way?: UpgradeWay
}

/** The versions that an upgrade passes. */
export interface UpgradeWay {
  readonly from: number
  /** Upgrades another copy to a version, and hands it to the work. */
  visit<Result>(version: number, work: (connection: Connection) => Result): Result
}

/** An upgraded database beside the file that it was before. */
export interface FileSubject extends DatabaseSubject {
  /** The version before. */
  readonly from: number
  /** The database from before the upgrade. */
  original(): Original
  /** The rows without a parent that the file held before. */
  violationsBefore(): Violations
  /** Whether the rows are those of a user, so that no problem may show a value of them. */
  readonly hidesValues?: boolean
  /** The only tables whose rows can have changed, where they are known. */
  readonly touched?: () => Touched | null
  /** The only tables whose rows can have lost a parent, where they are known. */
  readonly children?: () => readonly string[] | null
  /** What the upgrade wrote to, where `integrity` is to check no more in full; left out, it checks everything. */
  readonly scope?: () => IntegrityScope | null
  /** Called before the rows of each table are compared; what it throws ends the check. */
  readonly onTable?: RowsProofOptions['onTable']
}

/** The tables that an upgrade wrote to. */
export interface Touched {
  /** Folded names. */
  readonly tables: ReadonlySet<string>
  /** Whether anything that it wrote may be rows. */
  readonly hasRows: boolean
  /** How that is known. */
  readonly detail: string
}

/** An upgraded database beside a new one. */
export interface InstallSubject extends DatabaseSubject {
  /** The schema that a new install of a version has. */
  freshAt(version: number): Schema
  /** What upgrades; every check that upgrades once more uses it too. */
  readonly migrate: Migrate
}

/** An upgraded database that can be upgraded again, from the file that it was. */
export interface RerunSubject extends FileSubject, InstallSubject {
  readonly image: SnapshotImage
  /** At how many of its statements an upgrade is interrupted, from the first to the last; defaults to all of them. */
  readonly stops?: number
  /** Called after each of these interruptions, with how many of them there are. */
  readonly onStop?: (done: number, total: number) => void
  /** The bytes that the upgrade left at some versions on the way. */
  readonly passed?: ReadonlyMap<number, Uint8Array>
  /** Opens a copy that was upgraded one version at a time, reopened after each, where there is one. @throws what stopped it */
  readonly visitStepped?: <Result>(work: (connection: Connection) => Result) => Result
  /** Path of a private copy that was not upgraded. */
  readonly originalPath: string
}

/** One upgrade under proof, of a private copy of a snapshot. */
export interface Subject extends RerunSubject {
  readonly snapshot: SnapshotDeclaration
  readonly result: MigrationResult
  /** The upgraded file, as it is now. */
  read(): SnapshotImage
  /** Whether the upgrade has left its connection as it was, so that a new one goes on from the file in the same way. */
  readonly isConnectionKept: boolean
  [Symbol.dispose](): void
}

/** A file of a user that stands for a snapshot. */
export interface RealFile {
  /** As the user names it on a command line. */
  readonly shown: string
  /** The objects in it that no version makes. */
  readonly extras: readonly SchemaObject[]
}

/** @throws {FixtureError} when it is not frozen, with the reason, or changed */
function loadFrozen(suite: Suite, declaration: SnapshotDeclaration): SnapshotImage {
  const { name } = declaration
  const ledger = readLedger(suite.fixtures)
  if (ledger.snapshots.some((entry) => entry.name === name)) return loadSnapshot(suite.fixtures, name, ledger)
  throw explainUnfrozen(suite, declaration)
}

/**
 * Upgrades a private copy of a snapshot.
 *
 * @param target the version to upgrade to
 * @param upgrade what upgrades; defaults to what the suite says, and otherwise to the migrator of this package
 * @param unfrozen the bytes of the snapshot, where it is not frozen yet
 * @param start the snapshot as it was upgraded a part of the way, where the upgrade goes on from there
 * @param file the file of a user, where these bytes are a copy of one
 * @throws {DiagnosedError} when the suite declares no such snapshot
 * @throws {FixtureError} when the snapshot is missing or changed
 * @throws {MigrationFailedError} when the upgrade itself fails
 *
 * @example
 * ```js
 * import { openSubject } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const subject = openSubject(config, 'v1', 3)
 * console.log(subject.result.applied) // [ 2, 3 ]
 * subject[Symbol.dispose]()
 * ```
 */
export function openSubject(
  suite: Suite,
  snapshotName: string,
  target: number,
  upgrade: Migrate = migrateOf(suite.plan),
  unfrozen?: SnapshotImage,
  start?: SnapshotImage,
  file?: RealFile,
): Subject {
  const snapshot = findSnapshot(suite, snapshotName)
  const image = unfrozen ?? loadFrozen(suite, snapshot)
  const original = openOnDisk(image)
  const copy = openInMemory(start ?? image)
  const close = () => {
    copy.close()
    original.close()
  }
  try {
    const upgraded = copy.connection
    upgraded.exec('PRAGMA foreign_keys = ON')
    const passed = new Map<number, Uint8Array>()
    const wanted = listCompared(suite.plan, image.entry.version, target)
    let left = passedBytes
    const afterCommit = (version: number) => {
      if (left <= 0 || !wanted.has(version)) return
      const bytes = copy.database.serialize()
      left -= bytes.length
      passed.set(version, bytes)
    }
    const state = readConnectionState(upgraded)
    const result = upgrade(upgraded, suite.plan, { target, afterCommit })
    return {
      suite,
      snapshot,
      image,
      from: image.entry.version,
      target,
      migrate: upgrade,
      upgraded,
      result,
      extras: file?.extras ?? [],
      hidesValues: file !== undefined,
      goldenAt: (version) => readGoldenSchema(suite.fixtures, `v${version}`),
      freshAt: (version) => installSchema(suite, version, upgrade),
      isConnectionKept: readConnectionState(upgraded) === state,
      read: () => ({
        entry: { ...image.entry, version: target },
        bytes: copy.database.serialize(),
      }),
      way: {
        from: image.entry.version,
        visit: (version, work) => {
          using other = openInMemory(image)
          upgrade(other.connection, suite.plan, { target: version })
          return work(other.connection)
        },
      },
      original: () => ({ path: original.path }),
      originalPath: original.path,
      passed,
      violationsBefore: () => countViolations(original.connection),
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** How much of them an upgrade keeps, in bytes; what comes after is upgraded to once more. */
const passedBytes = 32 * 1024 * 1024

/** The versions before and after each migration that declares a change of rows. */
function listCompared({ migrations }: MigrationPlan, from: number, target: number): ReadonlySet<number> {
  const declaring = migrations.slice(from, target).filter(({ dataChanges = [] }) => dataChanges.length > 0)
  return new Set(declaring.flatMap(({ version }) => [version - 1, version]))
}

/** By what upgrades, and then by plan and version: the snapshots of a run are compared with the same new install. */
const installs = new WeakMap<Migrate, WeakMap<MigrationPlan, Map<number, Schema>>>()

function installSchema({ plan }: Suite, version: number, upgrade: Migrate): Schema {
  const ofMigrate = installs.get(upgrade) ?? new WeakMap<MigrationPlan, Map<number, Schema>>()
  installs.set(upgrade, ofMigrate)
  const known = ofMigrate.get(plan) ?? new Map<number, Schema>()
  ofMigrate.set(plan, known)
  const schema = known.get(version) ?? install(plan, version, upgrade)
  known.set(version, schema)
  return schema
}

function install(plan: MigrationPlan, version: number, upgrade: Migrate): Schema {
  const connection = betterSqliteConnection(openMemory())
  try {
    upgrade(connection, plan, { target: version })
    return readSchema(connection)
  } finally {
    connection.close()
  }
}

/**
 * The declaration of a snapshot.
 *
 * @throws {DiagnosedError} when the suite declares none of that name
 */
export function findSnapshot(suite: Suite, name: string): SnapshotDeclaration {
  const snapshot = suite.snapshots.find((declared) => declared.name === name)
  if (snapshot !== undefined) return snapshot
  const names = suite.snapshots.map((declared) => declared.name).join(', ')
  throw new DiagnosedError({
    where: `Suite ${suite.name}`,
    expected: `one of the snapshots ${names}`,
    actual: `'${name}'`,
    fix: 'name one that the suite declares',
  })
}
