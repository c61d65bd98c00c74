import { countOf } from '../count.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { ColumnFacts, Facts, ForeignKeyFacts, IndexFacts, TableFacts } from '../proof/facts.ts'
import { factsAt } from '../proof/facts-at.ts'
import { findShadows } from '../schema/shadow.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, foldUpper, isInternalName, quoteName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import type { Check } from './check.ts'

/**
 * The facts are compared with what SQLite's pragmas report, not with what `readSchema` makes of it: an oracle that
 * shares its reader with another one finds nothing new.
 */
export const factsCheck: Check = {
  name: 'facts',
  proves: 'holds what the facts of its version say, and nothing else',
  needs: 'database',
  lacks: ({ suite }) => (suite.facts.tables.length === 0 ? 'no tables declared' : null),
  run: ({ suite: { facts, plan }, target, upgraded, extras }) => {
    const own = (wanted: string) => extras.filter(({ type }) => type === wanted).map(({ name }) => name)
    const others = [...plan.versions.tables, ...own('table')]
    const count = factsAt(facts, target).tables.length
    return {
      detail: `${countOf(count, 'table')} ${count === 1 ? 'matches its declaration' : 'match their declarations'}`,
      problems: compareWithFacts(upgraded, facts, target, others, own('index')),
    }
  },
}

/**
 * Compares a database with the facts of a version; facts without tables say nothing.
 *
 * @param others tables that may be there beside those of the facts
 * @param otherIndexes indexes that may be there on tables of the facts
 *
 * @example
 * ```js
 * import { compareWithFacts, openSnapshot } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const snapshot = openSnapshot('fixtures', 'v2', { on: 'memory' })
 * snapshot.connection.exec('DROP TABLE tag')
 * console.log(compareWithFacts(snapshot.connection, config.facts, 2, ['schema_version']).length) // 1
 * snapshot.close()
 * ```
 */
export function compareWithFacts(
  connection: Connection,
  facts: Facts,
  version: number,
  others: readonly string[] = [],
  otherIndexes: readonly string[] = [],
): Problem[] {
  if (facts.tables.length === 0) return []
  const { tables } = factsAt(facts, version)
  return [
    ...findOtherTables(connection, [...tables.map(({ name }) => name), ...others]),
    ...tables.flatMap((table) => compareTable(connection, table, new Set(otherIndexes.map(foldName)))),
  ]
}

/** What a virtual table keeps behind it is as little a table of its own as `sqlite_sequence` is. */
function findOtherTables(connection: Connection, expected: readonly string[]): Problem[] {
  const catalog = connection.all("SELECT type, name, sql FROM sqlite_schema WHERE type = 'table'")
  const known = new Set([...findShadows(catalog), ...expected.map(foldName)])
  return catalog
    .map(({ name }) => String(name))
    .filter((name) => !isInternalName(name) && !known.has(foldName(name)))
    .map((name) => problemOf(name, undefined, 'none', 'a table of that name'))
}

function compareTable(
  connection: Connection,
  table: TableFacts,
  otherIndexes: ReadonlySet<string>,
): Problem[] {
  const { name } = table
  const sql = readSql(connection, name)
  if (sql === null) return [problemOf(name, undefined, 'a table of that name', 'none')]
  return [
    ...compareLists(name, 'column', table.columns.map(describeColumn), readColumns(connection, name)),
    ...compareLists(name, 'constraint', table.unique.map(describeUnique), readUniques(connection, name)),
    ...compareLists(
      name,
      'index',
      table.indexes.map(describeIndex),
      readIndexes(connection, name, otherIndexes),
    ),
    ...compareLists(
      name,
      'foreign key',
      table.foreignKeys.map(describeForeignKey),
      readForeignKeys(connection, name),
    ),
    ...compareLists(name, 'clause', describeClauses(table), readClauses(sql)),
  ]
}

