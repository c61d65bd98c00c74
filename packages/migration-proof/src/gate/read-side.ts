import { existsSync, readdirSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { MigrationFailedError, MigrationRefusedError } from '../migrator/errors.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { sha256 } from '../snapshots/hash.ts'
import { readLedgerIfAny } from '../snapshots/ledger.ts'
import { readBytes, readText, snapshotPath } from '../snapshots/paths.ts'
import { recordMigrations } from '../snapshots/statements.ts'
import { readPackageVersion } from './package.ts'
import type { Side } from './side.ts'
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
export function readSide(layout: Layout, suite: Pick<FixtureSuite, 'plan'> | null): Side {
  const { project, fixtures } = layout
  return {
    ledger: readLedgerIfAny(fixtures),
    ...(suite === null ? { recorded: null, failure: null } : record(suite)),
    sources: listSources(layout),
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

const sourceEndings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.sql']
const otherFolders = ['node_modules', 'dist', 'build', 'coverage']

function listSources({ project, fixtures, sources }: Layout): SourceFile[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const whole = join(folder, entry.name)
      if (entry.isFile()) return sourceEndings.includes(extname(entry.name)) ? [whole] : []
      const isOther = otherFolders.includes(entry.name) || entry.name.startsWith('.') || whole === fixtures
      return entry.isDirectory() && !isOther ? walk(whole) : []
    })
  if (!existsSync(sources)) return []
  return walk(sources)
    .sort()
    .map((file) => ({ path: relativePath(project, file), text: readText(file) ?? '' }))
}

function relativePath(project: string, file: string): string {
  return relative(project, file).split(sep).join('/')
}
