import { errorCode } from '../migrator/errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { sizeOf } from '../migrator/explain-open-error.ts'
import { describeDataChange } from '../migrator/migration.ts'
import { OtherProcessError, readStartInOtherProcess } from '../migrator/other-process.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { type Preflight, preflight } from '../migrator/preflight.ts'
import { readConsistently } from '../migrator/transaction.ts'
import { findVersionTrigger, readVersionText } from '../migrator/versions.ts'
import type { Schema, SchemaObject } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { foreignDatabase, UpgradeRefusedError } from './errors.ts'
import type { Survey } from './model.ts'
import { recogniseDatabase } from './recognise.ts'
import { refuseUnreadable } from './unreadable-objects.ts'

/** The first schema format that heeds DESC: https://www.sqlite.org/fileformat2.html#schema_format_number */
const firstWithDescending = 4
const schemaFormatOffset = 44

/**
 * Refuses a file that a very old SQLite made, where the subject needs DESC in an index: in such a file every index
 * that is made is ascending, whatever its SQL says, and no version of the subject would be what it should.
 *
 * @param version the version that it is at
 * @throws {UpgradeRefusedError}
 */
function refuseOldFormat(connection: Connection, plan: MigrationPlan, path: string, version: number): void {
  if (!needsDescending(connection, plan, version) || hasDescending(connection)) return
  const format = readFormat(path)
  if (format === null || format === 0 || format >= firstWithDescending) return
  throw new UpgradeRefusedError('old-format', {
    where: path,
    expected: `a file of schema format ${firstWithDescending}, which knows DESC in indexes`,
    actual: `schema format ${format}, the default of SQLite before 3.7.10 (2012)`,
    fix: `stop whatever uses the file, copy it, rewrite it with \`sqlite3 FILE VACUUM\`, and run again`,
  })
}

function needsDescending(connection: Connection, plan: MigrationPlan, version: number): boolean {
  for (let known = version; known <= latestVersionOf(plan); known++) {
    try {
      if (listKeys(expectedSchema(connection, plan, known)).some(({ descending }) => descending)) return true
    } catch {
      // A migration that fails in an empty database fails in the file as well, and is reported from there.
      return false
    }
  }
  return false
}

function listKeys({ tables }: Schema) {
  return [...tables.values()].flatMap(({ primaryKey, indexes }) => [
    ...(primaryKey?.columns ?? []),
    ...indexes.flatMap(({ columns }) => columns),
  ])
}

/** Whether an index of the file is descending: then its format is not an old one. */
function hasDescending(connection: Connection): boolean {
  const [found] =
    connection.all(`SELECT 1 FROM main.sqlite_master AS o, pragma_index_xinfo(o.name, 'main') AS c
    WHERE o.type IN ('index', 'table') AND o.rootpage > 0 AND c."desc" LIMIT 1`)
  return found !== undefined
}

/** Null where it cannot be known: no file, or a write-ahead log that may hold another first page. */
function readFormat(path: string): number | null {
  if (sizeOf(`${path}-wal`) > 0) return null
  try {
    const start = readStartInOtherProcess(path, 100)
    return start.length < 100 ? null : start.readUInt32BE(schemaFormatOffset)
  } catch (error) {
    if (error instanceof OtherProcessError) return null
    throw error
  }
}

/** What an upgrade is allowed, and what else is known of its subject. */
export interface SurveyOptions extends Partial<Omit<FixtureSuite, 'plan'>> {
  /** Takes another application's database for version 0, and keeps what it has. */
  readonly adopt?: boolean
}

/** What of a survey decides what is done. */
export type SurveyedVersion = Pick<Survey, 'version' | 'target' | 'pending' | 'extras'>

/**
 * Reads at which version the file is, and what would be done with it. It counts no rows and changes nothing.
 *
 * @throws whatever {@link decideUpgrade} throws
 */
export function surveyVersion(
  connection: Connection,
  plan: MigrationPlan,
  path: string,
  options: SurveyOptions = {},
): SurveyedVersion {
  const target = latestVersionOf(plan)
  const { version, extras } = decideUpgrade(connection, plan, path, options)
  const pending = plan.migrations.slice(version, target).map(({ version, name, dataChanges = [] }) => ({
    version,
    name,
    dataChanges: dataChanges.map((change) => ({
      table: change.table,
      change: describeDataChange(change),
      reason: change.reason,
    })),
  }))
  return { version, target, pending, extras }
}

/**
 * Reads what is printed of the file before anything is done. It changes nothing.
 *
 * @param options with what is called before the rows of each table are counted; what that throws ends the survey
 * @throws whatever {@link decideUpgrade} throws
 */
