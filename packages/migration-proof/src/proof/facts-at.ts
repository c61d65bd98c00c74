import { foldName, foldUpper } from '../sql/names.ts'
import {
  type ColumnDeclaration,
  type ColumnFacts,
  type Contract,
  type ContractDeclaration,
  existsIn,
  type Facts,
  type ForeignKeyFacts,
  type IndexDeclaration,
  type IndexFacts,
  type Lifetime,
  type TableDeclaration,
  type TableFacts,
  type TableShape,
} from './facts.ts'

/** A foreign key with its child table. */
export interface Edge extends ForeignKeyFacts {
  readonly child: string
}

/** The facts of one version. */
export interface FactsAtVersion {
  readonly tables: readonly TableFacts[]
  readonly contracts: readonly Contract[]
}

/**
 * The facts of a suite: a contract exists as long as its table, and secrets and references are those of the latest
 * version.
 */
export function completeFacts(
  tables: readonly TableDeclaration[],
  contracts: readonly ContractDeclaration[],
  latest: number,
): Facts {
  const current = tablesAt(tables, latest)
  return {
    tables,
    contracts: contracts.map((contract) => ({ ...contract, ...lifetimeOf(contract, tables) })),
    secrets: current.flatMap(({ name: table, columns }) =>
      Object.entries(columns).flatMap(([column, { secret }]) => (secret ? [{ table, column }] : [])),
    ),
    references: current.flatMap(({ name: table, references = [] }) =>
      references.map(({ columns, parent, parentColumns = columns }) => ({
        table,
        columns,
        parent,
        parentColumns,
      })),
    ),
  }
}

/** The lifetime of a contract defaults to that of its table. */
function lifetimeOf(
  { table, since, until }: ContractDeclaration,
  tables: readonly TableDeclaration[],
): Lifetime {
  const declared = tables.filter(({ name }) => foldName(name) === foldName(table))
  const end = until ?? declared.at(-1)?.until
  return { since: since ?? declared[0]?.since ?? 1, ...(end === undefined ? {} : { until: end }) }
}

/**
 * Picks what exists at a version: tables, and in them columns and indexes, and contracts.
 *
 * @example
 * ```js
 * import { factsAt } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * const { tables } = factsAt(config.facts, 1)
 * console.log(tables.map(({ name }) => name)) // [ 'note' ]
 * ```
 */
export function factsAt(facts: Facts, version: number): FactsAtVersion {
  return {
    tables: tablesAt(facts.tables, version).map(factsOf),
    contracts: facts.contracts.filter((contract) => existsIn(version, contract)),
  }
}

/**
 * Every foreign key of a version.
 *
 * @example
 * ```js
 * import { edgesAt } from 'migration-proof'
 * import config from './migration-proof.config.mjs'
 *
 * for (const { child, parent } of edgesAt(config.facts, 2)) console.log(`${child} refers to ${parent}`) // tag refers to note
 * ```
 */
export function edgesAt(facts: Facts, version: number): Edge[] {
  return factsAt(facts, version).tables.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map((foreignKey) => ({ ...foreignKey, child: name })),
  )
}

/** The tables of a version in their shape at that version, without later changes, columns and indexes. */
export function tablesAt(tables: readonly TableDeclaration[], version: number): TableDeclaration[] {
  return tables.filter((table) => existsIn(version, table)).map((table) => shapeAt(table, version))
}

function shapeAt({ changes = [], ...first }: TableDeclaration, version: number): TableDeclaration {
  let shape: TableDeclaration = first
  for (const { since, ...change } of changes) {
    if (since > version) break
    const columns = { ...shape.columns, ...change.columns }
    shape = { ...shape, ...change, columns, indexes: { ...shape.indexes, ...change.indexes } }
  }
  const indexes = Object.fromEntries(indexesOf(shape).map(({ name, ...index }) => [name, index]))
  return { ...shape, columns: pickAt(shape.columns, version), indexes: pickAt(indexes, version) }
}

function pickAt<Item extends Partial<Lifetime>>(items: Readonly<Record<string, Item>>, version: number) {
  return Object.fromEntries(Object.entries(items).filter(([, item]) => existsIn(version, item)))
}

/** The indexes of a shape, written in full. */
export function indexesOf({ indexes = {} }: TableShape): (IndexDeclaration & { readonly name: string })[] {
  return Object.entries(indexes).map(([name, index]) =>
    'columns' in index ? { name, ...index } : { name, columns: index },
  )
}

/** Whether a term of an index is an expression: which one is not declared. */
export function isExpression(term: string): boolean {
  return /^expression( DESC)?$/.test(term)
}

/** The foreign keys of a shape, written in full. */
export function foreignKeysOf({ foreignKeys = [] }: TableShape): ForeignKeyFacts[] {
  return foreignKeys.map(({ columns, parent, parentColumns = columns, onDelete, onUpdate }) => ({
    columns,
    parent,
    parentColumns,
    onDelete: onDelete ?? 'NO ACTION',
    onUpdate: onUpdate ?? 'NO ACTION',
  }))
}

/** Whether a column is the number of its row: https://www.sqlite.org/lang_createtable.html#rowid */
export function isRowNumber({ columns, key = [], withoutRowid }: TableShape, name: string): boolean {
  const type = columns[name]?.type ?? ''
  return !withoutRowid && key.length === 1 && key[0] === name && foldUpper(type) === 'INTEGER'
}

/** Whether a column refuses NULL, as primary keys of STRICT and WITHOUT ROWID tables do without a declaration. */
export function isNotNull(table: TableShape, name: string): boolean {
  const { columns, key = [], strict, withoutRowid } = table
  const isImplied = key.includes(name) && !isRowNumber(table, name) && Boolean(strict || withoutRowid)
  return columns[name]?.notNull === true || isImplied
}

function factsOf(table: TableDeclaration): TableFacts {
  const { name, since, until, columns, unique = [], checks = [], expiry } = table
  return {
    name,
    since,
    ...(until === undefined ? {} : { until }),
    columns: Object.entries(columns).map(([column, declared]) => columnFacts(table, column, declared)),
    unique,
    indexes: indexesOf(table).map(indexFacts),
    foreignKeys: foreignKeysOf(table),
    checks: checks.map(({ sql }) => sql),
    ...(table.autoincrement ? { autoincrement: true } : {}),
    ...(table.strict ? { strict: true } : {}),
    ...(table.withoutRowid ? { withoutRowid: true } : {}),
    ...(expiry === undefined
      ? {}
      : { expiry: isNotNull(table, expiry.column) ? expiry : { ...expiry, nullNeverExpires: true } }),
  }
}

function columnFacts(table: TableShape, name: string, column: ColumnDeclaration): ColumnFacts {
  const { type, default: value, collate } = column
  const key = (table.key ?? []).findIndex((part) => foldName(part) === foldName(name)) + 1
  return {
    name,
    type,
    ...(isNotNull(table, name) ? { notNull: true } : {}),
    ...(value === undefined ? {} : { default: typeof value === 'string' ? value : value.sql }),
    ...(collate === undefined ? {} : { collate }),
    ...(key === 0 ? {} : { key }),
  }
}

function indexFacts({ name, columns, unique, where }: IndexDeclaration & { name: string }): IndexFacts {
  return {
    name,
    columns,
    ...(unique ? { unique: true } : {}),
    ...(where === undefined ? {} : { where }),
  }
}