/** Compares two lists of descriptions, in order for columns, which come in the order of the table. */
function compareLists(
  table: string,
  what: string,
  expected: readonly Described[],
  actual: readonly Described[],
): Problem[] {
  const length = what === 'column' ? Math.max(expected.length, actual.length) : 0
  const inOrder = Array.from({ length }, (_, index) => [expected[index], actual[index]] as const)
  const missing = without(expected, actual).map((item) => [item, undefined] as const)
  const extra = without(actual, expected).map((item) => [undefined, item] as const)
  const pairs = what === 'column' ? inOrder : [...missing, ...extra]
  return pairs
    .filter(([left, right]) => left?.key !== right?.key)
    .map(([left, right]) => problemOf(table, what, left?.text ?? 'none', right?.text ?? 'none'))
}

function problemOf(table: string, aspect: string | undefined, expected: string, actual: string): Problem {
  const isExtra = aspect === undefined && expected === 'none'
  return makeProblem('facts', {
    subject: { type: 'table', name: table, aspect },
    expected,
    actual,
    fix: isExtra
      ? 'declare it in `tables` of the config, or drop it in a migration'
      : `correct the migration or, where the schema is as intended, the declaration of ${table} in \`tables\` of the config`,
  })
}

function without(items: readonly Described[], others: readonly Described[]): readonly Described[] {
  const keys = new Set(others.map(({ key }) => key))
  return items.filter(({ key }) => !keys.has(key))
}

/** One thing of a table. Two are the same where their keys are equal: names and types are folded there. */
export interface Described {
  readonly text: string
  readonly key: string
}

function describeColumn(column: ColumnFacts): Described {
  const folded = { ...column, name: foldName(column.name), type: foldUpper(column.type) }
  return { text: writeColumn(column), key: writeColumn(folded) }
}

