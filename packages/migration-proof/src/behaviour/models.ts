import * as fc from 'fast-check'
import { DiagnosedError } from '../errors.ts'
import type { ColumnDeclaration, ForeignKeyDeclaration, TableDeclaration } from '../proof/facts.ts'
import {
  foreignKeysOf,
  indexesOf,
  isExpression,
  isNotNull,
  isRowNumber,
  tablesAt,
} from '../proof/facts-at.ts'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { cutoffs, cutoffsAround, dateTimes, keys, kinds, mostly, rowNumbers, valuesOfType } from './pools.ts'
import type {
  Absent,
  Affinity,
  CheckModel,
  Clock,
  ColumnModel,
  ExpiryModel,
  HazardModel,
  ReferenceModel,
  TableModel,
} from './table-model.ts'
import { affinityOf, coerce } from './values.ts'

const seconds = (milliseconds: number) => BigInt(Math.floor(milliseconds / 1000))
const utc = (milliseconds: number) => new Date(milliseconds).toISOString()

/** The known default expressions, and their value at a time: https://www.sqlite.org/lang_datefunc.html */
const clocks: Readonly<Record<string, Clock['at']>> = {
  'unixepoch()': seconds,
  "unixepoch('now')": seconds,
  'unixepoch() * 1000': (milliseconds) => seconds(milliseconds) * 1000n,
  "strftime('%s', 'now')": (milliseconds) => `${seconds(milliseconds)}`,
  current_timestamp: (milliseconds) => utc(milliseconds).slice(0, 19).replace('T', ' '),
  "datetime('now')": (milliseconds) => utc(milliseconds).slice(0, 19).replace('T', ' '),
  current_date: (milliseconds) => utc(milliseconds).slice(0, 10),
  "date('now')": (milliseconds) => utc(milliseconds).slice(0, 10),
  "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')": (milliseconds) => `${utc(milliseconds).slice(0, 19)}Z`,
  "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')": utc,
}

/**
 * What a column stores when a row omits it, derived from its declaration.
 *
 * @throws {DiagnosedError} when the value of its default is not known
 */
function absentOf(where: string, column: ColumnDeclaration, isNotNull: boolean): Absent {
  const { default: declared, type } = column
  if (declared === undefined) return isNotNull ? { is: 'refused' } : { is: 'null' }
  const affinity = affinityOf(type)
  const sql = typeof declared === 'string' ? declared : declared.sql
  const at = typeof declared === 'string' ? clockOf(declared) : 'at' in declared ? declared.at : undefined
  if (at !== undefined) {
    const stored = (milliseconds: number) => coerce(at(milliseconds), affinity) as bigint | string
    return { is: 'clock', clock: { label: `${sql} at the time of the INSERT`, at: stored } }
  }
  const value = typeof declared === 'object' && 'value' in declared ? declared.value : readLiteral(sql)
  if (value === undefined) {
    throw new DiagnosedError({
      where,
      expected: 'a default that is a literal or the time of the INSERT',
      actual: sql,
      fix: 'declare it as { sql, value }, or as { sql, at } where it depends on the time',
    })
  }
  const stored = coerce(value, affinity)
  return stored === null ? { is: 'null' } : { is: 'value', value: stored }
}

function clockOf(sql: string): Clock['at'] | undefined {
  const written = normaliseSql(sql)
  return Object.entries(clocks).find(([known]) => normaliseSql(known) === written)?.[1]
}

