import { errorMessage } from '../errors.ts'
import { errorCode, MigrationFailedError } from '../migrator/errors.ts'
import type { Migration } from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { readRowConditions } from '../rows/expression.ts'
import { parentsFirst } from '../rows/generate.ts'
import { typicalValue } from '../rows/values.ts'
import { findTable, type Schema, type Table } from '../schema/model.ts'
import { readQueryPlan } from '../schema/query-plan.ts'
import { readSchema } from '../schema/read.ts'
import { storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, isReservedKeyword, quoteName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { attempt, countRows, openCopy, type PrivateCopy } from './attempt.ts'
import type { FindingsSubject } from './subject.ts'
import { type MigrationTrial, runWatched } from './trial.ts'
import { countVisits, visitFunction } from './visit-counts.ts'
import { planOf } from './visits.ts'

/** How many rows each table is given: a few, to see that the rows are not what a migration fails on, and then many. */
const few = 5
const many = 1_000
const most = 20_000

/** How many rows each table is given where the rows that statements visit are counted, which takes a microsecond each. */
const counted = [100, 400] as const

/** From here on what a migration is tried on gets too large. */
const tooMany = 200_000

/** A call with more arguments than about 120,000 overflows the stack of JavaScript. */
const manyArguments = 150_000

/** How many parameters SQLite takes: https://www.sqlite.org/limits.html#max_variable_number */
const variableLimit = 32_766
export const variableLimitBefore332 = 999

/** Which part of the square of the rows a statement visits where it reads a table again for each row. */
const partOfSquare = 1 / 10
/** After how many visits a migration is stopped. */
const visitLimit = 1_000_000

/** What a migration did with many rows. */
export interface ManyRows {
  readonly trial: MigrationTrial
  /** The tables that got many rows. */
  readonly tables: readonly string[]
  /** Where it fails on many rows, and not on a few of the same kind. */
  readonly failure: ManyRowsFailure | null
  /** The most parameters that it binds at once, with 1,000 rows. */
  readonly binding: Binding
  readonly quadratic: readonly Quadratic[]
}

export interface ManyRowsFailure {
  readonly rows: number
  readonly answer: string
  /** Null where it fails by itself. */
  readonly statement: string | null
}

interface Binding {
  readonly count: number
  readonly sql: string
}

/** A statement that reads a table again for each row. */
export interface Quadratic {
  readonly sql: string
  /** The table whose rows it visits most. */
  readonly table: string
  readonly plan: string
  readonly counts: readonly [few: Visits, many: Visits]
  /** An index that was tried, and with which it visits few rows; null where none of those that were tried helps. */
  readonly index: { readonly sql: string; readonly visits: number; readonly plan: string } | null
}

/** How many rows a statement visits where each table holds so many. */
interface Visits {
  readonly rows: number
  readonly visits: number
}

const known = new WeakMap<FindingsSubject, readonly ManyRows[]>()

/** Tries each migration that reads or writes rows of the version before on many of them. */
export function tryManyRows(subject: FindingsSubject): readonly ManyRows[] {
  const found =
    known.get(subject) ?? subject.trials.flatMap((trial) => new ManyRowsTrial(trial, subject).run() ?? [])
  known.set(subject, found)
  return found
}

/**
 * The tables of the version before whose rows a migration reads or writes, and those that they refer to, parents first.
 * None where it changes the schema alone.
 */
export function tablesWithRows(trial: MigrationTrial, except: readonly string[]): Table[] {
  const { before, statements, startImage } = trial
  const words = new Set(statements.filter(movesRows).flatMap(wordsOf))
  for (const { name, definition } of before.views.values())
    if (words.has(foldName(name))) for (const word of wordsOf(definition)) words.add(word)
  for (const { table, body } of before.triggers.values())
    if (words.has(foldName(table))) for (const word of wordsOf(body)) words.add(word)
  const excluded = new Set(except.map(foldName))
  const isOwn = ({ name, module }: Table) => module === null && !excluded.has(foldName(name))
  const found = new Set<Table>()
  const add = (table: Table | undefined) => {
    if (table === undefined || found.has(table) || !isOwn(table)) return
    found.add(table)
    for (const { parent } of table.foreignKeys) add(findTable(before, parent))
  }
  for (const table of before.tables.values()) if (words.has(foldName(table.name))) add(table)
  // A statement that deletes parents makes SQLite look for their children.
  const deleted = deletedTables(statements)
  const parents = [...found].filter(({ name }) => deleted.has(foldName(name)))
  for (const table of before.tables.values())
    if (
      parents.some(({ name }) => table.foreignKeys.some(({ parent }) => foldName(parent) === foldName(name)))
    )
      add(table)
  if (found.size === 0) return []
  using copy = openCopy(startImage)
  const names = parentsFirst(
    copy.connection,
    [...found].map(({ name }) => name),
  )
  return names.flatMap((name) => findTable(before, name) ?? [])
}

/** The words of statements that delete rows of a table, or drop it. */
function deletedTables(statements: readonly string[]): ReadonlySet<string> {
  return new Set(statements.filter((sql) => /^\s*(delete|drop)\b/i.test(sql)).flatMap(wordsOf))
}

/** Whether what a migration does may depend on rows that it has read. Otherwise its statements are the same for any number. */
export function readsRows({ statements }: MigrationTrial): boolean {
  return statements.some((sql) => /^\s*(select|with|values)\b/i.test(sql) || /\breturning\b/i.test(sql))
}

const rowVerbs = new Set(['insert', 'replace', 'update', 'delete', 'select', 'with', 'values'])

function movesRows(sql: string): boolean {
  const words = wordsOf(sql)
  const [verb = ''] = words
  if (verb === 'create') return words.includes('table') && words.includes('select')
  return rowVerbs.has(verb) || (verb === 'drop' && words[1] === 'table')
}

function wordsOf(sql: string): string[] {
  return significantTokens(sql).map((token) => foldName(unquote(token)))
}

/** Which columns of the rows differ from those that they are made from. */
type Variation = 'all columns' | 'keys'

/** One run on some number of rows. */
interface Run {
  readonly rows: number
  readonly error: unknown
  readonly statement: string | null
  readonly binding: Binding
  readonly statements: ReadonlyMap<string, CountedStatement>
}

/** A statement, without the values that are written into it. */
interface CountedStatement {
  readonly sql: string
  readonly plan: string
  /** By the names of the tables. */
  readonly visits: Map<string, number>
}

interface RunOptions {
  readonly isCounted?: boolean
  /** Created before the first run of a statement. */
  readonly index?: { readonly before: string; readonly sql: string }
}

/** Thrown once a migration has visited so many rows that it needs no proof. */
class TooManyVisits extends Error {}

class ManyRowsTrial {
  readonly #trial: MigrationTrial
  readonly #plan: MigrationPlan
  readonly #isQuick: boolean
  readonly #tables: readonly Table[]
  readonly #images = new Map<number, { readonly image: Buffer; readonly rows: number }>()
  #variation: Variation = 'all columns'

  constructor(trial: MigrationTrial, { suite, isQuick }: FindingsSubject) {
    this.#trial = trial
    this.#plan = suite.plan
    this.#isQuick = isQuick
    const isTried = trial.failure === null && trial.emptyImage !== null
    this.#tables = isTried ? tablesWithRows(trial, suite.plan.versions.tables) : []
  }

  run(): ManyRows | null {
    if (this.#tables.length === 0 || !this.#findVariation()) return null
    const [less, next] = [
      this.#try(counted[0], { isCounted: true }),
      this.#try(counted[1], { isCounted: true }),
    ]
    const quadratic = this.#findQuadratic(less, next)
    const large = this.#try(many)
    return {
      trial: this.#trial,
      tables: this.#tables.map(({ name }) => name),
      binding: large.binding,
      quadratic,
      failure: this.#findFailure([less, large], quadratic.length > 0),
    }
  }

  /** Rows of which a few make the migration fail say nothing of many. */
  #findVariation(): boolean {
    return (['all columns', 'keys'] as const).some((variation) => {
      this.#images.clear()
      this.#variation = variation
      return this.#try(few).error === null
    })
  }

  /** @param isSlow whether its time grows with the square: on more rows it would need minutes */
  #findFailure([small, large]: readonly [Run, Run], isSlow: boolean): ManyRowsFailure | null {
    const begun = [small, large].find(isFailure)
    if (begun !== undefined) return describeRun(begun)
    if (isSlow) return null
    const perRow = (large.binding.count - small.binding.count) / Math.max(1, large.rows - small.rows)
    const needed = perRow < 0.01 ? tooMany : Math.ceil((variableLimit + 1) / perRow) + few
    const isFull = large.rows > many / 2
    const last = this.#isQuick || !readsRows(this.#trial) ? large : this.#try(most)
    if (isFailure(last)) return describeRun(last)
    const isBatch = last !== large && last.binding.count < (perRow * last.rows) / 2
    const counts = [
      ...(isBatch || needed >= tooMany ? [] : [needed]),
      ...(this.#isQuick || !spreadsArguments(this.#trial.migration) ? [] : [manyArguments]),
    ]
    for (const count of isFull ? counts : []) {
      const full = this.#try(count)
      if (isFailure(full)) return describeRun(full)
    }
    return null
  }

  #findQuadratic(small: Run, large: Run): Quadratic[] {
    if (large.rows < counted[1] / 2) return []
    const found = [...large.statements].flatMap(([key, statement]): Quadratic[] => {
      const [fewVisits, manyVisits] = [small.statements.get(key), statement].map(totalOf)
      if (manyVisits === undefined || manyVisits < large.rows ** 2 * partOfSquare || fewVisits === undefined)
        return []
      // An amount that grows with the rows is four times as large, the square sixteen times.
      const growth = (large.rows / Math.max(1, small.rows)) ** 1.5
      if (manyVisits < visitLimit && manyVisits < fewVisits * growth) return []
      const [table = ''] = [...statement.visits].sort((left, right) => right[1] - left[1])[0] ?? []
      // Values that repeat in all rows make a search find many that in real rows finds a few.
      if (this.#variation === 'keys' && !statement.plan.includes(`scan of ${table}`)) return []
      return [
        {
          sql: statement.sql,
          table,
          plan: statement.plan,
          counts: [
            { rows: small.rows, visits: fewVisits },
            { rows: large.rows, visits: manyVisits },
          ],
          index: this.#findIndex(key, statement, table),
        },
      ]
    })
    return [...new Map(found.map((one) => [foldName(one.table), one])).values()]
  }

  /** Tries an index on each column, or call of a function of one, that the statement names. */
  #findIndex(key: string, { sql }: CountedStatement, table: string): Quadratic['index'] {
    let best: Quadratic['index'] = null
    const keys = findTable(this.#trial.before, table)?.foreignKeys.map(({ columns }) =>
      columns.map(plainName).join(', '),
    )
    for (const term of new Set([...(keys ?? []), ...indexTerms(sql, this.#columnsOf(key, table))])) {
      const create = createIndex(table, [term])
      const { statements, rows } = this.#try(counted[1], {
        isCounted: true,
        index: { before: key, sql: create },
      })
      const tried = statements.get(key)
      const visits = totalOf(tried)
      if (tried !== undefined && visits < (best?.visits ?? rows ** 2 * partOfSquare))
        best = { sql: create, visits, plan: tried.plan }
    }
    return best
  }

  /** The columns of a table as it is when a statement runs first. */
  #columnsOf(key: string, table: string): string[] {
    let columns: string[] = []
    using copy = openCopy(this.#imageOf(counted[1]).image)
    runWatched(copy, this.#plan, this.#trial.migration.version, (sql) => {
      if (columns.length === 0 && keyOfStatement(sql) === key)
        columns = copy.connection
          .all('SELECT name FROM pragma_table_info(?)', [table])
          .map(({ name }) => String(name))
      return sql
    })
    return columns
  }

  #try(count: number, { isCounted = false, index }: RunOptions = {}): Run {
    const { image, rows } = this.#imageOf(count)
    using copy = openCopy(image)
    const statements = new Map<string, CountedStatement>()
    let binding: Binding = { count: 0, sql: '' }
    let last: string | null = null
    let current: Map<string, number> | null = null
    let sum = 0
    copy.database.function(visitFunction, { deterministic: false }, (table: string, _row: unknown) => {
      sum += 1
      if (sum > visitLimit) throw new TooManyVisits()
      current?.set(table, (current.get(table) ?? 0) + 1)
      return 1
    })
    const unseen = new Map<string, Unseen | null>()
    let finish = () => {}
    const rewrite = isCounted ? rewriterOf(copy) : (sql: string) => sql
    const error = runWatched(copy, this.#plan, this.#trial.migration.version, (sql, parameters) => {
      last = sql
      if (parameters.length > binding.count) binding = { count: parameters.length, sql }
      if (!isCounted) return sql
      const key = keyOfStatement(sql)
      const isFirst = !statements.has(key)
      if (isFirst && index?.before === key) attempt(copy.connection, index.sql)
      const counted = rewrite(sql)
      if (counted === sql && !changesRows(sql)) return sql
      finish()
      const statement = statements.get(key) ?? {
        sql,
        plan: planOf(copy.connection, sql, parameters),
        visits: new Map(),
      }
      statements.set(key, statement)
      current = statement.visits
      // Of a statement that runs for each row, what it scans unseen is looked for once.
      if (isFirst) unseen.set(key, scanUnseen(copy.connection, sql, parameters))
      finish = countUnseen(copy.connection, unseen.get(key), (table, visits) => {
        sum += visits
        statement.visits.set(table, (statement.visits.get(table) ?? 0) + visits)
      })
      return counted
    })
    if (isCounted && error !== null && sum <= visitLimit && index === undefined)
      return { ...this.#try(count), statements }
    return { rows, error: sum > visitLimit ? null : error, statement: last, binding, statements }
  }

  #imageOf(count: number): { readonly image: Buffer; readonly rows: number } {
    const made = this.#images.get(count) ?? this.#makeImage(count)
    this.#images.set(count, made)
    return made
  }

  #makeImage(count: number) {
    using copy = openCopy(count > many ? this.#imageOf(many).image : this.#trial.beforeImage)
    const { before, statements } = this.#trial
    const numbers = this.#tables.map((table) =>
      count > many ? multiply(copy, table, count) : fill(copy, before, table, count, this.#variation),
    )
    for (const { name } of this.#tables) meetConditions(copy.connection, name, statements)
    return { image: copy.image(), rows: Math.max(0, ...numbers) }
  }
}

