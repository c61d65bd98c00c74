import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentOfBase } from './base.ts'
import { PinnedMigrationError } from './compare-pins.ts'
import {
  type FixtureSuite,
  type GoldenName,
  goldensOf,
  type OnFixture,
  type SnapshotDeclaration,
} from './declaration.ts'
import { draftGolden, draftRowsOf } from './draft.ts'
import { FixtureError } from './errors.ts'
import {
  isDraft,
  listLosses,
  readFixtureText,
  type TextKind,
  textPath,
  withoutDraftHeader,
} from './fixture-text.ts'
import { compareWithPrevious, findContradictions, type GoldenChange } from './golden-review.ts'
import { sha256 } from './hash.ts'
import { findChangedHistory } from './history.ts'
import { labelOf } from './label.ts'
import { emptyLedger, type latestFormat, readLedgerIfAny, writeLedger } from './ledger.ts'
import { LedgerBook, type Rewriting } from './ledger-book.ts'
import type { SnapshotImage } from './open.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { type PinnedSnapshot, pinMigrations, pinSchema, pinSnapshot, rebuildSnapshot } from './pin.ts'
import { type RowsRecording, readFrozenRows, recordOnRows } from './present.ts'

export interface FreezeOptions {
  /**
   * The fixture whose history may be rewritten: `snapshots/v1`, `schemas/v1`, `migrations/v1`, or `v1`
   * for all three; `base` is what precedes the first migration; several with commas between them. Nothing else that is pinned
   * changes, and neither does what is as it was pinned.
   */
  readonly refreeze?: string
  /** Takes all drafts as read, but for those that name what was lost: freezes what earlier runs drafted and no one has reviewed. */
  readonly acceptDrafts?: boolean
  /** Converts a ledger of an older format. What is pinned stays to the letter; the new fields stand beside it. */
  readonly ledgerFormat?: typeof latestFormat
  /** Called before each fixture. */
  readonly onFixture?: OnFixture
}

/** What a freeze did. Fixtures are named `schemas/v1`, `rows/v1`, `snapshots/v1`, `migrations/v1`, `base`. */
export interface FreezeReport {
  /** Texts that were missing, and were drafted now. */
  readonly drafted: readonly string[]
  /** Drafts that a person has to read before anything is frozen from them, those of this run included. */
  readonly awaitingReview: readonly string[]
  /** Drafts that name objects and clauses of the version before which a migration lost, with these lines. They are never accepted unread. */
  readonly losses: readonly { readonly fixture: string; readonly lines: readonly string[] }[]
  /** What was pinned in the ledger now. */
  readonly frozen: readonly string[]
  /** How each golden schema that was drafted or pinned differs from that of the version before. */
  readonly changes: readonly GoldenChange[]
  /** Frozen files that were missing, and were built again to the byte. */
  readonly restored: readonly string[]
  /** Snapshots whose origin or releases were declared again. */
  readonly described: readonly string[]
  /** Migrations of which a conversion of the ledger pins more. */
  readonly converted: readonly string[]
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
 * @throws {LedgerError} when the ledger cannot be read, or pins nothing under the name that `refreeze` gives
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
  const { report, write } = prepareFreeze(suite, options)
  write()
  return report
}

/** A freeze that has written nothing but drafts. */
export interface PreparedFreeze {
  /** What the freeze does once it is written. */
  readonly report: FreezeReport
  /** The snapshots that it pins, so that their upgrades can be verified first. */
  readonly images: ReadonlyMap<string, SnapshotImage>
  /** Writes the snapshots, and the ledger last. */
  write(): void
}

