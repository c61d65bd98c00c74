import { errorCode } from '../migrator/errors.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Connection } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { listSchema } from './rows/table-shape.ts'

/** `child → parent` → how many rows lack their parent. */
export type Violations = ReadonlyMap<string, number>

/**
 * Counts the rows without a parent. Where SQLite cannot check a foreign key, such as one to columns that are
 * not unique, the count is infinite. See https://www.sqlite.org/pragma.html#pragma_foreign_key_check
 *
 * @param children the tables whose rows are looked at; null for all
 * @param schema the name under which the database is attached
 */
export function countViolations(
  connection: Connection,
  children: readonly string[] | null = null,
  schema = 'main',
): Violations {
  // Without a table it looks into every database that is attached.
  const known = children === null && schema === 'main' ? tryToCount(connection, null, schema) : null
  if (known !== null) return new Map(known)
  // SQLite cannot check some foreign key, and then reports none: table by table it reports all others.
  const tables = children ?? [...listSchema(connection, schema).tables.values()].map(({ name }) => name)
  return new Map(
    tables.flatMap(
      (table) =>
        tryToCount(connection, table, schema) ?? [[`${table} → its parents`, Number.POSITIVE_INFINITY]],
    ),
  )
}

/**
 * Foreign keys that more rows break than before. They are counted, since a rebuild may give rows new rowids;
 * that the rows themselves are the same is proven elsewhere.
 */
export function findNewViolations(before: Violations, after: Violations): Problem[] {
  return [...after]
    .filter(([reference, count]) => count > (before.get(reference) ?? 0))
    .map(([reference, count]) =>
      makeProblem('foreign keys', {
        subject: { type: 'foreign key', name: reference },
        expected: `${before.get(reference) ?? 0} rows without their parent, as before`,
        actual: Number.isFinite(count) ? `${count}` : 'a foreign key that SQLite cannot check',
      }),
    )
}

/**
 * Of one table, or of all of the main database at once: a schema may have 10,000. Null where SQLite cannot check a
 * foreign key. A schema without a table would find no row: https://www.sqlite.org/pragma.html#pragfunc
 */
function tryToCount(connection: Connection, table: string | null, schema: string): [string, number][] | null {
  const source = table === null ? 'pragma_foreign_key_check' : 'pragma_foreign_key_check(?, ?)'
  const counted = unlessUncheckable(() =>
    connection
      .all(
        `SELECT "table" AS child, parent, count(*) AS n FROM ${source} GROUP BY child, parent`,
        table === null ? [] : [table, schema],
      )
      .map(({ child, parent, n }): [string, number] => [`${child} → ${parent}`, Number(n)]),
  )
  return counted ?? unlessUncheckable(() => countByPragma(connection, table, schema))
}

/** Turso has the pragma, and no table of it. */
function countByPragma(connection: Connection, table: string | null, schema: string): [string, number][] {
  const of = table === null ? '' : `(${quoteName(table)})`
  const counts = new Map<string, number>()
  for (const row of connection.all(`PRAGMA ${quoteName(schema)}.foreign_key_check${of}`)) {
    const reference = `${row.table} → ${row.parent}`
    counts.set(reference, (counts.get(reference) ?? 0) + 1)
  }
  return [...counts]
}

/** Null where SQLite cannot check a foreign key. */
export function unlessUncheckable<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_ERROR') === true) return null
    throw error
  }
}