/** Gives every other row the values that a DELETE compares with, where no row has them. */
function meetConditions(connection: Connection, table: string, statements: readonly string[]): void {
  const from = `main.${quoteName(table)}`
  for (const sql of statements.filter((text) => /^\s*delete\b/i.test(text))) {
    for (const { sql: condition, name } of readRowConditions(sql, table)) {
      const count = `SELECT count(*) FROM ${from} AS ${quoteName(name)} WHERE ${condition}`
      if (
        !attempt(connection, count).accepted ||
        Number(Object.values(connection.all(count)[0] ?? {})[0]) > 0
      )
        continue
      for (const [column, value] of comparisonsOf(condition))
        attempt(connection, `UPDATE OR IGNORE ${from} SET ${column} = ${value} WHERE rowid % 2 = 0`)
    }
  }
}

/** Each column that a condition compares with a literal, with that. */
function comparisonsOf(condition: string): (readonly [column: string, value: string])[] {
  const tokens = significantTokens(condition)
  return tokens.flatMap(({ text }, index) => {
    const [left, right] = [tokens[index - 1], tokens[index + 1]]
    const isLiteral = right?.kind === 'number' || right?.kind === 'string'
    const isColumn = left?.kind === 'word' || left?.kind === 'name'
    return /^(=|==|is)$/i.test(text) && isLiteral && isColumn ? [[left.text, right.text] as const] : []
  })
}

