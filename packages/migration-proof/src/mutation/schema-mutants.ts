import { errorCode } from '../migrator/errors.ts'
import type { Migration } from '../migrator/migration.ts'
import { definePlan, type MigrationPlan } from '../migrator/plan.ts'
import { userVersion } from '../migrator/version-store.ts'
import { acceptSameRows } from '../rows/deciding-rows.ts'
import { parseCondition } from '../rows/expression.ts'
import { allowedValues } from '../rows/requirements.ts'
import {
  type Column,
  type ForeignKey,
  findTable,
  type Index,
  type Schema,
  type Table,
} from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { foldName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { splitStatements } from '../sql/split.ts'
import { inMemory, survey } from './mutants.ts'
import { operators } from './operators/index.ts'
import { parseNode } from './syntax/parse.ts'

/**
 * The operators that SchemaAnalyst and DOMINO published (McMinn and others, TOSEM 2015), and ours for the same faults.
 * In one case ours has less: of the column pairs that a foreign key may get, one for each column of the child.
 */
const published = {
  PKCColumnA: 'primary-key-column-added',
  PKCColumnR: 'primary-key-column-dropped',
  PKCColumnE: 'primary-key-column-changed',
  UCColumnA: 'unique-column-added',
  UCColumnR: 'unique-column-dropped',
  UCColumnE: 'unique-column-changed',
  NNCA: 'not-null-added',
  NNCR: 'not-null-dropped',
  FKCColumnPairA: 'foreign-key-pair-added',
  FKCColumnPairR: 'foreign-key-pair-dropped',
  FKCColumnPairE: 'foreign-key-pair-changed',
  CCNullifier: 'check-dropped',
  CCInExpressionRHSListExpressionElementR: 'check-value-dropped',
  CCRelationalExpressionOperatorE: 'check-operator-changed',
} as const

type PublishedOperator = keyof typeof published

/** A schema with one injected fault. */
export interface SchemaMutant {
  readonly operator: PublishedOperator
  readonly table: string
  /** What the fault is, as the end of the sentence "This mutant …". */
  readonly fault: string
  /** The whole schema. */
  readonly sql: string
  /** Why it accepts just the rows that the original accepts; null where that is not known. */
  readonly equivalentBecause: string | null
}

/**
 * The mutants of a schema by the published operators, without those that SQLite refuses to create, for benchmarks that
 * judge rows by whether an INSERT is accepted. Mutants of different operators may be equal, as the published ones are.
 *
 * @param sql the statements that create the schema
 * @throws {MigrationFailedError} when SQLite refuses them
 */
export function schemaMutants(sql: string): SchemaMutant[] {
  const up: Migration['up'] = (connection) => connection.exec(sql)
  const input = survey(definePlan([{ version: 1, name: 'schema', up }], userVersion()))
  const original = tryRead(sql)
  return publishedOperators.flatMap(({ operator, inject }) => {
    const mutants = [...inject(input)].map(({ object, fault, plan }): SchemaMutant | null => {
      const faulty = executedBy(plan)
      const schema = tryRead(faulty)
      if (schema === null || original === null) return null
      const table = original.indexes.get(foldName(object))?.table ?? object
      const equivalentBecause = whyEquivalent(original, schema)
      return { operator, table, fault, sql: faulty, equivalentBecause }
    })
    const created = mutants.filter((mutant) => mutant !== null)
    return [...new Map(created.map((mutant) => [mutant.sql, mutant])).values()]
  })
}

/** The beginnings of the statements of a schema that the parser does not know, so that they have no mutants. */
export function unknownStatements(sql: string): string[] {
  return splitStatements(sql)
    .filter((statement) => /^create (table|unique index|index) /.test(normaliseSql(statement)))
    .filter((statement) => parseNode(statement) === null)
    .map((statement) => normaliseSql(statement).split('(', 1)[0]?.trim() ?? '')
}

const publishedOperators = Object.entries(published).map(([operator, name]) => {
  const own = operators.find((candidate) => candidate.name === name)
  if (own === undefined) throw new Error(`There is no operator ${name}`)
  return { operator: operator as PublishedOperator, inject: own.inject }
})

/** The statements of the only migration, as one text. */
function executedBy({ migrations }: MigrationPlan): string {
  const statements: string[] = []
  const exec = (sql: string) => {
    statements.push(`${sql};`)
  }
  for (const { up } of migrations) up({ exec, all: () => [] })
  return statements.join('\n')
}

/** The schema that statements create; null where SQLite refuses one. */
function tryRead(sql: string): Schema | null {
  return inMemory((empty) => {
    try {
      empty.exec(sql)
    } catch (error) {
      if (errorCode(error) === null) throw error
      return null
    }
    return readSchema(empty)
  })
}

/**
 * Why two schemas accept the same rows: they differ at most in keys that follow from smaller ones, or of a table that
 * holds one row, and in NOT NULL where a column is never NULL anyhow. Null where they differ otherwise.
 */
function whyEquivalent(original: Schema, faulty: Schema): string | null {
  if (textOf(acceptedBy(original)) !== textOf(acceptedBy(faulty))) return whySameRows(original, faulty)
  const reasons = [...original.tables].flatMap(([name, before]) => {
    const after = faulty.tables.get(name)
    if (after === undefined || textOf(before) === textOf(after)) return []
    const isNullSame = before.columns.every(
      ({ notNull }, position) => notNull === after.columns[position]?.notNull,
    )
    if (!isNullSame) return [`the columns of ${before.name} that are never NULL stay the same`]
    if (textOf(before.foreignKeys) !== textOf(after.foreignKeys))
      return [`${before.name} has another reference that refuses the same rows`]
    if (holdsOneRow(before)) return [`${before.name} holds one row at most, so that nothing can repeat`]
    const keys = smallestOf(keySetsOf(before)).map((key) => `(${key.join(', ')})`)
    return [`what must be unique in ${before.name} follows from ${keys.join(' and ')}`]
  })
  return reasons.join('; ')
}

/** Why CHECKs and NOT NULL that differ tell no row apart: the other ones of the table refuse each that they would. */
function whySameRows(original: Schema, faulty: Schema): string | null {
  const rest = (schema: Schema) =>
    acceptedBy(schema).map((table) => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, notNull: null })),
      checks: null,
    }))
  if (textOf(rest(original)) !== textOf(rest(faulty))) return null
  const differing = [...original.tables.values()].flatMap((before) => {
    const after = findTable(faulty, before.name)
    return after === undefined || textOf(limitsOf(before)) === textOf(limitsOf(after))
      ? []
      : [[before, after] as const]
  })
  const isSame = differing.every(
    ([before, after]) => inMemory((empty) => acceptSameRows(empty, before, after)) === true,
  )
  if (!isSame) return null
  const names = differing.map(([{ name }]) => name).join(' and ')
  return `of the rows of ${names} that the other conditions accept, it tells none apart: one of each order of values was tried`
}

