import { DiagnosedError } from '../errors.ts'
import { type MigrationResult, migrate } from '../migrator/migrate.ts'
import type { SnapshotDeclaration } from '../snapshots/declaration.ts'
import { loadSnapshot, openInMemory, openOnDisk, type SnapshotImage } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import type { Suite } from './suite.ts'

/** Something that brings a database to a version, as `migrate` does. */
export type Migrate = typeof migrate

/** One upgrade under proof: what the checks look at. */
export interface Subject {
  readonly suite: Suite
  readonly snapshot: SnapshotDeclaration
  readonly image: SnapshotImage
  /** The version that the upgrade leads to. */
  readonly target: number
  /** What upgrades; every check that upgrades once more uses it too. */
  readonly migrate: Migrate
  /** A private copy of the snapshot that was upgraded. A check that changes it must undo that. */
  readonly upgraded: Connection
  readonly result: MigrationResult
  /** Path of a private copy that was not upgraded. */
  readonly pristinePath: string
  [Symbol.dispose](): void
}

/**
 * Upgrades a private copy of a snapshot.
 *
 * @param target the version to upgrade to
 * @param upgrade what upgrades; the migrator of this package unless told otherwise
 * @throws {DiagnosedError} when the suite declares no such snapshot
 * @throws {FixtureError} when the snapshot is missing or changed
 * @throws {MigrationFailedError} when the upgrade itself fails
 */
export function openSubject(
  suite: Suite,
  snapshotName: string,
  target: number,
  upgrade: Migrate = migrate,
): Subject {
  const snapshot = findSnapshot(suite, snapshotName)
  const image = loadSnapshot(suite.fixtures, snapshotName)
  const pristine = openOnDisk(image)
  const copy = openInMemory(image)
  const close = () => {
    copy.close()
    pristine.close()
  }
  try {
    const upgraded = copy.connection
    upgraded.exec('PRAGMA foreign_keys = ON')
    const result = upgrade(upgraded, suite.plan, { target })
    return {
      suite,
      snapshot,
      image,
      target,
      migrate: upgrade,
      upgraded,
      result,
      pristinePath: pristine.path,
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Opens a copy of the snapshot, upgrades it to a version, and hands it to the work. */
export function withUpgraded<Result>(
  { suite, image, migrate }: Pick<Subject, 'suite' | 'image' | 'migrate'>,
  version: number,
  work: (connection: Connection) => Result,
): Result {
  using copy = openInMemory(image)
  migrate(copy.connection, suite.plan, { target: version })
  return work(copy.connection)
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
    remedy: 'name one that the suite declares',
  })
}