/** Whether a function passes all elements of a list as arguments: `Math.max(...ids)`. */
function spreadsArguments({ up }: Migration): boolean {
  return /[\w$\])]\(\s*(?:[^()]*,\s*)?\.\.\./.test(String(up))
}

function totalOf(statement: CountedStatement | undefined): number {
  return [...(statement?.visits.values() ?? [])].reduce((sum, visits) => sum + visits, 0)
}

/** A constraint that refuses synthetic rows is no matter of their number, and neither is what a migration says of a value. */
function isFailure({ error }: Run): boolean {
  if (!(error instanceof MigrationFailedError)) return false
  const code = errorCode(error.cause)
  return code === null ? error.cause instanceof RangeError : !code.startsWith('SQLITE_CONSTRAINT')
}

function describeRun({ rows, error, statement }: Run): ManyRowsFailure {
  if (!(error instanceof MigrationFailedError)) return { rows, answer: errorMessage(error), statement: null }
  return { rows, answer: errorMessage(error.cause), statement: error.statement === null ? null : statement }
}

const keysOfStatements = new Map<string, string>()

/** A statement without its values: one that is built for each row is the same each time. */
function keyOfStatement(sql: string): string {
  const known = keysOfStatements.get(sql)
  if (known !== undefined) return known
  if (keysOfStatements.size > 1_000) keysOfStatements.clear()
  const key = writeKey(sql)
  keysOfStatements.set(sql, key)
  return key
}

