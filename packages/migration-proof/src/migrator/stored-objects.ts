import { findShadows, isVirtual } from '../schema/shadow.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, isInternalName } from '../sql/names.ts'
import { errorCode } from './errors.ts'

/** A table, index, trigger or view, with the SQL that makes it. */
export interface StoredObject {
  readonly type: string
  readonly name: string
  readonly sql: string
  readonly isVirtual: boolean
}

/**
 * All that a database declares, without what SQLite or a virtual table makes for itself, in an order in which it can
 * be made. Triggers come last. A virtual table may use an ordinary one, which must exist when it is created.
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
    .filter(({ name, table }) => !isInternalName(name) && !shadows.has(table))
  const rank = ({ type, isVirtual }: StoredObject) => order.indexOf(isVirtual ? 'virtual table' : type)
  return objects.sort((left, right) => rank(left) - rank(right))
}

const order = ['table', 'virtual table', 'index', 'view', 'trigger']

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