/** The value of a literal: https://www.sqlite.org/lang_expr.html#literal_values_constants_ */
function readLiteral(sql: string): SqlValue | undefined {
  const text = sql.trim()
  if (/^[+-]?\d+$/.test(text)) return readInteger(text)
  if (/^[+-]?(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^'([^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'")
  if (/^x'([0-9a-f]{2})*'$/i.test(text)) return new Uint8Array(Buffer.from(text.slice(2, -1), 'hex'))
  return { null: null, true: 1n, false: 0n }[text.toLowerCase()]
}

function readInteger(text: string): SqlValue {
  const integer = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, integer) === integer ? integer : Number(text)
}

/** How the tables of a suite handle rows, by version. The models of a version are built once. */
export interface TableModels {
  readonly tables: readonly TableDeclaration[]
  /** The tables of a version, each after those that it refers to. */
  at(version: number): readonly TableModel[]
}

/** Builds models of declared tables: how they handle rows, and which rows are tried. */
export function modelsOf(tables: readonly TableDeclaration[]): TableModels {
  const known = new Map<number, readonly TableModel[]>()
  return {
    tables,
    at: (version) => {
      const models = known.get(version) ?? makeModels(tablesAt(tables, version))
      known.set(version, models)
      return models
    },
  }
}

/** The models of the tables of one version, each after those that it refers to. */
function makeModels(tables: readonly TableDeclaration[]): TableModel[] {
  const made = new Map<string, TableModel>()
  const visited = new Set<string>()
  const visit = (table: TableDeclaration) => {
    if (visited.has(table.name)) return
    visited.add(table.name)
    for (const { parent } of table.foreignKeys ?? []) visit(tableNamed(tables, parent))
    made.set(table.name, makeModel(table, tables))
  }
  for (const table of tables) visit(table)
  return [...made.values()]
}

function tableNamed(tables: readonly TableDeclaration[], wanted: string): TableDeclaration {
  const table = tables.find(({ name }) => name === wanted)
  if (table === undefined) throw new RangeError(`There is no declaration of the table ${wanted}`)
  return table
}

function makeModel(table: TableDeclaration, tables: readonly TableDeclaration[]): TableModel {
  const { name, key = [], unique = [], checks = [], expiry, columns } = table
  const indexes = indexesOf(table)
  const [first = ''] = key
  const uniques = indexes
    .filter((index) => index.unique)
    .map((index) => ({ ...index, columns: index.columns.map((term) => term.replace(/ DESC$/, '')) }))
  return {
    name,
    key,
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, declared]) => [
        column,
        makeColumn(table, tables, column, declared),
      ]),
    ),
    unique: [...unique, ...uniques.flatMap((index) => (index.identity === undefined ? [index.columns] : []))],
    identities: uniques.flatMap(({ columns: terms, identity }) =>
      identity === undefined ? [] : [{ columns: terms.filter((term) => !isExpression(term)), of: identity }],
    ),
    references: (table.foreignKeys ?? []).map((foreignKey) => makeReference(table, foreignKey)),
    checks: checks.map(makeCheck),
    hazards: hazardsOf(table),
    indexes: indexes.map((index) => ({
      name: index.name,
      order: index.columns,
      ...(index.where === undefined ? {} : { where: index.where }),
    })),
    ...(isRowNumber(table, first) ? { rowNumbers: table.autoincrement ? 'never reused' : 'reused' } : {}),
    ...(expiry === undefined ? {} : { expiry: makeExpiry(table, expiry) }),
    ...(table.strict ? { strict: true } : {}),
    ...(table.withoutRowid ? { withoutRowid: true } : {}),
  }
}

function makeColumn(
  table: TableDeclaration,
  tables: readonly TableDeclaration[],
  name: string,
  column: ColumnDeclaration,
): ColumnModel {
  const isNumber = isRowNumber(table, name)
  const notNull = isNotNull(table, name)
  return {
    affinity: affinityIn(table, name),
    values: valuesFor(table, tables, name),
    nullable: isNumber || !notNull,
    absent: isNumber ? { is: 'numbered' } : absentOf(`${table.name}.${name}`, column, notNull),
    ...(column.collate === undefined ? {} : { collation: column.collate }),
    ...(isLimited(table, name) ? { limited: true } : {}),
  }
}

function affinityIn({ columns, strict }: TableDeclaration, name: string): Affinity {
  return affinityOf(columns[name]?.type ?? '', strict)
}

/** Whether a CHECK constraint allows only some values of a column. */
function isLimited({ checks = [] }: TableDeclaration, name: string): boolean {
  return checks.some(({ refuses }) => refuses.some((row) => name in row))
}

/** The values of a column; a column without values of its own that refers to another uses those of that column. */
function valuesFor(
  table: TableDeclaration,
  tables: readonly TableDeclaration[],
  name: string,
  seen: readonly string[] = [],
): fc.Arbitrary<SqlValue> {
  const affinity = affinityIn(table, name)
  const { values, examples } = table.columns[name] ?? {}
  const isKey = table.key?.includes(name) || table.unique?.some((columns) => columns.includes(name))
  if (typeof values === 'string') return kinds[values]
  if (values !== undefined) return fc.constantFrom(...values.map((value) => asStored(value, affinity)))
  if (examples !== undefined) return isKey ? keys(examples) : mostly(examples)
  if (isRowNumber(table, name)) return rowNumbers
  for (const { columns, parent, parentColumns = columns } of [
    ...(table.foreignKeys ?? []),
    ...(table.references ?? []),
  ]) {
    const target = parentColumns[columns.indexOf(name)]
    if (target === undefined || seen.includes(`${parent}.${target}`)) continue
    return valuesFor(tableNamed(tables, parent), tables, target, [...seen, `${parent}.${target}`])
  }
  return isKey && affinity === 'TEXT' ? keys(['a', 'b']) : valuesOfType(affinity)
}