function writeKey(sql: string): string {
  return significantTokens(sql)
    .map(({ kind, text }) => (kind === 'string' || kind === 'number' || kind === 'blob' ? '?' : text))
    .join(' ')
}

/** Adds counters to statements that the engine takes with them. */
function rewriterOf({ connection, database }: PrivateCopy): (sql: string) => string {
  const rewritten = new Map<string, string>()
  const keys = new Map<string, string | null>()
  return (sql) => {
    if (/^\s*(create|alter|drop)\b/i.test(sql)) {
      keys.clear()
      rewritten.clear()
    }
    const before = rewritten.get(sql)
    if (before !== undefined) return before
    let counted = countVisits(sql, (table) => {
      const key = keys.get(table)
      if (key !== undefined) return key
      const found = keyColumn(connection, table)
      keys.set(table, found)
      return found
    })
    try {
      if (counted !== sql) database.prepare(counted)
    } catch {
      counted = sql
    }
    rewritten.set(sql, counted)
    return counted
  }
}

/** Whether a statement may fire triggers, or make SQLite look for the children of rows. */
function changesRows(sql: string): boolean {
  return /^\s*(insert|replace|update|delete|drop\s+table)\b/i.test(sql)
}

/** The tables that are scanned for each row that a statement changes. */
interface Unseen {
  readonly tables: readonly string[]
  /** The table that it drops with all rows; null for another statement. */
  readonly dropped: string | null
}

