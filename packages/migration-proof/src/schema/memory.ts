import type { SqlRow } from '../sql/connection.ts'
import type { Schema } from './model.ts'

/** So many schemas are remembered; then all are forgotten. */
const rememberedSchemas = 64

const schemas = new Map<string, Schema>()

/**
 * Remembers what was read of a catalog, so that the same one is read apart once. All that a schema declares is
 * in the SQL that SQLite keeps of it (https://www.sqlite.org/schematab.html), but for the columns of virtual
 * tables: a catalog that has any must not come here.
 *
 * @param catalog its rows in order, with all else that the reading depends on
 */
export function rememberSchema(catalog: readonly SqlRow[], read: () => Schema): Schema {
  const key = JSON.stringify(catalog)
  const known = schemas.get(key)
  if (known !== undefined) return known
  const schema = read()
  if (schemas.size >= rememberedSchemas) schemas.clear()
  schemas.set(key, schema)
  return schema
}