/** Integers may be written as plain numbers; SQLite stores them as INTEGER except in REAL columns. */
function asStored(value: SqlValue, affinity: Affinity): SqlValue {
  const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && affinity !== 'REAL'
  return isInteger ? BigInt(value) : value
}

function makeReference(
  table: TableDeclaration,
  { orphans, ...foreignKey }: ForeignKeyDeclaration,
): ReferenceModel {
  const [complete] = foreignKeysOf({ columns: {}, foreignKeys: [foreignKey] })
  if (complete === undefined) throw new RangeError('A foreign key was lost')
  return { ...complete, orphans: fc.constantFrom(...(orphans ?? makeOrphans(table, foreignKey.columns))) }
}

/** Values that no parent has: none of the values tried as keys is like them. */
function makeOrphans(table: TableDeclaration, columns: readonly string[]): SqlRow[] {
  const texts = ['no such row', 'NO SUCH ROW', '  ']
  return texts.map((text) =>
    Object.fromEntries(columns.map((name) => [name, orphanOf(affinityIn(table, name), text)])),
  )
}

function orphanOf(affinity: Affinity, text: string): SqlValue {
  if (affinity === 'TEXT') return text
  if (affinity === 'REAL') return 7_000_000_007.5
  return affinity === 'INTEGER' || affinity === 'NUMERIC' ? 7_000_000_007n : Buffer.from(text)
}

function makeCheck({ sql, holds, refuses }: NonNullable<TableDeclaration['checks']>[number]): CheckModel {
  return { label: sql, holds, violations: fc.constantFrom(...refuses) }
}

/**
 * What SQLite accepts although it should not: NULL in a primary key (https://www.sqlite.org/lang_createtable.html), and
 * text, which sorts after every number, in a numeric column.
 */
function hazardsOf(table: TableDeclaration): HazardModel[] {
  const { key = [], foreignKeys = [], strict } = table
  const referring = new Set(foreignKeys.flatMap(({ columns }) => columns))
  const free = Object.keys(table.columns).filter(
    (name) => !isRowNumber(table, name) && !isLimited(table, name),
  )
  const numbers = free.filter(
    (name) =>
      !strict && !referring.has(name) && ['INTEGER', 'REAL', 'NUMERIC'].includes(affinityIn(table, name)),
  )
  return [
    ...free
      .filter((name) => key.includes(name) && !isNotNull(table, name))
      .map((name) => ({ label: `NULL as the key ${name}`, values: fc.constant<SqlRow>({ [name]: null }) })),
    ...numbers.map((name) => ({
      label: `text in the number ${name}`,
      values: fc.constantFrom('never', '', '9999-12-31', '1 day').map((value) => ({ [name]: value })),
    })),
  ]
}

/** A row without an expiry never expires. */
function makeExpiry(
  table: TableDeclaration,
  { column, index }: NonNullable<TableDeclaration['expiry']>,
): ExpiryModel {
  const name = quoteName(column)
  return {
    column,
    index,
    expired: `${isNotNull(table, column) ? '' : `${name} IS NOT NULL AND `}${name} <= ?`,
    cutoffs: cutoffsFor(table, column),
  }
}

function cutoffsFor(table: TableDeclaration, column: string): fc.Arbitrary<bigint | string> {
  const { values, examples = [] } = table.columns[column] ?? {}
  const isText = affinityIn(table, column) === 'TEXT' || values === 'date-time'
  const listed = Array.isArray(values) ? values.map((value) => asStored(value, 'INTEGER')) : examples
  const texts = listed.filter((value) => typeof value === 'string')
  if (isText) return fc.constantFrom(...(texts.length === 0 ? dateTimes : texts))
  const numbers = listed.filter((value) => typeof value === 'bigint')
  return numbers.length === 0 ? cutoffs : cutoffsAround(numbers)
}

/** The tables and indexes of other versions, which must be absent from a database of this version. */
export function absentIn(
  version: number,
  tables: readonly TableDeclaration[],
): {
  readonly tables: readonly string[]
  readonly indexes: readonly (readonly [table: string, index: string])[]
} {
  const present = tablesAt(tables, version)
  const names = new Set(present.map(({ name }) => name))
  const own = new Set(present.flatMap((table) => indexesOf(table).map(({ name }) => name)))
  const indexes = tables
    .filter(({ name }) => names.has(name))
    .flatMap((table) =>
      [table, ...(table.changes ?? []).map((change) => ({ columns: {}, ...change }))].flatMap((shape) =>
        indexesOf(shape).map(({ name }) => [table.name, name] as const),
      ),
    )
  return {
    tables: [...new Set(tables.map(({ name }) => name).filter((name) => !names.has(name)))],
    indexes: indexes.filter(([, name]) => !own.has(name)),
  }
}