/** The same as {@link freezeMissing}, which stops before anything is pinned; it throws the same errors. */
export function prepareFreeze(suite: FixtureSuite, options: FreezeOptions = {}): PreparedFreeze {
  const ledger = readLedgerIfAny(suite.fixtures) ?? emptyLedger
  const book = new LedgerBook(ledger, options.refreeze)
  const migrations = pinMigrations(suite, book.kept)
  const entries = migrations.map(({ entry }) => entry)
  const report = startReport()
  const images = new Map<string, PinnedSnapshot>()
  const changed = findChangedHistory(suite, book.kept, migrations)
  report.failures.push(...changed.filter((error) => !isFrozenAgain(error, book)))
  if (report.failures.length > 0) return { report, images, write: () => {} }
  makeFolders(suite.fixtures)
  const acceptDrafts = options.acceptDrafts === true
  const freezing: Freezing = { suite, book, report, images, acceptDrafts, isFirst: ledger === emptyLedger }
  const goldens = goldensOf(suite)
  const total = goldens.length + suite.snapshots.length
  const begin = (fixture: string, done: number) => options.onFixture?.(fixture, done, total)
  for (const [done, golden] of goldens.entries()) {
    begin(`schemas/${golden.name}`, done)
    collect(report.failures, () => freezeSchema(freezing, golden))
  }
  if (options.ledgerFormat !== undefined) report.converted.push(...book.convert(entries))
  if (suite.plan.base !== undefined && book.needsBase() && book.addBase(contentOfBase(suite.plan)))
    report.frozen.push('base')
  for (const entry of entries) {
    if (book.hasMigration(entry)) continue
    // One that is pinned later than those after it would be reported as inserted among them.
    if (!book.hasSchemaOf(reviewedWith(suite, entry.version))) break
    if (book.addMigration(entry)) report.frozen.push(`migrations/${labelOf(entry)}`)
  }
  for (const [done, declaration] of suite.snapshots.entries()) {
    begin(`snapshots/${declaration.name}`, goldens.length + done)
    collect(report.failures, () => freezeSnapshot(freezing, declaration))
  }
  if (book.format !== 1) book.addRows(entries, recordFrozen(freezing).executed)
  const { ledger: after, rewritten } = book.close()
  report.rewritten.push(...rewritten)
  const write = () => {
    for (const pinned of images.values()) writeSnapshot(suite, pinned)
    // The ledger is written last: a file that it does not know yet is looked at again by the next run.
    if (after.snapshots.length + after.schemas.length > 0 || ledger !== emptyLedger)
      writeLedger(suite.fixtures, after)
  }
  return { report, images, write }
}

/** Whether a migration seems to be inserted alone because its entry is to be made again. */
function isFrozenAgain(error: FixtureError, book: LedgerBook): boolean {
  const isInserted = error instanceof PinnedMigrationError && error.difference.code === 'migration-inserted'
  return isInserted && book.isRewriting(error.fixture)
}

/** What each migration executes on the rows of the nearest snapshots before it, those that are frozen now included. */
function recordFrozen({ suite, book, images }: Freezing): RowsRecording {
  const { ledger } = book.close()
  const kept = ledger.snapshots.filter(({ name }) => !images.has(name))
  const frozen = [
    ...readFrozenRows(suite, { snapshots: kept }),
    ...[...images.values()].map(({ entry: { name, version }, bytes }) => ({ name, version, bytes })),
  ]
  return recordOnRows(suite, frozen, { snapshots: ledger.snapshots, migrations: [] })
}

/** The version with whose golden schema a migration is reviewed: its own, or the next one that people hold files of. */
function reviewedWith(suite: FixtureSuite, version: number): number {
  if (suite.notHeld?.includes(version) !== true) return version
  const next = goldensOf(suite).find(
    (golden) => golden.versioned && !golden.isFresh && golden.version > version,
  )
  return next?.version ?? version
}

/** The same where every golden schema that it pins is what the migrations make; otherwise one that fails and writes nothing. */
export function refuseContradictions(suite: FixtureSuite, prepared: PreparedFreeze): PreparedFreeze {
  const failures: FixtureError[] = []
  for (const fixture of prepared.report.frozen)
    collect(failures, () => failures.push(...findContradictions(suite, fixture)))
  if (failures.length === 0) return prepared
  const nothing = { frozen: [], restored: [], described: [], converted: [], rewritten: [] }
  const report = { ...prepared.report, ...nothing, failures: [...prepared.report.failures, ...failures] }
  return { report, images: new Map(), write: () => {} }
}

