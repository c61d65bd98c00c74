import { latestVersionOf } from '../migrator/plan.ts'
import { compareMigrations, PinnedMigrationError, undo } from './compare-pins.ts'
import type { FixtureSuite, SnapshotDeclaration } from './declaration.ts'
import { FixtureError, UndeclaredSnapshotError } from './errors.ts'
import { readFixtureText } from './fixture-text.ts'
import { hashText, sha256 } from './hash.ts'
import type { Ledger, SchemaEntry, SnapshotEntry } from './ledger.ts'
import { readBytes, snapshotPath } from './paths.ts'
import type { PresentMigration } from './present.ts'

/**
 * What is pinned in the ledger and is no longer as it was: golden schemas, snapshots, migrations. A snapshot
 * whose file is missing is no failure here, since it can be built again.
 *
 * @param migrations as they are now
 */
export function findChangedHistory(
  suite: FixtureSuite,
  ledger: Ledger,
  migrations: readonly PresentMigration[],
): FixtureError[] {
  const failures = [
    ...ledger.schemas.map((entry) => checkSchema(suite, entry)),
    ...ledger.snapshots.map((entry) => checkSnapshot(suite, entry)),
    ...compareMigrations(ledger.migrations, migrations).map((found) => new PinnedMigrationError(found)),
    ...findUndeclared(suite),
  ]
  return failures.filter((failure) => failure !== null)
}

/** Versions that people may hold, and that no snapshot is declared for. */
function findUndeclared({ plan, snapshots, notHeld = [] }: FixtureSuite): FixtureError[] {
  const older = plan.migrations.slice(0, latestVersionOf(plan) - 1).map(({ version }) => version)
  return older
    .filter((version) => !notHeld.includes(version))
    .filter((version) => !snapshots.some((snapshot) => snapshot.version === version))
    .map((version) => new UndeclaredSnapshotError(version))
}

function checkSchema({ fixtures }: FixtureSuite, { name, hash }: SchemaEntry): FixtureError | null {
  const text = readFixtureText(fixtures, 'schemas', name)
  const actual = text === null ? 'no file' : hashText(text)
  if (actual === hash) return null
  return changed(
    `schemas/${name}`,
    `the text of SHA-256 ${hash}`,
    actual,
    undo('the change of the golden schema', name),
  )
}

function checkSnapshot({ fixtures, snapshots }: FixtureSuite, entry: SnapshotEntry): FixtureError | null {
  const fixture = `snapshots/${entry.name}`
  const declaration = snapshots.find(({ name }) => name === entry.name)
  if (declaration === undefined)
    return changed(fixture, 'its declaration in the suite', 'none', 'declare it again')
  if (!isSameKind(entry, declaration)) {
    const fix = 'undo the change of the declaration'
    return changed(fixture, describeKind(entry), `a declaration of ${describeKind(declaration)}`, fix)
  }
  const bytes = readBytes(snapshotPath(fixtures, entry.name))
  if (bytes === null || sha256(bytes) === entry.fileHash) return null
  const fix = 'restore the file from version control: a frozen snapshot never changes'
  return changed(fixture, `a file of SHA-256 ${entry.fileHash}`, sha256(bytes), fix)
}

function isSameKind(entry: SnapshotEntry, { version, form }: SnapshotDeclaration): boolean {
  return entry.version === version && entry.form === form
}

function describeKind({ version, form }: Pick<SnapshotDeclaration, 'version' | 'form'>): string {
  return `version ${version}, form '${form}'`
}

function changed(fixture: string, expected: string, actual: string, fix: string): FixtureError {
  return new FixtureError(fixture, { expected, actual, fix })
}