function limitsOf(table: Table) {
  const { columns, checks } = table
  return [
    columns.map((column) => column.notNull || isNeverNull(table, column)),
    checks.map(({ expression }) => expression),
  ]
}

/** What decides whether a schema accepts a row, in a form that is the same where the decisions are. */
function acceptedBy(schema: Schema) {
  return [...schema.tables.values()].map((table) => ({
    name: table.name,
    options: [table.strict, table.withoutRowid, table.isParsed ? '' : table.definition],
    columns: table.columns.map((column) => ({
      ...column,
      notNull: column.notNull || isNeverNull(table, column),
      keyPosition: 0,
      constraintNames: [],
    })),
    rowid: table.primaryKey?.isRowid ? [table.primaryKey.columns, table.primaryKey.autoincrement] : null,
    keys: holdsOneRow(table) ? 'one row' : smallestOf(keySetsOf(table)),
    otherKeys: table.indexes
      .filter((index) => index.unique && !isPlainKey(index))
      .map(({ name: _, ...index }) => index),
    foreignKeys: distinct(
      table.foreignKeys.map((key) => ({ ...key, name: null, isUsable: isUsable(key, schema) })),
    ),
    checks: table.checks.map(({ expression }) => expression),
  }))
}

/** What is declared twice decides once. */
function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [textOf(value), value])).values()]
}

/** The rowid is never NULL, and neither is a key without one. */
function isNeverNull({ primaryKey, withoutRowid }: Table, { keyPosition }: Column): boolean {
  return keyPosition > 0 && (withoutRowid || primaryKey?.isRowid === true)
}

/** Whether a column that is never NULL may hold one value alone, and no two rows share it. */
function holdsOneRow(table: Table): boolean {
  const columns = table.columns.map(({ name }) => name)
  const checks = table.checks.map(({ expression }) => ({
    kind: 'check' as const,
    condition: parseCondition(expression, { columns }),
    label: expression,
  }))
  return table.columns.some((column) => {
    const { name, notNull, collation } = column
    if (collation === null || !(notNull || isNeverNull(table, column))) return false
    // What the CHECK finds equal, a key must find equal as well.
    const isKey = keySetsOf(table).some(
      ([only = '', ...others]) =>
        others.length === 0 &&
        [name, `${name} ${collation}`].includes(only) &&
        (collation === 'BINARY' || only !== name),
    )
    const values = isKey ? allowedValues(table, checks, name)?.items : undefined
    return values !== undefined && new Set(values).size === 1
  })
}

/** The sets of columns that must be unique, each in alphabetical order. */
function keySetsOf({ indexes, primaryKey }: Table): string[][] {
  const keys = indexes.filter((index) => index.unique && isPlainKey(index)).map(({ columns }) => columns)
  const sets = [...keys, ...(primaryKey?.isRowid ? [primaryKey.columns] : [])].map((columns) =>
    columns
      .map(({ column, collation }) => (collation === 'BINARY' ? `${column}` : `${column} ${collation}`))
      .sort(),
  )
  return [...new Map(sets.map((set) => [textOf(set), set])).entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, set]) => set)
}

/** Whether an index forbids equal values, NULL aside, of columns in all rows, and refuses a row as every other does. */
function isPlainKey({ where, conflict, columns }: Index): boolean {
  return where === null && conflict === null && columns.every(({ column }) => column !== null)
}

/** Rows that differ in some columns differ in all columns with more of them. */
function smallestOf(sets: readonly string[][]): string[][] {
  return sets.filter(
    (set) => !sets.some((other) => other !== set && other.every((column) => set.includes(column))),
  )
}

/** Whether the parent has a key on just these columns: without one, every INSERT into the child fails. */
function isUsable({ parent, parentColumns }: ForeignKey, schema: Schema): boolean {
  const table = findTable(schema, parent)
  const columns = parentColumns.map(foldName).sort()
  return table !== undefined && keySetsOf(table).some((set) => textOf(set.map(foldName)) === textOf(columns))
}

function textOf(value: unknown): string {
  return JSON.stringify(value)
}
