import { howToRun } from '../how-to-run.ts'
import type { Location, Problem, ProblemSubject } from '../problem.ts'
import { checkFixtures } from '../snapshots/check.ts'
import { compareMigrations, type PinDifference, PinnedMigrationError } from '../snapshots/compare-pins.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { type FixtureError, LedgerError, PinnedBaseError } from '../snapshots/errors.ts'
import { isDraft } from '../snapshots/fixture-text.ts'
import { hashText } from '../snapshots/hash.ts'
import { compareBase } from '../snapshots/history.ts'
import { labelOf } from '../snapshots/label.ts'
import type { Ledger, MigrationEntry, SchemaEntry, SnapshotEntry } from '../snapshots/ledger.ts'
import { digestOf } from '../snapshots/ledger-book.ts'
import type { ExecutedStatement } from '../snapshots/statements.ts'
import { type GateCode, migrationSubject, problemOf } from './problem.ts'
import type { Side } from './side.ts'
import { filesOfVersion, locatePresent, type SourceFile } from './source-file.ts'
import {
  describeBoth,
  describeStatement,
  findParting,
  firstDifferentLine,
  isSame,
  type Parting,
} from './statements.ts'

const neverEdit = 'undo the change, and write what must change as the next version'

/**
 * What of a released state has changed: a migration, a golden schema, a snapshot, the ledger's entry of any of them.
 *
 * @param base what was released
 */
export function findChangedHistory(base: Side, head: Side): Problem[] {
  const { ledger } = base
  if (ledger === null) return []
  return [
    ...compareFormats(ledger, head),
    ...compareBases(ledger, base, head),
    ...compareReleased(ledger, base, head),
    ...ledger.schemas.flatMap((entry) => compareSchema(entry, base, head)),
    ...ledger.snapshots.flatMap((entry) => compareSnapshot(entry, head)),
  ]
}

/** What format 2 pins beside format 1 would be pinned no more. */
function compareFormats({ format }: Ledger, { ledger, fixtures }: Side): Problem[] {
  if (ledger === null || ledger.format >= format) return []
  return [
    problemOf('ledger-rewritten', { type: 'fixture', name: 'manifest.json' }, at(fixtures, 'manifest.json'), {
      expected: `a ledger of format ${format}, as it was released`,
      actual: `one of format ${ledger.format}, which pins less`,
      fix: 'take the ledger of the base again, and freeze what is new',
    }),
  ]
}

/** What a ledger of format 1 does not pin is known where the config of the base can be loaded. */
function compareBases({ base: pinned }: Ledger, base: Side, head: Side): Problem[] {
  const released = pinned ?? base.base?.content
  if (released === undefined || head.recorded === null) return []
  const error = compareBase(released, head.base)
  if (error !== null) return [problemOfBase(error, base.base?.file)]
  if (pinned === undefined) return []
  return compareEntry(
    { type: 'fixture', name: 'base' },
    pinned.contentHash,
    head.ledger?.base?.contentHash,
    head,
  )
}

/** @param released the file that said it, where the config names none any more */
function problemOfBase({ file, diagnosis }: PinnedBaseError, released = 'base'): Problem {
  const { expected, actual, fix } = diagnosis
  const subject = { type: 'file', name: file ?? released } as const
  const location = file === null ? null : { file, line: null }
  return problemOf('base-edited', subject, location, { expected, actual, fix })
}

function compareReleased({ migrations }: Ledger, base: Side, head: Side): Problem[] {
  const differences =
    head.present === null ? [] : compareMigrations(completeEntries(migrations, base), head.present)
  const differing = new Set(differences.map(({ label }) => label))
  return [
    ...differences.map((difference) => describeDifference(difference, base, head)),
    ...migrations
      .filter((entry) => !differing.has(labelOf(entry)))
      .flatMap((entry) => compareEntries(entry, head)),
  ]
}

/** What a ledger of format 1 does not pin is known where the migrations of the base can be loaded: it is what they are. */
function completeEntries(migrations: readonly MigrationEntry[], { present }: Side): MigrationEntry[] {
  return migrations.map((entry) => {
    if (entry.pins !== undefined) return entry
    const now = present?.find((one) => one.entry.version === entry.version)?.entry
    return now?.pins === undefined || now.hash !== entry.hash ? entry : { ...entry, pins: now.pins }
  })
}

