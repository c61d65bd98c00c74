import { countOf } from '../count.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import type { FixtureSuite, SnapshotDeclaration } from './declaration.ts'
import { FixtureError, UndeclaredSnapshotError } from './errors.ts'
import { readFixtureText } from './fixture-text.ts'
import { hashText, sha256 } from './hash.ts'
import type { Ledger, MigrationEntry, SchemaEntry, SnapshotEntry } from './ledger.ts'
import { readBytes, snapshotPath } from './paths.ts'

/** What to do about a version that differs from the ledger: a merge of two branches may have taken the wrong side. */
function undo(change: string, version: string): string {
  return (
    `undo ${change}; where two branches added ${version}, say which of them is released: it keeps the number, and the ` +
    'other becomes the next version'
  )
}

/**
 * What is pinned in the ledger and is no longer as it was: golden schemas, snapshots, migrations. A snapshot
 * whose file is missing is no failure here, since it can be built again.
 *
 * @param migrations the entries that the plan's migrations have now
 */
export function findChangedHistory(
  suite: FixtureSuite,
  ledger: Ledger,
  migrations: readonly MigrationEntry[],
): FixtureError[] {
  const failures = [
    ...ledger.schemas.map((entry) => checkSchema(suite, entry)),
    ...ledger.snapshots.map((entry) => checkSnapshot(suite, entry)),
    ...ledger.migrations.map((entry) => checkMigration(migrations, entry)),
    ...findUndeclared(suite),
  ]
  return failures.filter((failure) => failure !== null)
}

/** Versions that people may hold, and that no snapshot is declared for. */
function findUndeclared({ plan, snapshots }: FixtureSuite): FixtureError[] {
  const older = plan.migrations.slice(0, latestVersionOf(plan) - 1).map(({ version }) => version)
  return older
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

function checkMigration(migrations: readonly MigrationEntry[], pinned: MigrationEntry): FixtureError | null {
  const fixture = `migrations/v${pinned.version}`
  const change = 'the change: people hold files that were made by it as it was'
  const fix = undo(change, `v${pinned.version}`)
  const current = migrations.find(({ version }) => version === pinned.version)
  if (current === undefined) {
    const restore = `add the line of v${pinned.version} to \`migrations\` of the config again: people hold files of it`
    return changed(fixture, 'a migration of this version', 'none', restore)
  }
  if (current.hash === pinned.hash) return null
  return changed(
    fixture,
    `${countOf(pinned.statements, 'statement')} of hash ${pinned.hash.slice(0, 12)}, as the ledger pins`,
    `${countOf(current.statements, 'statement')} of hash ${current.hash.slice(0, 12)}`,
    fix,
  )
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
