import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosedError, shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import { idOf, type Migration } from '../migrator/migration.ts'
import { PinnedMigrationError } from './compare-pins.ts'
import { diffContent } from './content-hash.ts'
import { type FixtureSuite, goldensOf, type OnFixture, type SnapshotDeclaration } from './declaration.ts'
import { draftRowsOf } from './draft.ts'
import { FixtureError, PinnedBaseError } from './errors.ts'
import { howToReview, isDraft, readFixtureText, type TextKind } from './fixture-text.ts'
import { findChangedHistory } from './history.ts'
import { labelOf, labelOfMigration } from './label.ts'
import { type Ledger, readLedger, type SnapshotEntry } from './ledger.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { pinMigrations, rebuildSnapshot } from './pin.ts'
import type { PresentMigration } from './present.ts'
import { hasBase } from './rows-base.ts'

/** What a check of the fixtures looked at, and what is wrong. */
export interface FixtureReport {
  /** The fixtures that are proven to be what the ledger pins. */
  readonly checked: readonly string[]
  readonly failures: readonly FixtureError[]
}

/**
 * Proves that the fixtures are what the ledger pins. It builds every snapshot again in a private folder and
 * compares schema and rows with the frozen ones, compares the bytes of files and golden schemas, and the
 * statements that the migrations execute. What is missing, waits for review, or belongs to nothing is named.
 *
 * @throws {LedgerError} when the ledger is missing or cannot be read
 *
 * @example
 * ```js
 * import { checkFixtures } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * console.log(checkFixtures(config).failures) // []
 * ```
 */
export function checkFixtures(
  suite: FixtureSuite,
  { onFixture }: { readonly onFixture?: OnFixture } = {},
): FixtureReport {
  const ledger = readLedger(suite.fixtures)
  const migrations = pinMigrations(suite, ledger)
  const changed = findChangedHistory(suite, ledger, migrations)
  const { provable, others } = separateProvable(suite, changed)
  const failures = [
    ...changed,
    ...findUnfrozen(suite, ledger),
    ...findUnpinnedRows(ledger, migrations, changed),
    ...provable.flatMap((declaration, done) => {
      onFixture?.(`snapshots/${declaration.name}`, done, provable.length)
      return checkContent(suite, ledger, declaration)
    }),
    ...findUnknownFiles(suite, ledger),
  ]
  const failed = new Set([
    ...failures.map(({ fixture }) => fixture),
    ...others.map(({ name }) => `snapshots/${name}`),
  ])
  return { checked: namesOf(ledger).filter((name) => !failed.has(name)), failures }
}

/** Rows that an edited migration upgrades, or one on an edited base, are not those that were frozen: the edit alone is reported. */
function separateProvable(suite: FixtureSuite, changed: readonly FixtureError[]) {
  const edited = changed.flatMap((error) => {
    if (error instanceof PinnedBaseError) return [0]
    return error instanceof PinnedMigrationError ? [error.difference.version] : []
  })
  const firstEdited = Math.min(...edited, Number.POSITIVE_INFINITY)
  const isProvable = ({ name, version }: SnapshotDeclaration) =>
    version < firstEdited || !hasBase(suite, name)
  return {
    provable: suite.snapshots.filter(isProvable),
    others: suite.snapshots.filter((snapshot) => !isProvable(snapshot)),
  }
}

function namesOf({ base, schemas, snapshots, migrations }: Ledger): string[] {
  return [
    ...(base === undefined ? [] : ['base']),
    ...schemas.map(({ name }) => `schemas/${name}`),
    ...snapshots.map(({ name }) => `snapshots/${name}`),
    ...migrations.map((entry) => `migrations/${labelOf(entry)}`),
  ]
}

