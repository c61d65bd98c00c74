import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { adviseOnRows, MigrationFailedError, SchemaDriftError } from '../migrator/errors.ts'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { parentsFirst } from '../rows/generate.ts'
import type { Connection } from '../sql/connection.ts'
import { fillDatabase, type SnapshotText } from './build.ts'
import { atInstant } from './clock.ts'
import type { FixtureSuite, SnapshotDeclaration } from './declaration.ts'
import { FixtureError } from './errors.ts'
import { readFixtureText, type TextKind } from './fixture-text.ts'
import { sha256 } from './hash.ts'
import { ordinaryTables, undumpableTable } from './tables.ts'
import { dumpRows } from './typed-rows.ts'

/** What the rows of a snapshot are added to: those of an older snapshot, upgraded while the clock stands still. */
export interface RowsBase {
  readonly name: string
  readonly milliseconds: number
}

/** The first lines of rows that are added to others. */
export function writeBase({ name, milliseconds }: RowsBase): string {
  return `-- base: ${name}\n-- clock: ${new Date(milliseconds).toISOString()}\n`
}

/**
 * The golden schema and all rows of a snapshot. Where its rows have a base, these are the rows of that one, upgraded by
 * the migrations, and then its own.
 *
 * @throws {FixtureError} when a text is missing, or has a base that cannot be used
 */
export function readSnapshotText(
  suite: FixtureSuite,
  { name, version }: Pick<SnapshotDeclaration, 'name' | 'version'>,
): SnapshotText {
  const schema = requireText(suite, 'schemas', name)
  return { schema, rows: completeRows(suite, { name, version }, requireText(suite, 'rows', name)) }
}

/** All rows of a snapshot, with those of its base. @throws {FixtureError} when the base cannot be used */
export function completeRows(
  suite: FixtureSuite,
  { name, version }: Pick<SnapshotDeclaration, 'name' | 'version'>,
  rows: string,
): string {
  const base = readBase(suite, name, version, rows)
  if (base === null) return rows
  const ofPlan = knownRows.get(suite.plan) ?? new Map<string, string>()
  knownRows.set(suite.plan, ofPlan)
  const key = identityOf(suite, { name, version }, rows)
  const complete = ofPlan.get(key) ?? completeFrom(suite, { name, version }, rows, base)
  ofPlan.set(key, complete)
  return complete
}

/** By all texts that they are made of: each snapshot of a history is the base of the next one. */
const knownRows = new WeakMap<MigrationPlan, Map<string, string>>()

/** The hash of the rows of a snapshot, and of those that they are added to. */
function identityOf(
  suite: FixtureSuite,
  { name, version }: Pick<SnapshotDeclaration, 'name' | 'version'>,
  rows: string,
): string {
  const base = readBase(suite, name, version, rows)
  const older = suite.snapshots.find((snapshot) => snapshot.name === base?.name)
  if (older === undefined) return sha256(rows)
  const [schema, rowsBefore] = (['schemas', 'rows'] as const).map((kind) =>
    requireText(suite, kind, older.name),
  )
  return sha256(JSON.stringify([version, rows, schema, identityOf(suite, older, rowsBefore ?? '')]))
}

function completeFrom(
  suite: FixtureSuite,
  { name, version }: Pick<SnapshotDeclaration, 'name' | 'version'>,
  rows: string,
  base: RowsBase,
): string {
  return withUpgraded(suite, base, version, (upgraded) => {
    const virtual = undumpableTable(upgraded)
    if (virtual !== undefined)
      throw wrongBase(name, 'a version whose rows can be dumped', `the virtual table ${virtual}`)
    return `${dumpRows(upgraded, parentsFirst(upgraded, ordinaryTables(upgraded)))}\n${rows}`
  })
}

/** Upgrades the rows of a base in memory, at the time that it says, and hands the database to the work. */
export function withUpgraded<Result>(
  suite: FixtureSuite,
  { name, milliseconds }: RowsBase,
  version: number,
  work: (upgraded: Connection) => Result,
): Result {
  const declaration = suite.snapshots.find((snapshot) => snapshot.name === name)
  const database = openMemory()
  try {
    return atInstant(database, milliseconds, () => {
      const connection = betterSqliteConnection(database)
      if (declaration !== undefined) fillDatabase(connection, name, readSnapshotText(suite, declaration))
      upgradeRows(connection, suite, name, version)
      return work(connection)
    })
  } finally {
    database.close()
  }
}

/**
 * Upgrades the rows of a snapshot.
 *
 * @throws {FixtureError} where the migrations, as they are now, do not take them
 */
export function upgradeRows(
  connection: Connection,
  { plan }: FixtureSuite,
  name: string,
  version: number,
): void {
  try {
    migrate(connection, plan, { target: version })
  } catch (error) {
    const isDrift = error instanceof SchemaDriftError
    if (!isDrift && !(error instanceof MigrationFailedError)) throw error
    const { where, actual } = error.diagnosis
    const diagnosis = {
      expected: `rows that upgrade to version ${version}`,
      actual: `${where}: ${actual}`,
      fix: isDrift ? `correct schemas/${name}.sql, or what makes that version` : adviseOnRows(error),
    }
    throw new FixtureError(`rows/${name}`, diagnosis, { cause: error })
  }
}

/** Whether the rows of a snapshot are those of an older one, upgraded by the migrations, and their own. */
export function hasBase({ fixtures }: FixtureSuite, name: string): boolean {
  return /^(?:\s*--.*\n)*?-- base:/.test(readFixtureText(fixtures, 'rows', name) ?? '')
}

/** What the comments at the beginning of rows say. */
function readBase(suite: FixtureSuite, name: string, version: number, rows: string): RowsBase | null {
  const comments = /^(?:\s*--.*\n)*/.exec(rows)?.[0] ?? ''
  const [, base] = /^-- base: *(\S+) *$/m.exec(comments) ?? []
  const [, clock] = /^-- clock: *(\S+) *$/m.exec(comments) ?? []
  if (base === undefined && clock === undefined) return null
  const older = suite.snapshots.filter((snapshot) => snapshot.version < version && snapshot.form !== 'empty')
  if (!older.some((snapshot) => snapshot.name === base)) {
    const names = older.map((snapshot) => snapshot.name).join(', ')
    throw wrongBase(name, `a base that is one of ${names}`, base === undefined ? 'none' : `'${base}'`)
  }
  const milliseconds = Date.parse(clock ?? '')
  if (base === undefined || !/Z$/.test(clock ?? '') || Number.isNaN(milliseconds))
    throw wrongBase(
      name,
      'a clock such as 2026-01-31T12:00:00.000Z',
      clock === undefined ? 'none' : `'${clock}'`,
    )
  return { name: base, milliseconds }
}

function wrongBase(name: string, expected: string, actual: string): FixtureError {
  const fix = `correct the first lines of rows/${name}.sql`
  return new FixtureError(`rows/${name}`, { expected, actual, fix })
}

function requireText({ fixtures }: FixtureSuite, kind: TextKind, name: string): string {
  const text = readFixtureText(fixtures, kind, name)
  if (text !== null) return text
  throw new FixtureError(`${kind}/${name}`, {
    expected: `the file ${kind}/${name}.sql`,
    actual: 'none',
    fix: 'restore it from version control',
  })
}
