import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FixtureSuite, type GoldenName, goldensOf, type SnapshotDeclaration } from './declaration.ts'
import { draftGolden, draftRowsOf } from './draft.ts'
import { FixtureError } from './errors.ts'
import { isDraft, readFixtureText, type TextKind, textPath, withoutDraftHeader } from './fixture-text.ts'
import { findChangedHistory } from './history.ts'
import { emptyLedger, type Ledger, readLedgerIfAny, writeLedger } from './ledger.ts'
import { LedgerBook, type Rewriting } from './ledger-book.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { type PinnedSnapshot, pinMigrations, pinSchema, pinSnapshot, rebuildSnapshot } from './pin.ts'

export interface FreezeOptions {
  /**
   * The one fixture whose history may be rewritten: `snapshots/v1`, `schemas/v1`, `migrations/v1`, or `v1`
   * for all three. Nothing else that is pinned changes.
   */
  readonly refreeze?: string
  /** Takes all drafts as read: freezes what earlier runs drafted and nobody has marked as reviewed. */
  readonly acceptDrafts?: boolean
}

/** What a freeze did. Fixtures are named `schemas/v1`, `rows/v1`, `snapshots/v1`, `migrations/v1`. */
export interface FreezeReport {
  /** Texts that were missing, and were drafted now. */
  readonly drafted: readonly string[]
  /** Drafts that a person has to read before anything is frozen from them, those of this run included. */
  readonly awaitingReview: readonly string[]
  /** What was pinned in the ledger now. */
  readonly frozen: readonly string[]
  /** Frozen files that were missing, and were built again to the byte. */
  readonly restored: readonly string[]
  /** Snapshots whose origin or releases were declared anew. */
  readonly described: readonly string[]
  /** History that was rewritten, as it was asked for. */
  readonly rewritten: readonly Rewriting[]
  /** What changed though it is pinned, and what could not be made. */
  readonly failures: readonly FixtureError[]
}

/**
 * Writes what is missing of a suite's fixtures, and changes nothing that is frozen.
 *
 * How a new version gets its fixtures:
 * 1. The first run drafts each text that is missing: the golden schema of the new version, and the rows of
 *    the snapshot of the version before. A draft says in its first lines that it is one.
 * 2. A person reads the drafts, corrects them, and deletes those lines.
 * 3. The second run freezes: it pins the golden schema and the statements of its migration, builds the
 *    snapshot, and notes all of it in the ledger. From then on none of it changes.
 *
 * Where anything that is pinned has changed, nothing is written at all. The draft of a version that has no
 * version in it (such as the file of a first release) is never made: its text is written by hand.
 *
 * @throws {LedgerError} when the ledger cannot be read
 * @throws {FixtureError} when nothing is frozen under the name that `refreeze` gives
 *
 * @example
 * ```js
 * import { freezeMissing } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * console.log(freezeMissing(config).frozen) // []
 * ```
 */
export function freezeMissing(suite: FixtureSuite, options: FreezeOptions = {}): FreezeReport {
  const ledger = readLedgerIfAny(suite.fixtures) ?? emptyLedger
  const book = new LedgerBook(ledger, options.refreeze)
  const migrations = pinMigrations(suite)
  const report = new Notes()
  report.failures.push(...findChangedHistory(suite, book.kept, migrations))
  if (report.failures.length > 0) return report
  makeFolders(suite.fixtures)
  const freezing: Freezing = { suite, book, report, acceptDrafts: options.acceptDrafts === true }
  for (const golden of goldensOf(suite)) report.collect(() => freezeSchema(freezing, golden))
  for (const entry of migrations) {
    if (book.hasMigration(entry.version) || !book.hasSchemaOf(entry.version)) continue
    book.addMigration(entry)
    report.frozen.push(`migrations/v${entry.version}`)
  }
  for (const declaration of suite.snapshots) report.collect(() => freezeSnapshot(freezing, declaration))
  finish(freezing, ledger)
  return report
}

interface Freezing {
  readonly suite: FixtureSuite
  readonly book: LedgerBook
  readonly report: Notes
  readonly acceptDrafts: boolean
}

