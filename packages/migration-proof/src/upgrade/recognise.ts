import { layBase } from '../migrator/base.ts'
import { applyInMemory } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { readVersion } from '../migrator/versions.ts'
import { findShadows } from '../schema/shadow.ts'
import { type FixtureSuite, goldensOf } from '../snapshots/declaration.ts'
import { goldenPath, readText } from '../snapshots/paths.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'

/** Whose database a file is. */
export type Recognition =
  /** `'empty'`: it has no version, no table and no view. `'newer'`: a version that the plan does not know. */
  | { readonly kind: 'empty' | 'subject' | 'newer'; readonly version: number }
  /** Another application's. The version is what the subject would take it for; null where it reads none. */
  | { readonly kind: 'foreign'; readonly version: number | null; readonly found: readonly string[] }

/** What is recognised. Without fixtures, forms without a version in them are not known. */
export interface RecognisedSubject extends Partial<Omit<FixtureSuite, 'plan'>> {
  readonly plan: MigrationPlan
}

/** What the subject ever made. All names are folded. */
interface Signs {
  /** For each version whose migrations run in an empty database, the tables and views of it; version 0 first. */
  readonly namesOfVersions: readonly ReadonlySet<string>[]
  /** The tables and views of each form that has no version, such as the files of a first release. */
  readonly namesOfForms: readonly ReadonlySet<string>[]
  /** The header fields that are the applications' own, as the migrations leave them behind. */
  readonly marks: ReadonlySet<string>
}

/**
 * Recognises whether a database is the subject's. It is another application's where it has tables or views, none of
 * which bears a name that any version or form of the subject makes. The tables of the versions do not count: others
 * have a `schema_version` too, and every application its own `user_version`. A database without any table or view is
 * another's where its header says so, by an `application_id` or `user_version` that the subject never sets.
 *
 * Names that are alike by accident are left to `preflight`, which compares their shape.
 *
 * The reading takes several statements: where another connection may change the database, the caller holds a
 * transaction.
 *
 * @throws {VersionTableError} when the database is the subject's, and its version cannot be read
 */
export function recogniseDatabase(connection: Connection, subject: RecognisedSubject): Recognition {
  const { plan } = subject
  const signs = readSigns(connection, subject)
  const names = readNames(connection, plan)
  if (names.length > 0 && !isAlike(names.map(foldName), signs)) {
    const version = tryReadVersion(connection, plan)
    if (!isWithoutNames(version, signs)) return { kind: 'foreign', version, found: names }
  }
  const version = readVersion(connection, plan)
  if (version > latestVersionOf(plan)) return { kind: 'newer', version }
  if (names.length > 0 || version > 0) return { kind: 'subject', version }
  const marks = readMarks(connection).filter((mark) => !signs.marks.has(mark))
  return marks.length === 0 ? { kind: 'empty', version } : { kind: 'foreign', version, found: marks }
}

function isAlike(names: readonly string[], { namesOfVersions, namesOfForms }: Signs): boolean {
  const own = new Set(names)
  if (names.some((name) => namesOfVersions.some((known) => known.has(name)))) return true
  // No later step compares the shape of these, so that one of several proves nothing.
  return namesOfForms.some((form) => form.size > 0 && [...form].every((name) => own.has(name)))
}

/** Whether the recorded version may have no table, so that only its record shows it. */
function isWithoutNames(version: number | null, { namesOfVersions }: Signs): boolean {
  if (version === null || version === 0) return false
  const known = namesOfVersions.length - 1
  return (namesOfVersions[Math.min(version, known)]?.size ?? 0) === 0
}

function tryReadVersion(connection: Connection, plan: MigrationPlan): number | null {
  try {
    return readVersion(connection, plan)
  } catch {
    return null
  }
}

const versionsOfPlans = new WeakMap<MigrationPlan, Omit<Signs, 'namesOfForms'>>()

/** The versions are built once for each plan, in memory, on the engine of the connection. */
function readSigns(connection: Connection, subject: RecognisedSubject): Signs {
  const { plan } = subject
  const versions = versionsOfPlans.get(plan) ?? buildVersions(connection, plan)
  versionsOfPlans.set(plan, versions)
  return { ...versions, namesOfForms: buildForms(connection, subject) }
}

function buildVersions(connection: Connection, plan: MigrationPlan): Omit<Signs, 'namesOfForms'> {
  const memory = connection.openMemory()
  try {
    layBase(memory, plan)
    const namesOfVersions = [new Set(readNames(memory, plan).map(foldName))]
    const marks = new Set(readMarks(memory))
    // One that fails in an empty database says nothing of its names, nor does any after it.
    attempt(() => {
      for (const migration of plan.migrations) {
        applyInMemory(memory, plan, migration)
        namesOfVersions.push(new Set(readNames(memory, plan).map(foldName)))
        for (const mark of readMarks(memory)) marks.add(mark)
      }
    })
    return { namesOfVersions, marks }
  } finally {
    memory.close()
  }
}

/** A form with a version is what the migrations make; the others are known by their golden schemas alone. */
function buildForms(
  connection: Connection,
  { plan, fixtures, snapshots }: RecognisedSubject,
): ReadonlySet<string>[] {
  if (fixtures === undefined || snapshots === undefined) return []
  return goldensOf({ plan, snapshots })
    .filter(({ versioned }) => !versioned)
    .map(({ name }) => {
      const memory = connection.openMemory()
      try {
        attempt(() => memory.exec(readText(goldenPath(fixtures, name)) ?? ''))
        return new Set(readNames(memory, plan).map(foldName))
      } finally {
        memory.close()
      }
    })
}

function attempt(work: () => void) {
  try {
    work()
  } catch {
    // What was made until then counts.
  }
}

/** The tables and views that are no matter of SQLite, of a virtual table or of the versions. */
function readNames(connection: Connection, { versions }: MigrationPlan): string[] {
  const catalog: SqlRow[] = connection.all(
    "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid",
  )
  const others = new Set([...findShadows(catalog), ...versions.tables.map(foldName)])
  return catalog
    .map(({ name }) => String(name))
    .filter((name) => !foldName(name).startsWith('sqlite_') && !others.has(foldName(name)))
}

/** https://www.sqlite.org/fileformat2.html#application_id and #user_version_number */
function readMarks(connection: Connection): string[] {
  return ['application_id', 'user_version'].flatMap((field) => {
    const value = connection.all(`PRAGMA main.${field}`)[0]?.[field]
    return value === undefined || Number(value) === 0 ? [] : [`${field} ${value}`]
  })
}
