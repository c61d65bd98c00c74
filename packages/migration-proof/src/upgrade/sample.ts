import { distrustSchema } from '../engines/better-sqlite3.ts'
import { errorCode } from '../migrator/errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { listStored, makeObjects, type StoredObject } from '../migrator/stored-objects.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { Survey } from './model.ts'
import { type Copied, copyRows, type RowsLimit } from './sample-rows.ts'
import { readPragma } from './survey.ts'

/** An object, and whether a version of the plan creates it; all others are the user's own. */
export interface PlannedObject extends StoredObject {
  readonly isOfPlan: boolean
}

/** If the user has more own tables than these, they are left out, with all that may need them: each takes time. */
const ownTablesLimit = 200

/**
 * What a copy of the schema needs, as {@link listStored} lists it.
 *
 * @param version the version that the database has
 */
function listForCopy(source: Connection, plan: MigrationPlan, version: number): PlannedObject[] {
  const known = namesOfPlan(source, plan, version)
  const objects = listStored(source).map((object) => ({ ...object, isOfPlan: known.has(nameKeyOf(object)) }))
  const ownTables = objects.filter(({ type, isOfPlan }) => type === 'table' && !isOfPlan)
  return ownTables.length > ownTablesLimit ? objects.filter(({ isOfPlan }) => isOfPlan) : objects
}

/** What its version has, and what a later one adopts. */
function namesOfPlan(source: Connection, plan: MigrationPlan, version: number): ReadonlySet<string> {
  const schemas = [expectedSchema(source, plan, version), tryLatestSchema(source, plan)]
  return new Set(schemas.flatMap((schema) => (schema === null ? [] : listObjects(schema))).map(nameKeyOf))
}

/** A migration that fails in an empty database fails in the sample as well, and is reported from there. */
function tryLatestSchema(source: Connection, plan: MigrationPlan) {
  try {
    return expectedSchema(source, plan, latestVersionOf(plan))
  } catch {
    return null
  }
}

export interface SampleRequest {
  readonly plan: MigrationPlan
  readonly survey: Survey
  /** Of each table how many rows at most, and how many bytes of all tables together. */
  readonly limit: RowsLimit
  /** Called before each step; what it throws ends the copy. */
  readonly beforeStep: () => void
}

/** The versions are copied whole: a plan does not have more. */
const versionsLimit = 100_000

/** Modules whose rows can be read and written as those of a table. */
const storingModules = /^(fts[345]|rtree|rtree_i32|geopoly)$/

/**
 * Copies a part of a database into an empty one of the same page size and encoding: its whole schema, and of each
 * table some of the rows. Triggers come last, so that no row fires one.
 *
 * @returns how much was copied
 * @throws whatever the engine says of an object of the plan that it cannot make
 */
export function copySample(source: Connection, sample: Connection, request: SampleRequest): Copied {
  const { plan, survey, beforeStep } = request
  for (const pragma of ['page_size', 'encoding', 'auto_vacuum', 'application_id', 'user_version']) {
    sample.exec(`PRAGMA ${pragma} = '${readPragma(source, pragma)}'`)
  }
  sample.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON')
  distrustSchema(sample, source)
  sample.exec('BEGIN')
  const objects = listForCopy(source, plan, survey.version)
  const isTable = ({ type }: PlannedObject) => type === 'table'
  const make = (some: readonly PlannedObject[]) => makeObjects(sample, some, ({ isOfPlan }) => isOfPlan)
  const copied = copyTables(source, sample, make(objects.filter(isTable)), request)
  copyWatermarks(source, sample)
  for (const object of objects.filter((object) => !isTable(object))) {
    beforeStep()
    make([object])
  }
  sample.exec('COMMIT; PRAGMA ignore_check_constraints = OFF')
  return copied
}

/** The small tables first: what they do not need of the bytes is left for the large ones. */
function copyTables(
  source: Connection,
  sample: Connection,
  tables: readonly PlannedObject[],
  { plan, survey, limit, beforeStep }: SampleRequest,
): Copied {
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const isOfVersions = ({ name }: PlannedObject) => versionTables.has(foldName(name))
  const counts = new Map(survey.tables.map(({ name, rows }) => [foldName(name), rows ?? 0]))
  const countOf = (table: PlannedObject) =>
    isOfVersions(table) ? 0 : (counts.get(foldName(table.name)) ?? 0)
  // The same part of each, so that what it takes can be scaled by the pages of the file.
  const share = Math.min(1, limit.rows / Math.max(1, ...survey.tables.map(({ rows }) => rows ?? 0)))
  const shareOf = (table: PlannedObject) => {
    const count = countOf(table)
    return count === 0 ? limit.rows : Math.ceil(count * share)
  }
  const inOrder = tables.toSorted(
    (left, right) => Number(left.isVirtual) - Number(right.isVirtual) || countOf(left) - countOf(right),
  )
  const copied = { rows: 0, bytes: 0 }
  inOrder.forEach((table, position) => {
    beforeStep()
    const rows = isOfVersions(table) ? versionsLimit : shareOf(table)
    const bytes = isOfVersions(table)
      ? Number.MAX_SAFE_INTEGER
      : (limit.bytes - copied.bytes) / (inOrder.length - position)
    const found = copyTable(source, sample, table, { rows, bytes }, beforeStep)
    copied.rows += found.rows
    copied.bytes += found.bytes
  })
  return copied
}

function copyTable(
  source: Connection,
  sample: Connection,
  table: PlannedObject,
  limit: RowsLimit,
  beforeStep: () => void,
): Copied {
  if (!table.isVirtual) return copyRows(source, sample, table, limit, beforeStep)
  try {
    return copyVirtual(source, sample, table, limit, beforeStep)
  } catch (error) {
    // What its module makes of its own content decides; it may stay empty.
    if (errorCode(error) === null) throw error
    return { rows: 0, bytes: 0 }
  }
}

/** A full-text table may index the rows of another one, and can then read them again. */
function copyVirtual(
  source: Connection,
  sample: Connection,
  table: PlannedObject,
  limit: RowsLimit,
  beforeStep: () => void,
): Copied {
  const [, module = ''] = /\bUSING\s+["'`[]?(\w+)/i.exec(table.sql) ?? []
  if (!storingModules.test(foldName(module))) return { rows: 0, bytes: 0 }
  if (!/\bcontent\s*=/i.test(table.sql)) return copyRows(source, sample, table, limit, beforeStep)
  const name = quoteName(table.name)
  sample.exec(`INSERT INTO main.${name} (${name}) VALUES ('rebuild')`)
  return { rows: 0, bytes: 0 }
}

/** What AUTOINCREMENT has given out: https://www.sqlite.org/autoinc.html */
function copyWatermarks(source: Connection, sample: Connection) {
  const hasWatermarks = (connection: Connection) =>
    connection.all("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").length > 0
  if (!hasWatermarks(source) || !hasWatermarks(sample)) return
  sample.exec('DELETE FROM main.sqlite_sequence')
  for (const { name, seq } of source.all('SELECT name, seq FROM main.sqlite_sequence LIMIT 100000')) {
    sample.all('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)', [name ?? null, seq ?? null])
  }
}
