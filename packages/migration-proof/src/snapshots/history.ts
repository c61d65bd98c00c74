import type { MigrationPlan } from '../migrator/plan.ts'
import { contentOfBase } from './base.ts'
import { compareMigrations, PinnedMigrationError, undo } from './compare-pins.ts'
import { diffContent } from './content-hash.ts'
import { type FixtureSuite, olderVersions, type SnapshotDeclaration } from './declaration.ts'
import { FixtureError, PinnedBaseError, UndeclaredSnapshotError } from './errors.ts'
import { readFixtureText } from './fixture-text.ts'
import { hashText, sha256 } from './hash.ts'
import type { BaseEntry, Ledger, SchemaEntry, SnapshotEntry } from './ledger.ts'
import { readBytes, snapshotPath } from './paths.ts'
import type { PresentMigration } from './present.ts'

/**
 * What is pinned in the ledger and is no longer as it was: the base, golden schemas, snapshots, migrations. A snapshot
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
    ledger.base === undefined ? null : compareBase(ledger.base, presentBase(suite.plan)),
    ...ledger.schemas.map((entry) => checkSchema(suite, entry)),
    ...ledger.snapshots.map((entry) => checkSnapshot(suite, entry)),
    ...compareMigrations(ledger.migrations, migrations).map((found) => new PinnedMigrationError(found)),
    ...findUndeclared(suite),
  ]
  return failures.filter((failure) => failure !== null)
}

/** Versions that people may hold, and that no snapshot is declared for. */
function findUndeclared({ plan, snapshots, notHeld = [] }: FixtureSuite): FixtureError[] {
  const declared = snapshots.filter(({ form }) => form !== 'empty').map(({ version }) => version)
  return olderVersions(plan)
    .filter((version) => !notHeld.includes(version) && !declared.includes(version))
    .map((version) => new UndeclaredSnapshotError(version))
}

/** The difference of a base from what is pinned of it; null where there is none. */
export function compareBase(
  pinned: BaseEntry,
  present: { readonly file: string; readonly content: BaseEntry } | null,
): PinnedBaseError | null {
  const expected = 'the schema and rows that were released'
  const fix =
    'undo the change: people hold databases that began with it as it was; what must change becomes a migration'
  if (present === null) return new PinnedBaseError(null, { expected, actual: 'no `base` in the config', fix })
  const [difference] = diffContent(pinned, present.content)
  return difference === undefined
    ? null
    : new PinnedBaseError(present.file, { expected, actual: difference, fix })
}

function presentBase({ base }: MigrationPlan) {
  return base === undefined ? null : { file: base.file, content: contentOfBase({ base }) }
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
