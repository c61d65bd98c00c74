import { generateRows, parentsFirst, RowGenerator } from '../rows/generate.ts'
import type { Schema, Table } from '../schema/model.ts'
import { findTable } from '../schema/model.ts'
import { storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import type { PrivateCopy } from './attempt.ts'
import { attempt, countRows } from './attempt.ts'

/**
 * Makes rows that a table accepts. They are not left in the table: the caller inserts them. Their parents stay. A foreign
 * key whose parent cannot exist gets a synthetic value, so that its rows may be refused.
 *
 * @returns no rows if the table accepts none of the synthetic ones
 */
export function makeRows({ connection }: PrivateCopy, schema: Schema, table: Table, count = 2): SqlRow[] {
  const isBroken = ancestors(schema, table).some((name) => hasBrokenReference(schema, name))
  if (isBroken) connection.exec('PRAGMA foreign_keys = OFF')
  const parents = isBroken ? [] : parentsFirst(connection, ancestors(schema, table))
  for (const parent of parents) if (parent !== table.name) generateRows(connection, parent, count)
  connection.exec('SAVEPOINT made')
  try {
    const columns = storedColumns(connection, table.name).map(quoteName).join(', ')
    const rows = `SELECT ${columns} FROM main.${quoteName(table.name)}`
    // Rows that a migration itself inserted are not synthetic rows.
    connection.exec(`CREATE TEMP TABLE rows_of_migrations AS ${rows}`)
    const isEmpty = countRows(connection, 'rows_of_migrations') === 0
    generateRows(connection, table.name, count, isBroken ? 'missing' : 'present')
    return connection.all(isEmpty ? rows : `${rows} EXCEPT SELECT * FROM rows_of_migrations`)
  } finally {
    connection.exec('ROLLBACK TO made; RELEASE made')
    if (isBroken) connection.exec('PRAGMA foreign_keys = ON')
  }
}

/**
 * Inserts synthetic rows into every table, parents first. Tables that accept none stay empty.
 *
 * @param readers the statements of the migration that will read them
 */
export function fillTables(
  { connection }: PrivateCopy,
  schema: Schema,
  except: readonly string[],
  readers: readonly string[],
): void {
  const tables = [...schema.tables.values()].filter(({ module }) => module === null).map(({ name }) => name)
  const sound = tables.filter((name) => !hasBrokenReference(schema, name))
  const generator = new RowGenerator(connection, schema, undefined, readers)
  try {
    for (const table of parentsFirst(connection, sound)) {
      if (!except.some((name) => foldName(name) === foldName(table))) generator.fill(table, 3)
    }
  } finally {
    generator.close()
  }
}

/** Values that people have, by the folded names of table and column. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, readonly SqlValue[]>>

/** The values of the tables of a database, without NULL and at most a few for each column. */
export function readSamples(connection: Connection, schema: Schema): Samples {
  const tables = [...schema.tables.values()].filter(({ module }) => module === null)
  return new Map(
    tables.map(({ name, columns }) => {
      const rows = connection.all(`SELECT * FROM main.${quoteName(name)} LIMIT 20`)
      const values = columns.map((column) => {
        const found = rows.map((row) => row[column.name] ?? null).filter((value) => value !== null)
        return [foldName(column.name), found] as const
      })
      return [foldName(name), new Map(values)] as const
    }),
  )
}

/** Gives the rows of a table values that people have, in the columns that are no part of a key, where it accepts them. */
export function followSamples({ connection }: PrivateCopy, schema: Schema, samples: Samples): void {
  for (const [key, columns] of samples) {
    const table = schema.tables.get(key)
    if (table === undefined || table.module !== null || table.withoutRowid) continue
    const keys = new Set(
      [
        ...table.indexes.filter(({ unique }) => unique),
        ...(table.primaryKey === null ? [] : [table.primaryKey]),
      ]
        .flatMap((index) => index.columns)
        .map(({ column }) => foldName(column ?? '')),
    )
    const referring = new Set(table.foreignKeys.flatMap((reference) => reference.columns.map(foldName)))
    const rowids = connection.all(`SELECT rowid AS "row" FROM main.${quoteName(table.name)}`)
    for (const [column, values] of columns) {
      if (values.length === 0 || keys.has(column) || referring.has(column)) continue
      for (const [index, { row }] of rowids.entries()) {
        const sql = `UPDATE main.${quoteName(table.name)} SET ${quoteName(column)} = ? WHERE rowid = ?`
        attempt(connection, sql, [values[index % values.length] ?? null, row ?? null])
      }
    }
  }
}

/** SQL expressions for the values of columns in the i-th row; `i` is the number of the row. */
type ColumnExpressions = Readonly<Record<string, string>>

/**
 * Fills a table with rows like those of `makeRows`, in one statement with a recursive query.
 *
 * @param expressions SQL for some columns
 * @returns how many rows the table then holds; 0 if it refuses them
 */
export function fillTable(
  copy: PrivateCopy,
  schema: Schema,
  table: Table,
  count: number,
  expressions: ColumnExpressions = {},
): number {
  const [template] = makeRows(copy, schema, table, 2)
  if (template === undefined) return 0
  const referring = new Set(table.foreignKeys.flatMap(({ columns }) => columns.map(foldName)))
  const unique = new Set(
    table.indexes
      .filter((index) => index.unique)
      .flatMap(({ columns }) => columns.map(({ column }) => foldName(column ?? ''))),
  )
  const isRowid = (name: string) =>
    table.primaryKey?.isRowid === true &&
    foldName(table.primaryKey.columns[0]?.column ?? '') === foldName(name)
  const isFree = (name: string) => !referring.has(foldName(name))
  const isKey = (name: string) => unique.has(foldName(name)) || isRowid(name)
  // Where a CHECK lists the accepted values, varying every column is refused: then only the keys vary.
  for (const varies of [isFree, (name: string) => isFree(name) && isKey(name)]) {
    const values = Object.entries(template).map(
      ([name, value]) => expressions[name] ?? (varies(name) ? varied(value) : '?'),
    )
    const parameters = Object.entries(template).flatMap(([name, value]): SqlValue[] =>
      expressions[name] === undefined && (!varies(name) || value !== null) ? [value] : [],
    )
    const columns = Object.keys(template).map(quoteName).join(', ')
    const { accepted } = attempt(
      copy.connection,
      `WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ${count})
       INSERT INTO ${quoteName(table.name)} (${columns}) SELECT ${values.join(', ')} FROM number`,
      parameters,
    )
    if (accepted) return countRows(copy.connection, table.name)
  }
  return 0
}

function varied(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `? || '-' || i`
  // Far from the row numbers of rows that a migration itself inserted.
  return value instanceof Uint8Array ? 'CAST(? || i AS BLOB)' : '? + 1000000 + i'
}

/** Whether a table has a foreign key whose parent is missing, or has no such key: no value can satisfy it. */
function hasBrokenReference(schema: Schema, name: string): boolean {
  const table = findTable(schema, name)
  return (
    table?.foreignKeys.some(
      ({ parent, parentColumns }) => !isUniqueKey(findTable(schema, parent), parentColumns),
    ) === true
  )
}

/** Whether columns are the primary key of a table, or the columns of a UNIQUE index without a predicate. */
export function isUniqueKey(table: Table | undefined, columns: readonly string[]): boolean {
  if (table === undefined || columns.length === 0) return false
  const wanted = columns.map(foldName).sort().join('\n')
  const keys = [
    ...(table.primaryKey === null ? [] : [table.primaryKey.columns]),
    ...table.indexes.filter(({ unique, where }) => unique && where === null).map((index) => index.columns),
  ]
  return keys.some(
    (key) =>
      key
        .map(({ column }) => foldName(column ?? ''))
        .sort()
        .join('\n') === wanted,
  )
}

/** The tables that a table refers to, directly or through others, itself included. */
function ancestors(schema: Schema, table: Table, found: readonly string[] = []): string[] {
  if (found.includes(table.name)) return [...found]
  let names = [...found, table.name]
  for (const { parent } of table.foreignKeys) {
    const next = findTable(schema, parent)
    if (next !== undefined) names = ancestors(schema, next, names)
  }
  return names
}