/** A difference as a problem, with the statements where both sides know them. */
function describeDifference(difference: PinDifference, base: Side, head: Side): Problem {
  const { code, part, label, present, version } = difference
  const found = problemOfDifference(difference, head.sources)
  const problem = code === 'migration-edited' ? { ...found, fix: neverEdit } : found
  if (code === 'version-removed') {
    const [file] = filesOfVersion(base.sources, version)
    const path = base.present?.find(({ entry }) => labelOf(entry) === label)?.file ?? file?.path
    return path === undefined ? problem : { ...problem, fix: `bring ${path} back, and its line in the list` }
  }
  if (part !== 'statements' || present === null) return problem
  const statementsIn = ({ recorded }: Side, at: number | undefined) =>
    recorded?.find((migration) => migration.version === at)?.statements
  const before = statementsIn(
    base,
    base.present?.find(({ entry }) => labelOf(entry) === label)?.entry.version,
  )
  const now = statementsIn(head, present.entry.version)
  if (before === undefined || now === undefined || isSame(before, now)) return problem
  const parting = findParting(before, now)
  const shown = parting.after ?? nextTo(before, parting.before, now)
  const [expected, actual] = describeParting(parting)
  return { ...problem, expected, actual, location: locatePresent(head.sources, present, shown?.sql) }
}

/** @param sources those among which its file is */
function problemOfDifference(
  { code, label, version, present, expected, actual, fix }: PinDifference,
  sources: readonly SourceFile[],
): Problem {
  const location = present === null ? null : locatePresent(sources, present)
  return problemOf(code, migrationSubject(version, label), location, {
    expected,
    actual,
    fix,
  })
}

function describeParting({ before, after }: Parting): readonly [string, string] {
  if (before !== null && after !== null) return describeBoth(before, after)
  if (before !== null) return [describeStatement(before), 'none']
  return ['no further statement', after === null ? 'none' : describeStatement(after)]
}

/** The statement that stands where one is gone. */
function nextTo(
  before: readonly ExecutedStatement[],
  gone: ExecutedStatement | null,
  now: readonly ExecutedStatement[],
) {
  const index = gone === null ? -1 : before.indexOf(gone)
  return now[index] ?? now.at(-1) ?? null
}

function compareSchema({ name, hash }: SchemaEntry, base: Side, head: Side): Problem[] {
  const subject = { type: 'golden schema', name } as const
  const file = `${head.fixtures}/schemas/${name}.sql`
  const text = head.schemas.get(name)
  const pinned = head.ledger?.schemas.find((entry) => entry.name === name)?.hash
  if (text === undefined) {
    return [
      problemOf(
        'schema-edited',
        subject,
        { file, line: null },
        {
          expected: 'the golden schema that was released',
          actual: 'no such file',
          fix: 'restore it from version control',
        },
      ),
    ]
  }
  if (hashText(text) === hash) return compareEntry(subject, hash, pinned, head)
  const line = firstDifferentLine(base.schemas.get(name) ?? '', text)
  return [
    problemOf(
      'schema-edited',
      subject,
      { file, line },
      {
        expected: 'the text that was released',
        actual: `another one${line === null ? '' : `, from line ${line} on: ${quoteLine(text, line)}`}`,
        fix: `restore it from version control; ${neverEdit}`,
      },
    ),
  ]
}

function quoteLine(text: string, line: number): string {
  const found = text.split('\n')[line - 1]?.trim() ?? ''
  return found === '' ? 'an empty line' : `\`${found.length > 80 ? `${found.slice(0, 79)}…` : found}\``
}

function compareSnapshot({ name, fileHash }: SnapshotEntry, head: Side): Problem[] {
  const subject = { type: 'snapshot', name } as const
  const file = `${head.fixtures}/snapshots/${name}.db`
  const actual = head.snapshots.get(name)
  const pinned = head.ledger?.snapshots.find((entry) => entry.name === name)?.fileHash
  if (actual === fileHash) return compareEntry(subject, fileHash, pinned, head)
  return [
    problemOf(
      'snapshot-edited',
      subject,
      { file, line: null },
      {
        expected: `the file that was released, of SHA-256 ${fileHash.slice(0, 12)}`,
        actual: actual === undefined ? 'no such file' : `a file of SHA-256 ${actual.slice(0, 12)}`,
        fix: `restore it from version control, or, where it is only missing, with \`${howToRun('freeze')}\``,
      },
    ),
  ]
}

/** Nothing of an entry may change; what migrations execute on the rows of further snapshots may be added. */
function compareEntries(entry: MigrationEntry, head: Side): Problem[] {
  const subject = migrationSubject(entry.version, labelOf(entry))
  const isMeant = ({ version, pins }: MigrationEntry) =>
    pins === undefined || entry.pins === undefined ? version === entry.version : pins.id === entry.pins.id
  const now = head.ledger?.migrations.find(isMeant)
  if (now?.pins === undefined || entry.pins === undefined)
    return compareEntry(subject, entry.hash, now?.hash, head)
  const rewritten = compareEntry(subject, digestOf(entry), digestOf(now), head)
  if (rewritten.length > 0) return rewritten
  const { onRows } = now.pins
  return entry.pins.onRows.flatMap(({ snapshot, hash }) => {
    const present = onRows.find((one) => one.snapshot === snapshot)?.hash
    return compareEntry({ ...subject, aspect: `the rows of ${snapshot}` }, hash, present, head)
  })
}