/** What no counter in a statement sees: the search for children of a parent that goes, and what triggers do. */
function scanUnseen(connection: Connection, sql: string, parameters: readonly SqlValue[]): Unseen | null {
  if (!changesRows(sql)) return null
  const words = wordsOf(sql)
  const schema = readSchema(connection)
  const target = words.map((word) => findTable(schema, word)).find((table) => table !== undefined)
  if (target === undefined) return null
  const all = [...schema.tables.values()]
  // A child that the statement names is read by the statement itself.
  const children = all.filter(
    ({ name, foreignKeys }) =>
      !words.includes(foldName(name)) &&
      foreignKeys.some(({ parent }) => foldName(parent) === foldName(target.name)),
  )
  const namesOf = (tables: readonly Table[]) => tables.map(({ name }) => name)
  const tables = [
    ...(words[0] === 'insert' ? [] : scannedBy(connection, sql, parameters, namesOf(children))),
    ...[...schema.triggers.values()]
      .filter(({ table }) => foldName(table) === foldName(target.name))
      .flatMap(({ body }) => scannedByTrigger(connection, body, namesOf(all))),
  ]
  return tables.length === 0 ? null : { tables, dropped: words[0] === 'drop' ? target.name : null }
}

/** @returns a function to call when the statement has run */
function countUnseen(
  connection: Connection,
  unseen: Unseen | null | undefined,
  add: (table: string, visits: number) => void,
): () => void {
  if (unseen == null) return () => {}
  const { tables, dropped } = unseen
  const scanned = tables.map((table) => ({ table, rows: countRows(connection, table) }))
  const before = dropped === null ? null : countRows(connection, dropped)
  return () => {
    const changed = before ?? Number(connection.all('SELECT changes() AS number')[0]?.number)
    for (const { table, rows } of scanned) add(table, rows * changed)
  }
}

