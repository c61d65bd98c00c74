import { errorCode } from '../migrator/errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { listObjects, nameKeyOf } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'

/** A table, index, trigger or view, with the SQL that makes it. */
export interface StoredObject {
  readonly type: string
  readonly name: string
  readonly sql: string
  readonly isVirtual: boolean
  /** Whether a version of the plan makes it; all others are a person's own. */
  readonly isOfPlan: boolean
}

/** More tables of a person's own than these are left out, with all that may need them: each takes its time. */
const ownTablesLimit = 200

/**
 * All that a database declares, in the order of its making, without what SQLite or a virtual table makes for itself.
 *
 * @param version the version that the database has
 */
export function listStored(source: Connection, plan: MigrationPlan, version: number): StoredObject[] {
  const known = namesOfPlan(source, plan, version)
  const objects = source
    .all(
      `SELECT type, name, sql FROM main.sqlite_schema
       WHERE sql <> '' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT IN (${shadowTables}) ORDER BY rowid`,
    )
    .map(({ type, name, sql }) => ({ type: String(type), name: String(name), sql: String(sql) }))
    .map((object) => ({
      ...object,
      isVirtual: /^CREATE VIRTUAL TABLE/i.test(object.sql),
      isOfPlan: known.has(nameKeyOf(object)),
    }))
  const ownTables = objects.filter(({ type, isOfPlan }) => type === 'table' && !isOfPlan)
  return ownTables.length > ownTablesLimit ? objects.filter(({ isOfPlan }) => isOfPlan) : objects
}

/** The tables behind the virtual ones: https://www.sqlite.org/pragma.html#pragma_table_list */
const shadowTables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"

/** The shadow tables of a person's own virtual tables are his as well. */
export function listShadowTables(connection: Connection): string[] {
  return connection.all(shadowTables).map(({ name }) => String(name))
}

/** What its version has, and what a later one adopts. */
function namesOfPlan(source: Connection, plan: MigrationPlan, version: number): ReadonlySet<string> {
  const schemas = [version, latestVersionOf(plan)].map((known) => expectedSchema(source, plan, known))
  return new Set(schemas.flatMap(listObjects).map(nameKeyOf))
}

/**
 * Makes the objects in another database. A person's own object that this engine cannot make is left out: its module,
 * collation or function may be missing here.
 *
 * @returns those that were made
 * @throws whatever the engine says of an object of the plan
 */
export function makeObjects(target: Connection, objects: readonly StoredObject[]): StoredObject[] {
  return objects.filter(({ sql, isOfPlan }) => {
    try {
      target.exec(sql)
      return true
    } catch (error) {
      if (isOfPlan || !/^SQLITE_(ERROR|CONSTRAINT)/.test(errorCode(error) ?? '')) throw error
      return false
    }
  })
}
