import { errorCode } from '../migrator/errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import { findShadows, isVirtual } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'

/** A table, index, trigger or view, with the SQL that makes it. */
export interface StoredObject {
  readonly type: string
  readonly name: string
  readonly sql: string
  readonly isVirtual: boolean
}

/** An object, and whether a version of the plan makes it; all others are a person's own. */
export interface PlannedObject extends StoredObject {
  readonly isOfPlan: boolean
}

/** More tables of a person's own than these are left out, with all that may need them: each takes its time. */
const ownTablesLimit = 200

/**
 * What a copy of the schema needs, as {@link listStored} lists it.
 *
 * @param version the version that the database has
 */
export function listForCopy(source: Connection, plan: MigrationPlan, version: number): PlannedObject[] {
  const known = namesOfPlan(source, plan, version)
  const objects = listStored(source).map((object) => ({ ...object, isOfPlan: known.has(nameKeyOf(object)) }))
  const ownTables = objects.filter(({ type, isOfPlan }) => type === 'table' && !isOfPlan)
  return ownTables.length > ownTablesLimit ? objects.filter(({ isOfPlan }) => isOfPlan) : objects
}

/**
 * All that a database declares, without what SQLite or a virtual table makes for itself, in an order in which it can
 * be made. Triggers come last. A virtual table may lie over an ordinary one, which it looks at when it is made.
 */
export function listStored(source: Connection): StoredObject[] {
  const catalog = source.all("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql <> ''")
  const shadows = findShadows(catalog)
  const objects = catalog
    .map((row) => ({
      type: String(row.type),
      name: String(row.name),
      table: foldName(String(row.tbl_name)),
      sql: String(row.sql),
      isVirtual: isVirtual(row),
    }))
    .filter(({ name, table }) => !foldName(name).startsWith('sqlite_') && !shadows.has(table))
  const rank = ({ type, isVirtual }: StoredObject) => order.indexOf(isVirtual ? 'virtual table' : type)
  return objects.sort((left, right) => rank(left) - rank(right))
}

const order = ['table', 'virtual table', 'index', 'view', 'trigger']

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

/**
 * Makes objects in another database.
 *
 * @param isNeeded which of them must be made; any other that this engine cannot make is left out: its module,
 *   collation or function may be missing here
 * @returns those that were made
 * @throws whatever the engine says of an object that is needed
 */
export function makeObjects<Item extends StoredObject>(
  target: Connection,
  objects: readonly Item[],
  isNeeded: (object: Item) => boolean = () => false,
): Item[] {
  return objects.filter((object) => {
    try {
      target.exec(object.sql)
      return true
    } catch (error) {
      if (isNeeded(object) || !/^SQLITE_(ERROR|CONSTRAINT)/.test(errorCode(error) ?? '')) throw error
      return false
    }
  })
}
