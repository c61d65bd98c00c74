import { howToRun } from '../how-to-run.ts'
import type { Location, Problem, ProblemSubject } from '../problem.ts'
import { checkFixtures } from '../snapshots/check.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import type { FixtureError } from '../snapshots/errors.ts'
import { LedgerError } from '../snapshots/errors.ts'
import { isDraft } from '../snapshots/fixture-text.ts'
import { hashText } from '../snapshots/hash.ts'
import type { Ledger, MigrationEntry, SchemaEntry, SnapshotEntry } from '../snapshots/ledger.ts'
import type { RecordedMigration } from '../snapshots/statements.ts'
import { type GateCode, migrationSubject, problemOf } from './problem.ts'
import type { Side } from './side.ts'
import { filesOfVersion, locateMigration, locateStatement } from './source-file.ts'
import {
  describeBoth,
  describeStatement,
  findParting,
  firstDifferentLine,
  hashOf,
  isSame,
  type Parting,
} from './statements.ts'

const neverEdit = 'undo the change, and write what must change as the next version'

/**
 * What of a released state has changed: the statements of a migration, a golden schema, a snapshot,
 * the ledger's entry of any of them, the number of a version.
 *
 * @param base what was released
 */
export function findChangedHistory(base: Side, head: Side): Problem[] {
  const { ledger } = base
  if (ledger === null) return []
  return [
    ...ledger.migrations.flatMap((entry) => compareMigration(entry, base, head)),
    ...ledger.schemas.flatMap((entry) => compareSchema(entry, base, head)),
    ...ledger.snapshots.flatMap((entry) => compareSnapshot(entry, head)),
  ]
}

function compareMigration(entry: MigrationEntry, base: Side, head: Side): Problem[] {
  const { version, hash } = entry
  const subject = migrationSubject(version)
  if (head.recorded === null) return compareEntry(subject, hash, pinnedHash(head, version), head)
  const now = head.recorded.find((migration) => migration.version === version)
  const [file] = filesOfVersion(base.sources, version)
  if (now === undefined) {
    return [
      problemOf('version-removed', subject, null, {
        expected: `version ${version}, as it was released`,
        actual: `no migration of that number; the latest is ${head.recorded.length}`,
        fix:
          file === undefined
            ? `bring version ${version} back`
            : `bring ${file.path} back, and its line in the list`,
      }),
    ]
  }
  if (hashOf(now) === hash) return compareEntry(subject, hash, pinnedHash(head, version), head)
  const renumbered = head.recorded.find((migration) => hashOf(migration) === hash)
  if (renumbered !== undefined && renumbered.version !== version) {
    return [
      problemOf(
        'version-renumbered',
        subject,
        locateMigration(head.sources, renumbered.version, head.recorded),
        {
          expected: `the statements of version ${version} under the number ${version}`,
          actual: `they are version ${renumbered.version} now`,
          fix: `number it ${version} again, and give new migrations the numbers after the latest`,
        },
      ),
    ]
  }
  return [describeEdit(subject, base, head, now)]
}

function describeEdit(subject: ProblemSubject, base: Side, head: Side, now: RecordedMigration): Problem {
  const before = base.recorded?.find(({ version }) => version === now.version)?.statements
  if (before === undefined || isSame(before, now.statements)) {
    return problemOf('migration-edited', subject, locateMigration(head.sources, now.version, head.recorded), {
      expected: 'the statements that the ledger pins',
      actual: `others, ${now.statements.length} of them, of hash ${hashOf(now).slice(0, 12)}`,
      fix: neverEdit,
    })
  }
  const parting = findParting(before, now.statements)
  const shown = parting.after ?? nextTo(before, parting.before, now)
  const [file] = filesOfVersion(head.sources, now.version)
  const unlocated = file === undefined ? null : { file: file.path, line: null }
  const location = shown === null ? unlocated : locateStatement(head.sources, now.version, shown.sql)
  const [expected, actual] = describeParting(parting)
  return problemOf('migration-edited', subject, location, { expected, actual, fix: neverEdit })
}