/** The report of a freeze that did nothing. */
export const emptyReport: FreezeReport = startReport()

type Notes = { readonly [Field in keyof FreezeReport]: FreezeReport[Field][number][] }

function startReport(): Notes {
  return {
    drafted: [],
    awaitingReview: [],
    frozen: [],
    losses: [],
    changes: [],
    restored: [],
    described: [],
    converted: [],
    rewritten: [],
    failures: [],
  }
}

interface Freezing {
  readonly suite: FixtureSuite
  readonly book: LedgerBook
  readonly report: Notes
  readonly images: Map<string, PinnedSnapshot>
  readonly acceptDrafts: boolean
  /** Whether nothing was frozen before: all versions are new then. */
  readonly isFirst: boolean
}

/** Does what concerns one fixture; what stands in its way does not stand in the way of the others. */
function collect(failures: FixtureError[], work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    failures.push(error)
  }
}

function freezeSchema(freezing: Freezing, golden: GoldenName): void {
  const { suite, book, report } = freezing
  const fixture = `schemas/${golden.name}`
  if (book.hasSchema(golden.name)) return
  const text = findReviewed(freezing, 'schemas', golden.name, () => draftGolden(suite, golden))
  noteChange(freezing, golden)
  if (text === null) return
  if (book.addSchema(pinSchema(golden, text))) report.frozen.push(fixture)
}

function noteChange({ suite, report, isFirst }: Freezing, golden: GoldenName): void {
  if (isFirst) return
  const text = readFixtureText(suite.fixtures, 'schemas', golden.name)
  const change = text === null ? null : compareWithPrevious(suite, golden, withoutDraftHeader(text))
  if (change !== null) report.changes.push(change)
}

function freezeSnapshot(freezing: Freezing, declaration: SnapshotDeclaration): void {
  const { suite, book, report, images } = freezing
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
  const file = readBytes(snapshotPath(suite.fixtures, name))
  if (!book.addSnapshot(pinned.entry, file === null ? null : sha256(file))) return
  images.set(name, pinned)
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
  if (text !== null && acceptDrafts && listLosses(text).length === 0) {
    const accepted = withoutDraftHeader(text)
    writeFileSync(file, accepted)
    return accepted
  }
  const waiting = text ?? draft()
  if (text === null) {
    writeFileSync(file, waiting, { flag: 'wx' })
    report.drafted.push(fixture)
  }
  report.awaitingReview.push(fixture)
  const lines = listLosses(waiting)
  if (lines.length > 0) report.losses.push({ fixture, lines })
  return null
}

function restoreIfMissing({ suite, book, report, images }: Freezing, declaration: SnapshotDeclaration): void {
  const { name } = declaration
  if (readBytes(snapshotPath(suite.fixtures, name)) !== null) return
  const rebuilt = rebuildSnapshot(suite, declaration)
  const pinnedHash = book.kept.snapshots.find((entry) => entry.name === name)?.fileHash
  if (rebuilt.entry.fileHash !== pinnedHash) {
    throw new FixtureError(`snapshots/${name}`, {
      expected: `a file of SHA-256 ${pinnedHash}`,
      actual: `no file, and its text builds ${rebuilt.entry.fileHash} on SQLite ${rebuilt.entry.engine}`,
      fix: 'restore the file from version control',
    })
  }
  images.set(name, rebuilt)
  report.restored.push(`snapshots/${name}`)
}

function writeSnapshot({ fixtures }: FixtureSuite, { entry, bytes }: PinnedSnapshot): void {
  writeFileSync(snapshotPath(fixtures, entry.name), bytes)
}

function makeFolders(fixtures: string): void {
  for (const folder of ['schemas', 'rows', 'snapshots'])
    mkdirSync(join(fixtures, folder), { recursive: true })
}