function compareEntry(
  subject: ProblemSubject,
  expected: string,
  actual: string | undefined,
  head: Side,
): Problem[] {
  if (actual === expected) return []
  return [
    problemOf('ledger-rewritten', subject, at(head.fixtures, 'manifest.json'), {
      expected: `the entry of hash ${expected.slice(0, 12)}`,
      actual: actual === undefined ? 'no entry' : `one of hash ${actual.slice(0, 12)}`,
      fix: 'take the entry of the base again: the ledger is only added to',
    }),
  ]
}

function at(fixtures: string, name: string): Location {
  return { file: `${fixtures}/${name}`, line: null }
}

/** What is wrong with the fixtures of a state by itself, whatever was released before. */
export function findWrongFixtures(suite: FixtureSuite, side: Side): Problem[] {
  try {
    return checkFixtures(suite).failures.map((failure) => toProblem(failure, side))
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    const { where, expected, actual, fix } = error.diagnosis
    const location = { file: `${side.fixtures}/manifest.json`, line: null }
    const subject = { type: 'fixture', name: where } as const
    return [problemOf('ledger-unreadable', subject, location, { expected, actual, fix })]
  }
}

function toProblem(error: FixtureError, side: Side): Problem {
  if (error instanceof PinnedBaseError)
    return problemOfBase(
      error.file === null ? error : new PinnedBaseError(side.base?.file ?? null, error.diagnosis),
    )
  if (!(error instanceof PinnedMigrationError))
    return { ...problemOfFixture(error, side), location: locate(error.fixture, side) }
  const { difference } = error
  const label = difference.present === null ? null : labelOf(difference.present.entry)
  const present = side.present?.find(({ entry }) => labelOf(entry) === label) ?? null
  return problemOfDifference({ ...difference, present }, side.sources)
}

/** What decides whether a fixture was released, and where it is: its ledger, golden schemas and sources. */
export interface KnownFixtures {
  readonly ledger: Ledger | null
  readonly schemas: { has(name: string): boolean }
  readonly sources: readonly SourceFile[]
}

/** What is wrong with one fixture, as a problem. */
export function problemOfFixture(error: FixtureError, known: KnownFixtures): Problem {
  if (error instanceof PinnedMigrationError) return problemOfDifference(error.difference, known.sources)
  if (error instanceof PinnedBaseError) return problemOfBase(error)
  const { expected, actual, fix } = error.diagnosis
  const [folder, name] = partsOf(error.fixture)
  return problemOf(codeOf(folder, name, known), subjectOf(error.fixture), null, { expected, actual, fix })
}

/** The id of a migration may hold a slash. */
function partsOf(fixture: string): readonly [folder: string, name: string] {
  const slash = fixture.indexOf('/')
  return [fixture.slice(0, Math.max(slash, 0)), fixture.slice(slash + 1)]
}

const typesOfFolders: Readonly<Record<string, ProblemSubject['type']>> = {
  schemas: 'golden schema',
  snapshots: 'snapshot',
  migrations: 'migration',
}

/** A file that belongs to nothing is named by its path. */
function subjectOf(fixture: string): ProblemSubject {
  const [folder, name] = partsOf(fixture)
  const type = folder !== 'migrations' && name.includes('.') ? undefined : typesOfFolders[folder]
  return type === undefined ? { type: 'fixture', name: fixture } : { type, name }
}

function codeOf(folder: string, name: string, { ledger, schemas }: KnownFixtures): GateCode {
  const pinned = {
    schemas: ledger?.schemas.some((entry) => entry.name === name),
    snapshots: ledger?.snapshots.some((entry) => entry.name === name),
  }
  if (folder === 'schemas') {
    if (pinned.schemas) return 'schema-edited'
    return schemas.has(name) || !name.includes('.') ? 'schema-unreviewed' : 'fixture-wrong'
  }
  if (folder === 'snapshots') {
    if (pinned.snapshots) return 'snapshot-edited'
    return name.includes('.') ? 'fixture-wrong' : 'snapshot-missing'
  }
  if (folder === 'migrations') return 'migration-not-pinned'
  return 'fixture-wrong'
}

function locate(fixture: string, side: Side): Location | null {
  const [folder, name] = partsOf(fixture)
  const inFolder = (ending: string, line: number | null = null) => ({
    file: `${side.fixtures}/${folder}/${name}${ending}`,
    line,
  })
  const manifest = at(side.fixtures, 'manifest.json')
  if (folder === 'migrations') {
    const present = side.present?.find(({ entry }) => labelOf(entry) === name)
    return present === undefined ? null : locatePresent(side.sources, present)
  }
  if (name.includes('.')) return inFolder('')
  // A file that is not there yet cannot be shown: its entry in the ledger is what is missing.
  if (folder === 'snapshots') return side.snapshots.has(name) ? inFolder('.db') : manifest
  const text = side.schemas.get(name)
  if (folder === 'schemas' && text === undefined) return manifest
  return inFolder('.sql', text !== undefined && isDraft(text) ? 1 : null)
}