function describeParting({ before, after }: Parting): readonly [string, string] {
  if (before !== null && after !== null) return describeBoth(before, after)
  if (before !== null) return [describeStatement(before), 'none']
  return ['no further statement', after === null ? 'none' : describeStatement(after)]
}

/** The statement that stands where one is gone. */
function nextTo(
  before: RecordedMigration['statements'],
  gone: RecordedMigration['statements'][number] | null,
  now: RecordedMigration,
) {
  const index = gone === null ? -1 : before.indexOf(gone)
  return now.statements[index] ?? now.statements.at(-1) ?? null
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

function pinnedHash({ ledger }: Side, version: number): string | undefined {
  return ledger?.migrations.find((entry) => entry.version === version)?.hash
}

function compareEntry(
  subject: ProblemSubject,
  expected: string,
  actual: string | undefined,
  head: Side,
): Problem[] {
  if (actual === expected) return []
  return [
    problemOf(
      'ledger-rewritten',
      subject,
      { file: `${head.fixtures}/manifest.json`, line: null },
      {
        expected: `the entry of hash ${expected.slice(0, 12)}`,
        actual: actual === undefined ? 'no entry' : `one of hash ${actual.slice(0, 12)}`,
        fix: 'take the entry of the base again: the ledger is only added to',
      },
    ),
  ]
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
  const [folder = '', name = ''] = error.fixture.split('/')
  return { ...problemOfFixture(error, side), location: locate(folder, name, side) }
}

/** What decides whether a fixture was released: its ledger, and the golden schemas that are there. */
export interface KnownFixtures {
  readonly ledger: Ledger | null
  readonly schemas: { has(name: string): boolean }
}

/** What is wrong with one fixture, as a problem. */
export function problemOfFixture({ fixture, diagnosis }: FixtureError, known: KnownFixtures): Problem {
  const [folder = '', name = ''] = fixture.split('/')
  const { expected, actual, fix } = diagnosis
  const found = { expected, actual, fix }
  return problemOf(codeOf(folder, name, known), subjectOf(fixture, folder, name), null, found)
}

const typesOfFolders: Readonly<Record<string, ProblemSubject['type']>> = {
  schemas: 'golden schema',
  snapshots: 'snapshot',
  migrations: 'migration',
}

/** A file that belongs to nothing is named by its path. */
function subjectOf(fixture: string, folder: string, name: string): ProblemSubject {
  const type = name.includes('.') ? undefined : typesOfFolders[folder]
  return type === undefined ? { type: 'fixture', name: fixture } : { type, name }
}

function codeOf(folder: string, name: string, { ledger, schemas }: KnownFixtures): GateCode {
  const pinned = {
    schemas: ledger?.schemas.some((entry) => entry.name === name),
    snapshots: ledger?.snapshots.some((entry) => entry.name === name),
    migrations: ledger?.migrations.some(({ version }) => `v${version}` === name),
  }
  if (folder === 'schemas') {
    if (pinned.schemas) return 'schema-edited'
    return schemas.has(name) || !name.includes('.') ? 'schema-unreviewed' : 'fixture-wrong'
  }
  if (folder === 'snapshots') {
    if (pinned.snapshots) return 'snapshot-edited'
    return name.includes('.') ? 'fixture-wrong' : 'snapshot-missing'
  }
  if (folder === 'migrations') return pinned.migrations ? 'migration-edited' : 'migration-not-pinned'
  return 'fixture-wrong'
}

function locate(folder: string, name: string, side: Side): Location | null {
  const at = (ending: string, line: number | null = null) => ({
    file: `${side.fixtures}/${folder}/${name}${ending}`,
    line,
  })
  const manifest = { file: `${side.fixtures}/manifest.json`, line: null }
  if (folder === 'migrations') return locateMigration(side.sources, Number(name.slice(1)), side.recorded)
  if (name.includes('.')) return at('')
  // A file that is not there yet cannot be shown: its entry in the ledger is what is missing.
  if (folder === 'snapshots') return side.snapshots.has(name) ? at('.db') : manifest
  const text = side.schemas.get(name)
  if (folder === 'schemas' && text === undefined) return manifest
  return at('.sql', text !== undefined && isDraft(text) ? 1 : null)
}
