import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import type { Diagnosis } from '../errors.ts'
import type { Base } from '../migrator/base.ts'
import { MigrationFailedError, MigrationRefusedError } from '../migrator/errors.ts'
import { contentOfBase } from '../snapshots/base.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { sha256 } from '../snapshots/hash.ts'
import type { BaseEntry, Ledger } from '../snapshots/ledger.ts'
import { readLedgerIfAny } from '../snapshots/ledger.ts'
import { readBytes, readText, snapshotPath } from '../snapshots/paths.ts'
import {
  describeMigrations,
  noRows,
  type PresentMigration,
  readFrozenRows,
  recordOnRows,
} from '../snapshots/present.ts'
import { listSourceFiles } from '../snapshots/source-files.ts'
import type { RecordedMigration } from '../snapshots/statements.ts'
import { recordMigrations } from '../snapshots/statements.ts'
import type { SourceFile } from './source-file.ts'

/** Where a project keeps what the gate looks at. Paths are absolute. */
export interface Layout {
  readonly project: string
  readonly fixtures: string
  /** The folder of the migrations. */
  readonly sources: string
}

/**
 * Reads one state of a project from its files.
 *
 * @param suite null where it cannot be loaded
 * @throws {LedgerError} when the ledger cannot be read
 */
export function readSide(layout: Layout, suite: FixtureSuite | null): Side {
  const { project, fixtures } = layout
  const ledger = readLedgerIfAny(fixtures)
  const { recorded, failure } = suite === null ? { recorded: null, failure: null } : record(suite)
  const present = suite === null || recorded === null ? null : describe(suite, recorded, ledger)
  return {
    ledger,
    base: suite?.plan.base === undefined ? null : describeBase(suite.plan.base, project),
    recorded,
    failure,
    present:
      present?.map((one) => (one.file === null ? one : { ...one, file: relativePath(project, one.file) })) ??
      null,
    sources: listSources(layout, present?.flatMap(({ file }) => file ?? []) ?? []),
    schemas: readFolder(fixtures, 'schemas', '.sql', (name, file) => [name, readText(file) ?? '']),
    snapshots: readFolder(fixtures, 'snapshots', '.db', (name) => [
      name,
      sha256(readBytes(snapshotPath(fixtures, name)) ?? ''),
    ]),
    fixtures: relativePath(project, fixtures),
    packageVersion: readPackageVersion(project),
    changelog: readText(join(project, 'CHANGELOG.md')),
  }
}

function describeBase(base: Base, project: string): PresentBase {
  return { file: relativePath(project, base.file), content: contentOfBase({ base }) }
}

function describe(
  suite: FixtureSuite,
  recorded: readonly RecordedMigration[],
  ledger: Ledger | null,
): PresentMigration[] {
  const rows =
    ledger === null || ledger.format === 1
      ? noRows
      : recordOnRows(suite, readFrozenRows(suite, ledger), ledger)
  return describeMigrations(suite, recorded, rows)
}

function record({ plan }: Pick<FixtureSuite, 'plan'>): Pick<Side, 'recorded' | 'failure'> {
  const memory = betterSqliteConnection(openMemory())
  try {
    return { recorded: recordMigrations(plan, memory), failure: null }
  } catch (error) {
    const isFailure = error instanceof MigrationFailedError
    if (!isFailure && !(error instanceof MigrationRefusedError)) throw error
    const { version, diagnosis } = error
    return { recorded: null, failure: { version, diagnosis, statement: isFailure ? error.statement : null } }
  } finally {
    memory.close()
  }
}

function readFolder(
  fixtures: string,
  folder: string,
  ending: string,
  read: (name: string, file: string) => readonly [string, string],
): Map<string, string> {
  const whole = join(fixtures, folder)
  if (!existsSync(whole)) return new Map()
  const files = readdirSync(whole).filter((file) => file.endsWith(ending))
  return new Map(files.map((file) => read(file.slice(0, -ending.length), join(whole, file))))
}

/** @param further files of migrations, which may be elsewhere */
function listSources({ project, fixtures, sources }: Layout, further: readonly string[]): SourceFile[] {
  const files = new Set([...listSourceFiles(sources, fixtures), ...further])
  return [...files].map((file) => ({
    path: relativePath(project, file),
    text: readText(file) ?? '',
  }))
}

function relativePath(project: string, file: string): string {
  return relative(project, file).split(sep).join('/')
}

/** A base as it is now. */
export interface PresentBase {
  /** From the folder of the project, with slashes. */
  readonly file: string
  readonly content: BaseEntry
}

/** One state of a project: what a branch or release holds, or what a change makes of it. */
export interface Side {
  /** What its ledger pins; null where it has none. */
  readonly ledger: Ledger | null
  /** What precedes its first migration; null where nothing does, or where it cannot be loaded. */
  readonly base: PresentBase | null
  /** What its migrations execute in an empty database; null where they cannot be loaded, or where one fails. */
  readonly recorded: readonly RecordedMigration[] | null
  /** The same migrations with all that is pinned of them, and their files from the folder of the project; null as those. */
  readonly present: readonly PresentMigration[] | null
  /** Why one of its migrations fails in an empty database; null where none does. */
  readonly failure: MigrationFailure | null
  /** The files in the folder of its migrations. */
  readonly sources: readonly SourceFile[]
  /** The text of each golden schema, by name, with LF line ends. */
  readonly schemas: ReadonlyMap<string, string>
  /** The SHA-256 of each snapshot's file, by name. */
  readonly snapshots: ReadonlyMap<string, string>
  /** The folder of the fixtures, from the folder of the project, with slashes. */
  readonly fixtures: string
  /** The version of the package; null where there is no package. */
  readonly packageVersion: string | null
  /** The text of CHANGELOG.md; null where there is none. */
  readonly changelog: string | null
}

/** A migration that does not even work without rows. */
export interface MigrationFailure {
  readonly version: number
  /** The statement that failed, without its values; null where the migration failed by itself. */
  readonly statement: string | null
  readonly diagnosis: Diagnosis
}

/** The versions that a side has: those of its migrations, or of its ledger where they cannot be loaded. */
export function versionsOf({ recorded, ledger }: Side): number[] {
  return (recorded ?? ledger?.migrations ?? []).map(({ version }) => version)
}

/** The versions that a change adds or whose statements it changes; none where nothing is known of the migrations. */
export function changedVersions(
  base: Ledger | null,
  hashes: readonly { version: number; hash: string }[],
): number[] {
  const known = new Map(base?.migrations.map(({ version, hash }) => [version, hash]))
  return hashes.filter(({ version, hash }) => known.get(version) !== hash).map(({ version }) => version)
}

/** The nearest folder, from this one upwards, that holds something of one of these names; null where none does. */
export function findFolderWith(names: readonly string[], folder: string): string | null {
  if (names.some((name) => existsSync(join(folder, name)))) return folder
  const parent = dirname(folder)
  return parent === folder ? null : findFolderWith(names, parent)
}

/** The folder of the nearest `package.json`; null where there is none. */
export function findPackageFolder(folder: string): string | null {
  return findFolderWith(['package.json'], folder)
}

/** The version that a `package.json` names; null where the file is missing or names none. */
export function readPackageVersion(folder: string): string | null {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return null
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
  return typeof version === 'string' ? version : null
}