/** Snapshots on whose rows nothing of a migration is pinned, as after a merge of two ledgers. */
function findUnpinnedRows(
  { migrations }: Ledger,
  present: readonly PresentMigration[],
  changed: readonly FixtureError[],
): FixtureError[] {
  const failed = new Set(changed.map(({ fixture }) => fixture))
  return migrations.flatMap((entry) => {
    const fixture = `migrations/${labelOf(entry)}`
    const now = present.find((one) => one.entry.pins?.id === entry.pins?.id)
    const known = new Set(entry.pins?.onRows.map(({ snapshot }) => snapshot))
    const missing = now?.entry.pins?.onRows.filter(({ snapshot }) => !known.has(snapshot)) ?? []
    if (entry.pins === undefined || missing.length === 0 || failed.has(fixture)) return []
    return new FixtureError(fixture, {
      expected: `what it executes on the rows of ${missing.map(({ snapshot }) => snapshot).join(', ')} in the ledger`,
      actual: 'none',
      fix: `run \`${howToRun('freeze')}\``,
    })
  })
}

function findUnfrozen(suite: FixtureSuite, ledger: Ledger): FixtureError[] {
  const known = new Set(namesOf(ledger))
  const schemas = goldensOf(suite)
    .filter(({ name }) => !known.has(`schemas/${name}`))
    .map(({ name }) => unfrozen(suite, 'schemas', name, `schemas/${name}`))
  const snapshots = suite.snapshots
    .filter(({ name }) => !known.has(`snapshots/${name}`))
    .map((declaration) => explainUnfrozen(suite, declaration))
  // One that stands in the place of a pinned one is reported as such.
  const isNew = ({ version }: Migration) => ledger.migrations.every((entry) => entry.version !== version)
  const migrations = suite.plan.migrations
    .filter((migration) => !isPinned(ledger, migration) && isNew(migration))
    .map((migration) =>
      unfrozen(suite, 'schemas', `v${migration.version}`, `migrations/${labelOfMigration(migration)}`),
    )
  const isBasePinned = suite.plan.base === undefined || ledger.format === 1 || ledger.base !== undefined
  const base = isBasePinned
    ? []
    : [
        new FixtureError('base', {
          expected: 'an entry in the ledger',
          actual: 'none',
          fix: `run \`${howToRun('freeze')}\``,
        }),
      ]
  return [...base, ...schemas, ...snapshots, ...migrations]
}

/** Whether a ledger pins a migration: by its id, or, in format 1, by its version. */
export function isPinned({ migrations }: Ledger, migration: Migration): boolean {
  return migrations.some((entry) =>
    entry.pins === undefined ? entry.version === migration.version : entry.pins.id === idOf(migration),
  )
}

/** Why a snapshot that the ledger lacks is not frozen: it waits for `freeze`, or for a person, or no rows of it can be drafted. */
export function explainUnfrozen(suite: FixtureSuite, declaration: SnapshotDeclaration): FixtureError {
  const { name, form } = declaration
  const fixture = `snapshots/${name}`
  const found = unfrozen(suite, 'rows', name, fixture)
  if (form === 'empty' || readFixtureText(suite.fixtures, 'rows', name) !== null) return found
  try {
    draftRowsOf(suite, declaration)
    return found
  } catch (cause) {
    if (!(cause instanceof DiagnosedError)) throw cause
    const { where, actual, fix } = cause.diagnosis
    const { expected } = found.diagnosis
    return new FixtureError(
      fixture,
      { expected, actual: `none, since its rows cannot be drafted: ${where}: ${actual}`, fix },
      { cause },
    )
  }
}

function unfrozen({ fixtures }: FixtureSuite, kind: TextKind, name: string, fixture: string): FixtureError {
  const text = readFixtureText(fixtures, kind, name)
  const draft = text !== null && isDraft(text) ? text : null
  const freeze = `run \`${howToRun('freeze')}\``
  return new FixtureError(fixture, {
    expected: 'an entry in the ledger',
    actual: draft === null ? 'none' : `none, and ${kind}/${name}.sql is a draft that is not reviewed`,
    fix: draft === null ? freeze : `read the draft, ${howToReview(draft)}, and ${freeze}`,
  })
}