export function surveyDatabase(
  connection: Connection,
  plan: MigrationPlan,
  path: string,
  { beforeTable = () => {}, ...options }: SurveyOptions & { readonly beforeTable?: () => void } = {},
): Survey {
  const surveyed = surveyVersion(connection, plan, path, options)
  const journalMode = String(readPragma(connection, 'journal_mode'))
  const schema = readSchema(connection)
  return {
    ...surveyed,
    pageSizeBytes: Number(readPragma(connection, 'page_size')),
    pageCount: Number(readPragma(connection, 'page_count')),
    journalMode,
    features: [...describeFile(connection, journalMode), ...describeSchema(schema)],
    tables: [...schema.tables.values()].map(({ name }) => {
      beforeTable()
      return { name, rows: countRows(connection, name) }
    }),
  }
}

/**
 * Decides whether a file is upgraded, and which objects are kept as the user's own. `upgrade` and `inspect` share
 * it. It changes nothing.
 *
 * @throws {UpgradeRefusedError} when the database is another application's, newer than the plan, of too old a format,
 *   or has a trigger on its versions or own objects that need another program
 * @throws {SchemaDriftError} when the schema is not what its version says, or a name that a version needs is taken
 * @throws {VersionTableError} when the version cannot be read
 */
export function decideUpgrade(
  connection: Connection,
  plan: MigrationPlan,
  path: string,
  { adopt = false, ...forms }: SurveyOptions = {},
): Preflight {
  const recognition = readConsistently(connection, () => recogniseDatabase(connection, { plan, ...forms }))
  if (recognition.kind === 'foreign' && !adopt) throw foreignDatabase(path, recognition.found, adoptFix)
  refuseOldFormat(connection, plan, path, recognition.version ?? 0)
  const seen = preflight(connection, plan)
  if (seen.isUnknown) throw newerVersion(path, readVersionText(connection, plan), latestVersionOf(plan))
  refuseTriggers(path, plan, seen.extras)
  if (seen.version < latestVersionOf(plan)) refuseUnreadable(connection, path, seen.extras)
  return seen
}

const adoptFix =
  'check the path; with --adopt, the upgrade adds the tables of this application and keeps all others'

/** A version row that a trigger changes, or that fires other changes, cannot be trusted. */
function refuseTriggers(path: string, plan: MigrationPlan, extras: readonly SchemaObject[]) {
  const trigger = findVersionTrigger(plan, extras)
  if (trigger === undefined) return
  throw new UpgradeRefusedError('trigger-on-versions', {
    where: `${path}, table ${trigger.table}`,
    expected: 'no trigger on the table of the versions',
    actual: `the trigger ${trigger.name}`,
    fix: 'drop the trigger, and run again',
  })
}

function newerVersion(path: string, version: string, target: number) {
  return new UpgradeRefusedError('newer-version', {
    where: path,
    expected: `version ${target} or an older one`,
    actual: `version ${version}, which newer software made`,
    fix: 'run the release of this program that knows it; the file needs no upgrade by this one',
  })
}

function describeFile(connection: Connection, journalMode: string): string[] {
  const encoding = String(readPragma(connection, 'encoding'))
  const vacuum = ['', 'auto_vacuum FULL', 'auto_vacuum INCREMENTAL'][
    Number(readPragma(connection, 'auto_vacuum'))
  ]
  return [journalMode === 'wal' ? 'WAL' : '', encoding === 'UTF-8' ? '' : encoding, vacuum ?? ''].filter(
    (feature) => feature !== '',
  )
}

function describeSchema({ tables, indexes, triggers, views }: Schema): string[] {
  const all = [...tables.values()]
  const columns = all.flatMap((table) => table.columns)
  const counts: readonly (readonly [number, string])[] = [
    [all.filter(({ strict }) => strict).length, 'STRICT table'],
    [all.filter(({ withoutRowid }) => withoutRowid).length, 'WITHOUT ROWID table'],
    [all.filter(({ module }) => module !== null).length, 'virtual table'],
    [columns.filter(({ generated }) => generated !== null).length, 'generated column'],
    [[...indexes.values()].filter(({ where }) => where !== null).length, 'partial index'],
    [triggers.size, 'trigger'],
    [views.size, 'view'],
  ]
  return counts.flatMap(([count, noun]) => (count === 0 ? [] : [pluralise(count, noun)]))
}

function pluralise(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${count} ${noun.endsWith('x') ? `${noun}es` : `${noun}s`}`
}

/** Null where the rows cannot be counted: a module, a collation or a function is not there. */
function countRows(connection: Connection, table: string): number | null {
  try {
    return Number(connection.all(`SELECT count(*) AS n FROM main.${quoteName(table)}`)[0]?.n)
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_ERROR') === true) return null
    throw error
  }
}

export function readPragma(connection: Connection, name: string) {
  return Object.values(connection.all(`PRAGMA main.${name}`)[0] ?? {})[0]
}