function scannedBy(
  connection: Connection,
  sql: string,
  parameters: readonly SqlValue[],
  tables: readonly string[],
): string[] {
  const steps = readQueryPlan(connection, sql, parameters).filter(({ access }) => access === 'scan')
  return tables.filter((name) => steps.some(({ table }) => foldName(table) === foldName(name)))
}

/** The statements of a trigger, with a number for each value of the row that fires it. */
function scannedByTrigger(connection: Connection, body: string, tables: readonly string[]): string[] {
  const inner = body.replace(/^\s*begin\b/i, '').replace(/\bend\s*$/i, '')
  return inner.split(';').flatMap((sql) => {
    const given = sql.replaceAll(/\b(?:new|old)\s*\.\s*(?:\w+|"[^"]+")/gi, '1').trim()
    if (given === '' || !attempt(connection, `EXPLAIN QUERY PLAN ${given}`).accepted) return []
    return scannedBy(connection, given, [], tables)
  })
}

/** What every index of a table holds: its rowid, or the first column of its key; null for what is no ordinary table. */
function keyColumn(connection: Connection, table: string): string | null {
  const [found] = connection.all(
    `SELECT rootpage FROM (SELECT * FROM temp.sqlite_schema UNION ALL SELECT * FROM main.sqlite_schema)
     WHERE type = 'table' AND lower(name) = lower(?)`,
    [table],
  )
  if (found === undefined || found.rootpage === 0n) return null
  if (attempt(connection, `SELECT rowid FROM ${quoteName(table)} LIMIT 0`).accepted) return 'rowid'
  const [key] = connection.all('SELECT name FROM pragma_table_info(?) WHERE pk = 1', [table])
  return key === undefined ? null : quoteName(String(key.name))
}

function createIndex(table: string, terms: readonly string[]): string {
  const name = `${table}_by_${terms.join('_').replaceAll(/\W+/g, '_').replaceAll(/^_|_$/g, '')}`
  return `CREATE INDEX ${plainName(name)} ON ${plainName(table)} (${terms.join(', ')})`
}

/** A name as a person writes it. */
function plainName(name: string): string {
  return /^[a-z_]\w*$/i.test(name) && !isReservedKeyword(name) ? name : quoteName(name)
}

/** The columns of a table that a statement names, and the calls of a function of one. */
function indexTerms(sql: string, columns: readonly string[]): string[] {
  const tokens = significantTokens(sql)
  const columnAt = (position: number) => {
    const token = tokens[position]
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return undefined
    return columns.find((column) => foldName(column) === foldName(unquote(token)))
  }
  const terms = tokens.flatMap((token, position) => {
    const column = columnAt(position)
    if (column !== undefined) return [plainName(column)]
    if (token.kind !== 'word' || tokens[position + 1]?.text !== '(') return []
    const argument = position + (tokens[position + 3]?.text === '.' ? 4 : 2)
    const of = columnAt(argument)
    return of !== undefined && tokens[argument + 1]?.text === ')' ? [`${token.text}(${plainName(of)})`] : []
  })
  return [...new Set(terms)]
}

/**
 * Gives a table rows of values that look like its columns, from those that it has. Where a table accepts no other value of
 * a column, the value stays.
 *
 * @returns how many rows it then holds
 */
function fill(copy: PrivateCopy, schema: Schema, table: Table, count: number, variation: Variation): number {
  const { connection, database } = copy
  const into = `main.${quoteName(table.name)}`
  const names = storedColumns(connection, table.name)
  const templates = connection.all(`SELECT ${names.map(quoteName).join(', ')} FROM ${into} LIMIT 3`)
  if (templates.length === 0) return 0
  const offset = [...schema.tables.keys()].indexOf(foldName(table.name)) * 32
  const columns = names.map((name, position) => {
    const type = table.columns.find((column) => foldName(column.name) === foldName(name))?.type ?? ''
    return { name, type, position: offset + position }
  })
  const parents = parentValues(connection, table, count)
  const keys = keyColumns(table)
  const list = names.map(quoteName).join(', ')
  const insert = database.prepare<SqlValue[]>(
    `INSERT OR IGNORE INTO ${into} (${list}) VALUES (${names.map(() => '?').join(', ')})`,
  )
  const own = ownReferences(table)
  const rowOf = (number: number, varying: ReadonlySet<string>): SqlValue[] =>
    columns.map((column) => {
      const folded = foldName(column.name)
      const key = columns.find(({ name }) => foldName(name) === own.get(folded))
      // Four children of each row: in a tree few rows have the same parent.
      if (key !== undefined && number > templates.length && varying.has(foldName(key.name)))
        return typicalValue(key, Math.floor(number / 4) + 1_000)
      const referred = parents.get(folded)
      if (referred !== undefined) return referred[number % referred.length] ?? null
      const value = templates[number % templates.length]?.[column.name] ?? null
      return varying.has(folded) ? (typicalValue(column, number + 1_000) ?? value) : value
    })
  const isAccepted = (varying: ReadonlySet<string>) => {
    database.exec('SAVEPOINT tried')
    try {
      return templates.every((_, number) => insert.run(...rowOf(number, varying)).changes === 1)
    } catch {
      return false
    } finally {
      database.exec('ROLLBACK TO tried; RELEASE tried')
    }
  }
  return withoutTriggers(connection, table, () => {
    const free = columns.map(({ name }) => foldName(name)).filter((name) => !parents.has(name))
    const varying = new Set(free.filter((name) => keys.has(name)))
    const others = variation === 'keys' ? [] : free.filter((name) => !keys.has(name))
    if (isAccepted(new Set([...varying, ...others]))) for (const name of others) varying.add(name)
    else for (const name of others) if (isAccepted(new Set([...varying, name]))) varying.add(name)
    connection.exec('BEGIN')
    for (let number = 0; number < count; number++) {
      try {
        insert.run(...rowOf(number, varying))
      } catch {
        // A table that does not take a row has those that it takes.
      }
    }
    connection.exec('COMMIT')
    return countRows(connection, table.name)
  })
}

/** The folded names of the columns of keys. */
function keyColumns(table: Table): ReadonlySet<string> {
  const keys = [
    ...table.indexes.filter(({ unique }) => unique),
    ...(table.primaryKey === null ? [] : [table.primaryKey]),
  ]
  return new Set(
    keys
      .flatMap(({ columns }) => columns)
      .flatMap(({ column }) => (column === null ? [] : [foldName(column)])),
  )
}

/** The folded columns by which a table refers to itself, with the folded columns that they refer to. */
function ownReferences({ name, foreignKeys }: Table): ReadonlyMap<string, string> {
  const own = foreignKeys.filter(
    ({ parent, columns }) => foldName(parent) === foldName(name) && columns.length === 1,
  )
  return new Map(
    own.map(({ columns, parentColumns }) => [foldName(columns[0] ?? ''), foldName(parentColumns[0] ?? '')]),
  )
}

/** The values of parents by the folded columns that refer to them. References of a table to itself keep theirs. */
function parentValues(
  connection: Connection,
  table: Table,
  count: number,
): ReadonlyMap<string, readonly SqlValue[]> {
  const found = new Map<string, readonly SqlValue[]>()
  for (const { parent, columns, parentColumns } of table.foreignKeys) {
    const list = parentColumns.map((column, index) => `${quoteName(column)} AS k${index}`).join(', ')
    const isOwn = foldName(parent) === foldName(table.name)
    const sql = `SELECT ${list} FROM main.${quoteName(parent)} LIMIT ${isOwn ? 1 : count}`
    if (columns.some((column) => found.has(foldName(column))) || !attempt(connection, sql).accepted) continue
    const rows = connection.all(sql)
    if (rows.length === 0) continue
    columns.forEach((column, index) => {
      found.set(
        foldName(column),
        rows.map((row) => row[`k${index}`] ?? null),
      )
    })
  }
  return found
}

/** Repeats the rows of a table with other keys, in one statement. */
function multiply({ connection }: PrivateCopy, table: Table, count: number): number {
  const names = storedColumns(connection, table.name)
  const into = `main.${quoteName(table.name)}`
  const had = countRows(connection, table.name)
  const keys = keyColumns(table)
  const referring = new Set(table.foreignKeys.flatMap(({ columns }) => columns.map(foldName)))
  // All copies of all tables, so that a copy of a child may refer to the same copy of its parent.
  const times = Math.max(1, Math.ceil(count / Math.max(1, had)) - 1)
  const list = names.map(quoteName).join(', ')
  return withoutTriggers(connection, table, () => {
    for (const vary of [appended, inserted]) {
      for (const isMoved of [(name: string) => referring.has(name), () => false]) {
        if (countRows(connection, table.name) > had) break
        const values = names.map((name) => {
          const varies = referring.has(foldName(name)) ? isMoved(foldName(name)) : keys.has(foldName(name))
          return varies ? vary(quoteName(name)) : quoteName(name)
        })
        attempt(
          connection,
          `WITH RECURSIVE copy(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copy WHERE k < ${times})
           INSERT OR IGNORE INTO ${into} (${list}) SELECT ${values.join(', ')} FROM ${into}, copy`,
        )
      }
    }
    return countRows(connection, table.name)
  })
}

function appended(column: string): string {
  return varied(column, `${column} || '-' || k`)
}

/** For texts of a fixed length. */
function inserted(column: string): string {
  const text = `substr(${column}, 1, length(${column}) - 8) || printf('%04d', k) || substr(${column}, -4)`
  return varied(column, text)
}

function varied(column: string, text: string): string {
  return `CASE typeof(${column}) WHEN 'text' THEN ${text}
    WHEN 'blob' THEN CAST(printf('%08x', k) || substr(${column}, 9) AS BLOB)
    WHEN 'null' THEN NULL ELSE ${column} + k * 1000000 END`
}

/**
 * What triggers do for each row is not what is tried, and may need time that grows with the square itself. Those that
 * keep a virtual table as their own table is stay.
 */
function withoutTriggers<Result>(connection: Connection, table: Table, work: () => Result): Result {
  const virtual = connection
    .all("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0")
    .map(({ name }) => foldName(String(name)))
  const triggers = connection
    .all(`SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?)`, [
      table.name,
    ])
    .filter(({ sql }) => !wordsOf(String(sql)).some((word) => virtual.includes(word)))
  for (const { name } of triggers) connection.exec(`DROP TRIGGER main.${quoteName(String(name))}`)
  const result = work()
  for (const { sql } of triggers) connection.exec(String(sql))
  return result
}
