import type { TableFacts } from '../../proof/facts.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import {
  type Described,
  describeClause,
  describeColumn,
  describeForeignKey,
  describeIndex,
  describeUnique,
} from './describe.ts'

export function readColumns(connection: Connection, table: string): Described[] {
  return connection
    .all('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) ORDER BY cid', [table])
    .map(({ name, type, notnull, dflt_value, pk }) =>
      describeColumn({
        name: String(name),
        type: String(type),
        ...(notnull === 1n ? { notNull: true } : {}),
        ...(dflt_value === null ? {} : { default: String(dflt_value) }),
        ...(pk === 0n ? {} : { key: Number(pk) }),
      }),
    )
}

/** The sets of columns under a UNIQUE constraint, which SQLite keeps as indexes without a name of their own. */
export function readUniques(connection: Connection, table: string): Described[] {
  return connection
    .all(`SELECT name FROM pragma_index_list(?) WHERE origin = 'u'`, [table])
    .map(({ name }) => describeUnique(readIndexColumns(connection, String(name))))
}

/** @param others folded names of indexes that are left out */
export function readIndexes(connection: Connection, table: string, others: ReadonlySet<string>): Described[] {
  return connection
    .all(`SELECT name, "unique", partial FROM pragma_index_list(?) WHERE origin = 'c'`, [table])
    .filter(({ name }) => !others.has(foldName(String(name))))
    .map(({ name, unique, partial }) => {
      const where = partial === 1n ? readPredicate(connection, String(name)) : undefined
      return describeIndex({
        name: String(name),
        columns: readIndexColumns(connection, String(name)),
        ...(unique === 1n ? { unique: true } : {}),
        ...(where === undefined ? {} : { where }),
      })
    })
}

function readIndexColumns(connection: Connection, index: string): string[] {
  return connection
    .all('SELECT name, "desc" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno', [index])
    .map((column) => `${column.name ?? 'expression'}${column.desc === 1n ? ' DESC' : ''}`)
}

function readPredicate(connection: Connection, index: string): string | undefined {
  const sql = normaliseSql(readSql(connection, index) ?? '')
  return sql.split(' where ').at(1)
}

export function readForeignKeys(connection: Connection, table: string): Described[] {
  const keys = new Map<SqlValue | undefined, SqlRow[]>()
  for (const row of connection.all('SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq', [table])) {
    keys.set(row.id, [...(keys.get(row.id) ?? []), row])
  }
  return [...keys.values()].map((rows) => {
    const [first] = rows
    const parent = String(first?.table)
    return describeForeignKey({
      columns: rows.map((row) => String(row.from)),
      parent,
      parentColumns: readParentColumns(connection, parent, rows),
      onDelete: String(first?.on_delete),
      onUpdate: String(first?.on_update),
    })
  })
}

/** A foreign key that names no columns of its parent refers to the parent's primary key. */
function readParentColumns(connection: Connection, parent: string, rows: readonly SqlRow[]): string[] {
  if (rows.every(({ to }) => to !== null)) return rows.map(({ to }) => String(to))
  return connection
    .all('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', [parent])
    .map(({ name }) => String(name))
}

export function readClauses(sql: string, { checks }: TableFacts): Described[] {
  const text = normaliseSql(sql)
  const options = text.slice(text.lastIndexOf(')') + 1)
  const known = checks.map(normaliseSql).filter((check) => text.includes(`check (${check})`))
  const count = text.match(/\bcheck \(/g)?.length ?? 0
  const unknown = Array.from(
    { length: Math.max(0, count - known.length) },
    () => 'CHECK of another expression',
  )
  const clauses = [
    ...known.map((check) => `CHECK (${check})`),
    ...unknown,
    ...(/\bautoincrement\b/.test(text) ? ['AUTOINCREMENT'] : []),
    ...(/\bstrict\b/.test(options) ? ['STRICT'] : []),
    ...(/\bwithout rowid\b/.test(options) ? ['WITHOUT ROWID'] : []),
  ]
  return clauses.map(describeClause)
}

/** Of a table or an index: a trigger may have the same name. NOCASE folds as SQLite does for names. */
export function readSql(connection: Connection, name: string): string | null {
  const [entry] = connection.all(
    "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND name = ? COLLATE NOCASE",
    [name],
  )
  return entry === undefined ? null : String(entry.sql)
}