function writeColumn({ name, type, notNull, default: value, collate, key }: ColumnFacts): string {
  const parts = [
    name,
    type,
    notNull ? 'NOT NULL' : '',
    value === undefined ? '' : `DEFAULT ${normaliseSql(value)}`,
    collate === undefined ? '' : `COLLATE ${collate}`,
    key === undefined ? '' : `key ${key}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function describeUnique(columns: readonly string[]): Described {
  const write = (names: readonly string[]) => `UNIQUE (${names.join(', ')})`
  return { text: write(columns), key: write(columns.map(foldName)) }
}

function describeIndex(index: IndexFacts): Described {
  const folded = { ...index, name: foldName(index.name), columns: index.columns.map(foldName) }
  return { text: writeIndex(index), key: writeIndex(folded) }
}

function writeIndex({ name, columns, unique, where }: IndexFacts): string {
  const condition = where === undefined ? '' : ` WHERE ${normaliseSql(where)}`
  return `${unique ? 'UNIQUE ' : ''}${name} (${columns.join(', ')})${condition}`
}

/** As in the facts, but for the actions, which SQLite reports as text. */
type ForeignKeyDescription = Record<'onDelete' | 'onUpdate', string> &
  Omit<ForeignKeyFacts, 'onDelete' | 'onUpdate'>

function describeForeignKey(foreignKey: ForeignKeyDescription): Described {
  const { columns, parent, parentColumns } = foreignKey
  const folded = {
    ...foreignKey,
    columns: columns.map(foldName),
    parent: foldName(parent),
    parentColumns: parentColumns.map(foldName),
  }
  return { text: writeForeignKey(foreignKey), key: writeForeignKey(folded) }
}

function writeForeignKey(foreignKey: ForeignKeyDescription): string {
  const { columns, parent, parentColumns, onDelete, onUpdate } = foreignKey
  const reference = `(${columns.join(', ')}) → ${parent} (${parentColumns.join(', ')})`
  return `${reference} ON DELETE ${onDelete} ON UPDATE ${onUpdate}`
}

/** What no pragma shows: CHECK, AUTOINCREMENT and the options after the closing parenthesis. */
function describeClauses({ checks, autoincrement, strict, withoutRowid }: TableFacts): Described[] {
  const clauses = [
    ...checks.map((check) => `CHECK (${normaliseSql(check)})`),
    ...(autoincrement ? ['AUTOINCREMENT'] : []),
    ...(strict ? ['STRICT'] : []),
    ...(withoutRowid ? ['WITHOUT ROWID'] : []),
  ]
  return clauses.map(describeClause)
}

function describeClause(clause: string): Described {
  return { text: clause, key: clause }
}

function readColumns(connection: Connection, table: string): Described[] {
  return connection
    .all('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) ORDER BY cid', [table])
    .map(({ name, type, notnull, dflt_value, pk }) => {
      const collate = readCollation(connection, table, String(name))
      return describeColumn({
        name: String(name),
        type: String(type),
        ...(notnull === 1n ? { notNull: true } : {}),
        ...(dflt_value === null ? {} : { default: String(dflt_value) }),
        ...(collate === undefined ? {} : { collate }),
        ...(pk === 0n ? {} : { key: Number(pk) }),
      })
    })
}

/**
 * How the values of a column are compared, which no pragma shows. A compound SELECT compares as its first column does
 * (https://www.sqlite.org/datatype3.html#collation), so that it shows which of some texts are equal, without a row.
 */
function readCollation(connection: Connection, table: string, column: string): ColumnFacts['collate'] {
  const first = `SELECT ${quoteName(column)} FROM main.${quoteName(table)} WHERE 0`
  const texts = ["'a'", "'A'", "'a '", "'a  '"].map((text) => `SELECT ${text}`)
  const [found] = connection.all(`SELECT count(*) AS count FROM (${[first, ...texts].join(' UNION ')})`)
  if (found?.count === 3n) return 'NOCASE'
  return found?.count === 2n ? 'RTRIM' : undefined
}

/** The sets of columns under a UNIQUE constraint, which SQLite keeps as indexes without a name of their own. */
function readUniques(connection: Connection, table: string): Described[] {
  return connection
    .all(`SELECT name FROM pragma_index_list(?) WHERE origin = 'u'`, [table])
    .map(({ name }) => describeUnique(readIndexColumns(connection, String(name))))
}

/** @param others folded names of indexes that are left out */
function readIndexes(connection: Connection, table: string, others: ReadonlySet<string>): Described[] {
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

function readForeignKeys(connection: Connection, table: string): Described[] {
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

function readClauses(sql: string): Described[] {
  const text = normaliseSql(sql)
  const options = text.slice(text.lastIndexOf(')') + 1)
  const clauses = [
    ...readChecks(text).map((check) => `CHECK (${check})`),
    ...(/\bautoincrement\b/.test(text) ? ['AUTOINCREMENT'] : []),
    ...(/\bstrict\b/.test(options) ? ['STRICT'] : []),
    ...(/\bwithout rowid\b/.test(options) ? ['WITHOUT ROWID'] : []),
  ]
  return clauses.map(describeClause)
}

/** The expressions of the CHECK constraints in a normalised statement, to the parenthesis that closes each. */
function readChecks(text: string): string[] {
  const pieces = [...text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\bcheck \(|[()]/g)]
  return pieces.flatMap(({ 0: piece, index }, position) => {
    if (piece !== 'check (') return []
    let depth = 1
    const end = pieces.slice(position + 1).find(([next]) => {
      if (next === '(' || next === 'check (') depth += 1
      if (next === ')') depth -= 1
      return depth === 0
    })
    return end === undefined ? [] : [text.slice(index + piece.length, end.index).trim()]
  })
}

/** Of a table or an index: a trigger may have the same name. NOCASE folds as SQLite does for names. */
function readSql(connection: Connection, name: string): string | null {
  const [entry] = connection.all(
    "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND name = ? COLLATE NOCASE",
    [name],
  )
  return entry === undefined ? null : String(entry.sql)
}