/** One failure for each difference between the frozen snapshot and what its text says today. */
function checkContent(suite: FixtureSuite, ledger: Ledger, declaration: SnapshotDeclaration): FixtureError[] {
  const entry = ledger.snapshots.find(({ name }) => name === declaration.name)
  if (entry === undefined) return []
  return [
    ...checkFile(suite, entry),
    ...checkDescription(entry, declaration),
    ...checkTexts(suite, entry, declaration),
  ]
}

/** Where the texts of frozen snapshots do not say what their files hold. */
export function findChangedTexts(suite: FixtureSuite, { snapshots }: Ledger): FixtureError[] {
  return suite.snapshots.flatMap((declaration) => {
    const entry = snapshots.find(({ name }) => name === declaration.name)
    return entry === undefined ? [] : checkTexts(suite, entry, declaration)
  })
}

function checkTexts(
  suite: FixtureSuite,
  entry: SnapshotEntry,
  declaration: SnapshotDeclaration,
): FixtureError[] {
  try {
    const differences = diffContent(entry, rebuildSnapshot(suite, declaration).entry)
    return differences.map((difference) => contentChanged(entry, difference))
  } catch (error) {
    if (error instanceof FixtureError) return [error]
    throw error
  }
}

/** The file of a frozen snapshot is there. */
export function checkFile({ fixtures }: FixtureSuite, { name }: SnapshotEntry): FixtureError[] {
  const file = snapshotPath(fixtures, name)
  if (readBytes(file) !== null) return []
  const fix = `restore it from version control, or run \`${howToRun('freeze')}\``
  return [
    new FixtureError(`snapshots/${name}`, { expected: `the file ${shownPath(file)}`, actual: 'none', fix }),
  ]
}

/** Origin and releases are those that the ledger has. */
export function checkDescription(
  entry: SnapshotEntry,
  { origin, releases }: SnapshotDeclaration,
): FixtureError[] {
  if (entry.origin === origin && entry.releases.join() === releases.join()) return []
  return [
    new FixtureError(`snapshots/${entry.name}`, {
      expected: 'the origin and releases that the suite declares',
      actual: 'others in the ledger',
      fix: `run \`${howToRun('freeze')}\``,
    }),
  ]
}

function contentChanged({ name }: SnapshotEntry, actual: string): FixtureError {
  return new FixtureError(`snapshots/${name}`, {
    expected: `schemas/${name}.sql and rows/${name}.sql to build the frozen schema and rows`,
    actual,
    fix: 'undo the change of these texts: a frozen snapshot never changes',
  })
}

/** A file that belongs to no declared snapshot is a snapshot whose upgrade is not tried. */
export function findUnknownFiles(suite: FixtureSuite, ledger: Ledger): FixtureError[] {
  const snapshots = suite.snapshots.map(({ name }) => name)
  const goldens = [...goldensOf(suite), ...ledger.schemas].map(({ name }) => name)
  const known: readonly (readonly [string, string, readonly string[]])[] = [
    ['schemas', '.sql', goldens],
    ['rows', '.sql', snapshots],
    ['snapshots', '.db', snapshots],
  ]
  const present = known.filter(([folder]) => existsSync(join(suite.fixtures, folder)))
  return present.flatMap(([folder, ending, names]) =>
    readdirSync(join(suite.fixtures, folder))
      .filter((file) => !isSidecar(join(suite.fixtures, folder, file)))
      .filter((file) => !names.some((name) => file === `${name}${ending}`))
      .map(
        (file) =>
          new FixtureError(`${folder}/${file}`, {
            expected: 'a declared snapshot that it belongs to',
            actual: 'none',
            fix: 'declare it in the suite, or delete it',
          }),
      ),
  )
}

/** What a connection that only reads leaves beside a file: it holds nothing, unlike a `-wal` that has bytes. */
function isSidecar(file: string): boolean {
  return file.endsWith('.db-shm') || (file.endsWith('.db-wal') && statSync(file).size === 0)
}