class Notes implements FreezeReport {
  readonly drafted: string[] = []
  readonly awaitingReview: string[] = []
  readonly frozen: string[] = []
  readonly restored: string[] = []
  readonly described: string[] = []
  readonly rewritten: Rewriting[] = []
  readonly failures: FixtureError[] = []

  /** Does what concerns one fixture; what stands in its way does not stand in the way of the others. */
  collect(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof FixtureError)) throw error
      this.failures.push(error)
    }
  }
}

function freezeSchema(freezing: Freezing, golden: GoldenName): void {
  const { suite, book, report } = freezing
  if (book.hasSchema(golden.name)) return
  const text = findReviewed(freezing, 'schemas', golden.name, () => draftGolden(suite, golden))
  if (text === null) return
  book.addSchema(pinSchema(golden, text))
  report.frozen.push(`schemas/${golden.name}`)
}

function freezeSnapshot(freezing: Freezing, declaration: SnapshotDeclaration): void {
  const { suite, book, report } = freezing
  const { name, form } = declaration
  if (book.hasSnapshot(name)) {
    restoreIfMissing(freezing, declaration)
    if (book.describe(declaration)) report.described.push(`snapshots/${name}`)
    return
  }
  if (form !== 'empty') {
    const rows = findReviewed(freezing, 'rows', name, () => draftRowsOf(suite, declaration))
    if (rows === null || !book.hasSchema(name)) return
  }
  const pinned = book.isRewriting(`snapshots/${name}`)
    ? rebuildSnapshot(suite, declaration)
    : pinSnapshot(suite, declaration)
  writeSnapshot(suite, pinned)
  book.addSnapshot(pinned.entry)
  report.frozen.push(`snapshots/${name}`)
}

/** The text of a fixture that a person has read; null, and a draft, where there is none yet. */
function findReviewed(
  { suite, report, acceptDrafts }: Freezing,
  kind: TextKind,
  name: string,
  draft: () => string,
): string | null {
  const fixture = `${kind}/${name}`
  const file = textPath(suite.fixtures, kind, name)
  const text = readFixtureText(suite.fixtures, kind, name)
  if (text !== null && !isDraft(text)) return text
  if (text !== null && acceptDrafts) {
    const accepted = withoutDraftHeader(text)
    writeFileSync(file, accepted)
    return accepted
  }
  if (text === null) {
    writeFileSync(file, draft(), { flag: 'wx' })
    report.drafted.push(fixture)
  }
  report.awaitingReview.push(fixture)
  return null
}

function restoreIfMissing({ suite, book, report }: Freezing, declaration: SnapshotDeclaration): void {
  const { name } = declaration
  if (readBytes(snapshotPath(suite.fixtures, name)) !== null) return
  const rebuilt = rebuildSnapshot(suite, declaration)
  const pinnedHash = book.kept.snapshots.find((entry) => entry.name === name)?.fileHash
  if (rebuilt.entry.fileHash !== pinnedHash) {
    throw new FixtureError(`snapshots/${name}`, {
      expected: `a file of SHA-256 ${pinnedHash}`,
      actual: `no file, and its text builds ${rebuilt.entry.fileHash} on SQLite ${rebuilt.entry.engine}`,
      remedy: 'restore the file from version control',
    })
  }
  writeSnapshot(suite, rebuilt)
  report.restored.push(`snapshots/${name}`)
}

function writeSnapshot({ fixtures }: FixtureSuite, { entry, bytes }: PinnedSnapshot): void {
  writeFileSync(snapshotPath(fixtures, entry.name), bytes)
}

/** The ledger is written last: a file that it does not know yet is looked at again by the next run. */
function finish({ suite, book, report }: Freezing, before: Ledger): void {
  const { ledger, rewritten } = book.close()
  report.rewritten.push(...rewritten)
  if (ledger.snapshots.length + ledger.schemas.length === 0 && before === emptyLedger) return
  writeLedger(suite.fixtures, ledger)
}

function makeFolders(fixtures: string): void {
  for (const folder of ['schemas', 'rows', 'snapshots'])
    mkdirSync(join(fixtures, folder), { recursive: true })
}
