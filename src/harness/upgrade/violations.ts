import { errorCode } from '../migrator/errors.ts'
import { listSchema } from '../proof/rows/table-shape.ts'
import type { Connection } from '../sql/connection.ts'

/** `child → parent` → how many rows lack their parent. */
export type Violations = ReadonlyMap<string, number>

/**
 * Counts the rows without a parent. Where SQLite cannot check a foreign key, such as one to columns that are
 * not unique, the count is infinite. See https://www.sqlite.org/pragma.html#pragma_foreign_key_check
 */
export function countViolations(connection: Connection): Violations {
  const tables = [...listSchema(connection, 'main').tables.values()].map(({ name }) => name)
  return new Map(tables.flatMap((table) => countIn(connection, table)))
}

/**
 * Foreign keys that more rows break than before. They are counted, since a rebuild may give rows new rowids;
 * that the rows themselves are the same is proven elsewhere.
 */
export function findNewViolations(before: Violations, after: Violations) {
  return [...after]
    .filter(([reference, count]) => count > (before.get(reference) ?? 0))
    .map(([reference, count]) => ({
      object: reference,
      expected: `${before.get(reference) ?? 0} rows without their parent, as before`,
      actual: Number.isFinite(count) ? `${count}` : 'a foreign key that SQLite cannot check',
    }))
}

function countIn(connection: Connection, table: string): [string, number][] {
  try {
    return connection
      .all("SELECT parent, count(*) AS n FROM pragma_foreign_key_check(?, 'main') GROUP BY parent", [table])
      .map(({ parent, n }) => [`${table} → ${parent}`, Number(n)])
  } catch (error) {
    if (errorCode(error) !== 'SQLITE_ERROR') throw error
    return [[`${table} → its parents`, Number.POSITIVE_INFINITY]]
  }
}
