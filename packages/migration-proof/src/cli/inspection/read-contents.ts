import { errorMessage } from '../../errors.ts'
import { errorCode, VersionTableError } from '../../migrator/errors.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { describeNotes } from '../../migrator/tool-change.ts'
import { readVersion, readVersionText } from '../../migrator/versions.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { InspectedIndex, InspectedTable } from './model.ts'
import { type Outline, readOutline } from './model.ts'

/** What is read of a database without parsing its SQL. */
export interface Contents {
  /** Null where it cannot be read. */
  readonly version: number | null
  /** The version to the last digit; null where it cannot be read. */
  readonly versionText: string | null
  /** The migrations whose files are others than those that it notes, though the tool does not compare them. */
  readonly edited: readonly string[]
  readonly outline: Outline
  readonly tables: readonly InspectedTable[]
  /** The tables as SQLite lists them, where one of them is virtual and may keep others behind it; null else. */
  readonly catalog: readonly SqlRow[] | null
  /** Which tool notes the version, and where, where the project has changed its tool; null else. */
  readonly notedBy: string | null
  /** Whether an application set a header field that is its own. */
  readonly isMarked: boolean
  /** Whether an index of it is descending, which only newer files know. */
  readonly knowsDescending: boolean
}

export function readContents(connection: Connection, plan: MigrationPlan): Contents {
  const { indexes, knowsDescending } = readIndexes(connection)
  return {
    version: tryRead(() => readVersion(connection, plan)),
    versionText: tryRead(() => readVersionText(connection, plan)),
    edited: tryRead(() => plan.versions.read(connection).edited) ?? [],
    outline: readOutline(connection),
    notedBy: tryRead(() => describeNotes(connection, plan)),
    ...readTables(connection, indexes),
    isMarked: ['application_id', 'user_version'].some(
      (field) => Number(connection.all(`PRAGMA main.${field}`)[0]?.[field]) !== 0,
    ),
    knowsDescending,
  }
}

/** Another application's table may have the name of this one's versions. */
function tryRead<Version>(read: () => Version): Version | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof VersionTableError) return null
    throw error
  }
}

function readTables(
  connection: Connection,
  indexes: ReadonlyMap<string, readonly InspectedIndex[]>,
): Pick<Contents, 'tables' | 'catalog'> {
  const catalog = connection.all(
    "SELECT type, name, sql, rootpage FROM main.sqlite_schema WHERE type = 'table' ORDER BY name",
  )
  const tables = catalog
    .map(({ name }) => String(name))
    .filter((name) => !foldName(name).startsWith('sqlite_'))
    .map((name) => ({ name, ...countRows(connection, name), indexes: indexes.get(name) ?? [] }))
  return { tables, catalog: catalog.some(({ rootpage }) => rootpage === 0n) ? catalog : null }
}

/** A module, a collation or a function that only another application has keeps SQLite from reading a table. */
function countRows(connection: Connection, table: string): Pick<InspectedTable, 'rows' | 'unreadable'> {
  try {
    const [counted] = connection.all(`SELECT count(*) AS rows FROM main.${quoteName(table)}`)
    return { rows: Number(counted?.rows), unreadable: null }
  } catch (error) {
    // A damaged file must not pass as a table without a count.
    if (errorCode(error)?.startsWith('SQLITE_ERROR') !== true) throw error
    return { rows: null, unreadable: errorMessage(error) }
  }
}

function readIndexes(connection: Connection) {
  const rows = connection.all(
    `SELECT t.name AS table_name, i.name AS index_name, c.name AS column_name, c."desc" AS descending
    FROM main.sqlite_schema AS t, pragma_index_list(t.name, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c
    WHERE t.type = 'table' AND t.rootpage > 0 AND i.origin = 'c' AND c.key = 1
    ORDER BY t.name, i.name, c.seqno`,
  )
  const tables = new Map<string, { readonly name: string; readonly columns: string[] }[]>()
  for (const row of rows) {
    const indexes = tables.get(String(row.table_name)) ?? []
    tables.set(String(row.table_name), indexes)
    const name = String(row.index_name)
    const column = `${row.column_name ?? 'an expression'}${row.descending === 1n ? ' DESC' : ''}`
    const index = indexes.find((known) => known.name === name)
    if (index === undefined) indexes.push({ name, columns: [column] })
    else index.columns.push(column)
  }
  return { indexes: tables, knowsDescending: rows.some(({ descending }) => descending === 1n) }
}
