import { findTable, type Schema, type Table } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import {
  type Constraint,
  conditionOf,
  labelOf,
  labelOfCheck,
  readConstraints,
  readForeignKey,
  readJsonColumns,
  readLookups,
  readParentDemands,
  spelled,
  within,
  writableColumns,
} from './constraints.ts'
import { acceptSameRows } from './deciding-rows.ts'
import {
  type Condition,
  columnsOf,
  isNullOf,
  leavesOf,
  type RowCondition,
  readReadings,
  termsOfLeaf,
} from './expression.ts'
import { whyUnbreakable } from './proofs.ts'
import {
  allow,
  constantTerm,
  decidedBy,
  decisiveLeaves,
  demand,
  describeUnmet,
  differsFrom,
  equalPairs,
  goalsOf,
  type ListedKey,
  listedKeysOf,
  wish,
} from './requirements.ts'
import {
  codeOf,
  deleteRow,
  type Effort,
  insertRow,
  type Requirement,
  type Row,
  RowSearch,
  requireAll,
} from './search.ts'
import { type EdgeValues, edgeValues, laterMoment, similarTexts, typicalValue } from './values.ts'

/** A row that a table refuses, for one reason alone. */
export interface RefusedRow {
  readonly row: Row
  readonly constraint: Constraint
  /** The extended result code of the refusal. */
  readonly code: string
  /**
   * Beside which rows it is refused for that reason alone: beside none of its table, where the key is always 1, beside the
   * first one alone, where the others use all keys, or in an empty database, where each parent that it may name is there.
   */
  readonly beside: Beside
}

/** Beside which rows a row is tried: those of its table, or of all tables. */
export type Beside = 'all' | 'first' | 'none' | 'empty database'

/** A constraint that no row was found to break alone. */
export interface UnbrokenConstraint {
  readonly constraint: Constraint
  /** Why there is none; null where there may be one. */
  readonly reason: string | null
}

/** A row, and the table that it was inserted into. */
export interface InsertedRow {
  readonly table: string
  readonly row: Row
}

/** What a table refuses. */
export interface RefusedRows {
  readonly table: string
  /** All that a row can break. */
  readonly constraints: readonly Constraint[]
  readonly refused: readonly RefusedRow[]
  readonly unbroken: readonly UnbrokenConstraint[]
}

/** What SQLite answers to an INSERT. */
type Answer =
  | { readonly isAccepted: true }
  | { readonly isAccepted: false; readonly code: string; readonly message: string }

/** Whether foreign keys refer to parents that are there, or to none; foreign keys must be off for those. */
export type Parents = 'present' | 'missing'

type IsWanted = (table: string, constraint: Constraint) => boolean

/** What a row should show. */
interface Plan {
  readonly start: Row
  readonly requirements: readonly Requirement[]
  /** Columns that keep their value. */
  readonly fixed?: ReadonlySet<string>
  /** Whether no two columns should hold the same value. */
  readonly isDistinct?: boolean
}

interface TableState {
  readonly table: Table
  readonly constraints: readonly Constraint[]
  readonly search: RowSearch
  readonly columns: readonly string[]
  /** Columns that may be NULL and stay so. */
  readonly nullable: readonly string[]
  /**
   * That the rowid is given, for which SQLite would choose a number that constraints may refuse, and that what is read as
   * JSON is JSON.
   */
  readonly always: readonly Requirement[]
  /** The columns that hold JSON, as a constraint or a statement reads them. */
  readonly jsonColumns: ReadonlySet<string>
  /** The column that is the number of the row; null where there is none. */
  readonly rowid: string | null
  /** What statements that will read its rows expect of their values. */
  readonly expected: readonly Requirement[]
  /** The rows that show what it can hold. */
  readonly accepted: Row[]
  /** Rows that show what else it can hold, where its keys allow no further row, each beside none or the first one alone. */
  readonly alternatives: { readonly row: Row; readonly beside: Beside }[]
  /** The keys that may hold listed values alone, so that they can all be in use. */
  readonly listedKeys: readonly ListedKey[]
  /** What the parents of each foreign key demand of its columns, by the label of its constraint. */
  readonly parentDemands: readonly { readonly label: string; readonly conditions: readonly Condition[] }[]
  /** Why each INSERT fails, such as a CHECK that calls a function that is missing; null where none has to. */
  readonly unusable: string | null
  /** Why the last row was not found. */
  problem: string | null
}

/** Of how many rows a value is tried again, and a key with other values beside it. */
const mostRepeated = 4

/** Of how many rows a value is looked for that a key takes for the same one. */
const mostCompared = 12

/** The most rows of a table whose keys are all in use. */
const mostListedRows = 100

/** How many parents of parents are made for a row. */
const deepest = 4

/** How many positions each table has for values of its own. */
const positionsPerTable = 32

/**
 * Makes rows that the tables of a database accept, and rows that exactly one constraint refuses, from what its schema
 * says. Accepted rows are inserted. Nothing is random: the same schema has the same rows. Close it after use.
 */
export class RowGenerator {
  readonly #connection: Connection
  readonly #schema: Schema
  readonly #states = new Map<string, TableState>()
  readonly #makeValue: typeof typicalValue
  readonly #readers: readonly string[]
  /** The rows that plans inserted, each after its parents. */
  readonly #inserted: InsertedRow[] = []
  /** From what a parent is made; null for typical values. */
  #startOf: ((table: string) => Row) | null = null

  /**
   * @param makeValue a value for a column that differs for each number; defaults to one that looks like the column
   * @param readers statements that will read the rows: typical ones hold the JSON and the times that these expect
   */
  constructor(
    connection: Connection,
    schema: Schema = readSchema(connection),
    makeValue = typicalValue,
    readers: readonly string[] = [],
  ) {
    this.#connection = connection
    this.#schema = schema
    this.#makeValue = makeValue
    this.#readers = readers
  }

  close(): void {
    for (const { search } of this.#states.values()) search.close()
    this.#states.clear()
  }

  /** Why a table has no row: the constraints that were not met, or what SQLite answered. Null where it has rows. */
  problemOf(table: string): string | null {
    return this.#stateOf(table).problem
  }

  /** Inserts up to `count` rows of typical values, without NULL where that is possible. Returns those that were accepted. */
  fill(table: string, count: number, parents: Parents = 'present'): readonly Row[] {
    return this.#withDeferredKeys(() => this.#insertSeveral(this.#stateOf(table), count, parents))
  }

  /**
   * Inserts rows that show what a table can hold, the first of typical values: every column with a value and every nullable
   * one without, the edges of each column, values that repeat where they may, each side of each comparison, and each element
   * of each list.
   *
   * @param conditions what some row should meet and some should not, such as the WHERE of a statement that will change it
   * @returns the rows, in the order in which they were inserted
   */
  cover(table: string, conditions: readonly RowCondition[] = []): readonly Row[] {
    return this.#withDeferredKeys(() => {
      const state = this.#stateOf(table)
      const rows = this.#insertSeveral(state, 1, 'present')
      state.accepted.push(...rows)
      const [first] = rows
      if (first === undefined) return rows
      const wanted = conditions.map(({ sql, name }) => conditionOf(state.table, sql, name))
      if (!this.#isExhausted(state)) state.accepted.push(...this.#showAll(state, first, wanted, 'kept'))
      // Where no key is left, what else the table may hold is tried without its rows.
      if (this.#isExhausted(state)) {
        for (const beside of ['none', 'first'] as const) {
          const others =
            this.#withFewRows(state, beside, () => this.#showAll(state, first, wanted, 'not kept')) ?? []
          for (const row of others)
            if (this.#insertParents(state, row, 0)) state.alternatives.push({ row, beside })
        }
      }
      const taken = this.#leaveRoom(state)
      state.alternatives.push(...taken.map((row) => ({ row, beside: 'first' as const })))
      return state.accepted
    })
  }

  /**
   * Inserts rows that show what some columns of a table with rows can hold: a value at the high edge of each, NULL or its low
   * edge where no row has it, and what meets conditions over them.
   *
   * @param columns those of which its rows show too little, as where they were added to it
   * @param conditions as for `cover`
   * @returns the rows, and a row of typical values that is not inserted
   */
  extend(
    table: string,
    columns: ReadonlySet<string>,
    conditions: readonly RowCondition[] = [],
  ): { readonly rows: readonly Row[]; readonly typical: Row } {
    return this.#withDeferredKeys(() => {
      const state = this.#stateOf(table)
      const { search, nullable } = state
      const known = () => this.#rowsOf(state, mostListedRows)
      const [first = search.typicalRow()] = known()
      const edge = (name: keyof EdgeValues) =>
        new Map([...this.#edgeRow(state, name, first, (column) => columns.has(column))])
      const typical = this.#insertTypical(state, 'present', 'not kept') ?? first
      const high = {
        start: edge('high'),
        requirements: this.#wishesOf(state, (column) => columns.has(column)),
      }
      const rows = [this.#insertPlan(state, high) ?? this.#insertTypical(state, 'present')]
      const low = edge('low')
      const isNew = (column: string, value: SqlValue) => known().every((row) => row.get(column) !== value)
      const missing = [...columns].flatMap((column): (readonly [string, SqlValue])[] => {
        if (nullable.includes(column) && isNew(column, null)) return [[column, null]]
        const value = low.get(column) ?? null
        return isNew(column, value) ? [[column, value]] : []
      })
      if (missing.length > 0)
        rows.push(this.#insertPlan(state, { start: new Map([...low, ...missing]), requirements: [] }))
      for (const { sql, name } of conditions) {
        const condition = conditionOf(state.table, sql, name)
        const isOfThem = columnsOf(condition).some((column) => columns.has(column))
        if (!isOfThem || search.whyUnusable(condition) !== null) continue
        for (const row of this.#boundaryRows(state, condition, known))
          if (this.#insert(state.table.name, row).isAccepted) rows.push(row)
      }
      return { rows: rows.filter((row) => row !== null), typical }
    })
  }

  /** Inserts the typical rows alone that `cover` begins with: enough for `refuse` to change them. */
  begin(table: string, count = 2): void {
    this.#withDeferredKeys(() => {
      const state = this.#stateOf(table)
      state.accepted.push(...this.#insertSeveral(state, count, 'present'))
      this.#leaveRoom(state)
    })
  }

  /** Rows that a covered table accepts beside none or the first one; empty where its keys allow all in one table. */
  alternativesOf(table: string, beside: Beside): readonly Row[] {
    return this.#stateOf(table).alternatives.flatMap((one) => (one.beside === beside ? one.row : []))
  }

  /** Rows that show what a table can hold beside those that it has. */
  #showAll(
    state: TableState,
    first: Row,
    wanted: readonly Condition[],
    use: 'kept' | 'not kept',
  ): readonly Row[] {
    const shown: Row[] = []
    const known = () => [...(use === 'kept' ? state.accepted : this.#rowsOf(state, 1)), ...shown]
    for (const plan of this.#plans(state, first, known)) {
      const row = this.#insertPlan(state, plan, 'low', 0, use)
      if (row !== null) shown.push(row)
    }
    for (const condition of [...wanted, ...decidedBy(state)]) {
      for (const row of this.#boundaryRows(state, condition, known)) {
        if (this.#insert(state.table.name, row, use).isAccepted) shown.push(row)
      }
    }
    for (const plan of this.#partialPlans(state, known)) {
      const row = this.#insertPlan(state, plan, 'low', 0, use)
      if (row !== null) shown.push(row)
    }
    for (const row of this.#repeatedRows(
      state,
      () => (use === 'kept' ? known() : this.#rowsOf(state, 1)),
      use,
    ))
      shown.push(row)
    return shown
  }

  /** A second row that a partial index knows, which differs from the first one as little as it allows. */
  *#partialPlans({ constraints, search }: TableState, known: () => readonly Row[]): Generator<Plan> {
    for (const { kind, where } of constraints) {
      if (kind !== 'unique' || where === null) continue
      const within = known().filter((row) => search.meets(row, [demand(where)]))
      const [present] = within
      if (present !== undefined && within.length < 2) yield { start: present, requirements: [demand(where)] }
    }
  }

  /** Rows that hold again what no two known rows share: each column, and each key but for one of its columns. */
  *#repeatedRows(state: TableState, known: () => readonly Row[], use: 'kept' | 'not kept'): Generator<Row> {
    const keys = state.constraints.filter(({ kind, where }) => kind === 'unique' && where === null)
    const sets = [
      ...state.columns.map((column) => [column]),
      ...keys.flatMap(({ columns }) =>
        columns.length < 2 ? [] : columns.map((column) => columns.filter((other) => other !== column)),
      ),
    ]
    for (const set of sets) {
      if (keys.some(({ columns }) => columns.every((column) => set.includes(column)))) continue
      const values = (row: Row) => set.map((column) => row.get(column) ?? null)
      const candidates = known().filter((row) => !values(row).includes(null))
      const different = candidates.filter(
        (row, position) =>
          !candidates.slice(0, position).some((other) => isSameList(values(row), values(other))),
      )
      if (different.length < candidates.length) continue
      for (const start of different.slice(0, mostRepeated)) {
        const row = this.#insertPlan(state, { start, requirements: [], fixed: new Set(set) }, 'low', 0, use)
        if (row === null) continue
        yield row
        break
      }
    }
  }

  /** Whether a table refuses each row for a key, so that none breaks a constraint of other columns alone. */
  #refusesAllFor(state: TableState, { columns }: Constraint): boolean {
    const isOfKey = ({ constraint }: ListedKey) =>
      constraint.columns.some((column) => columns.includes(column))
    return this.#isExhausted(state) && !state.listedKeys.some(isOfKey)
  }

  /** Whether all values that a key may hold are in use. */
  #isExhausted({ search, listedKeys }: TableState): boolean {
    return listedKeys.some(({ constraint, items }) => {
      const row = search.typicalRow()
      return !items.some((key) => search.meets(new Map([...row, ...key]), [allow(constraint.condition)]))
    })
  }

  /** Takes the last rows back from a table whose keys are all in use, so that there is a key for one more. */
  #leaveRoom(state: TableState): readonly Row[] {
    const taken: Row[] = []
    const { table, search, constraints, accepted } = state
    const isFull = () =>
      this.#find(state, { start: search.typicalRow(), requirements: [] }, constraints, 'low') === null
    while (accepted.length > 2 && (this.#isExhausted(state) || isFull())) {
      const last = accepted.pop() ?? new Map<string, SqlValue>()
      deleteRow(this.#connection, table.name, last)
      taken.push(last)
    }
    return taken
  }

  /**
   * Finds rows that covered tables refuse, none of which stays in them: for each constraint one that breaks it alone, and
   * those on the wrong side of a comparison that decides alone.
   *
   * @param isWanted which constraints of a table to break; defaults to all
   */
  refuse(tables: readonly string[], isWanted: IsWanted = () => true): readonly RefusedRows[] {
    // What is found for a child may need another parent, after which the rows of the parent are looked for.
    const childrenFirst = parentsFirst(this.#connection, tables).toReversed()
    return this.#withDeferredKeys(() =>
      childrenFirst
        .map((table) => this.#refuse(this.#stateOf(table), isWanted))
        .map((found) => this.#renew(found))
        .toReversed(),
    )
  }

  /** A parent that a later row needed may share a key with a row that was found before: then another one is looked for. */
  #renew(found: RefusedRows): RefusedRows {
    const state = this.#stateOf(found.table)
    const refused = found.refused.flatMap((one): readonly RefusedRow[] => {
      const { constraint, row, beside } = one
      if (beside !== 'all' || this.#meetsOthers(state, constraint, row)) return [one]
      const other = this.#breakOne(state, constraint, row) ?? this.#breakOne(state, constraint)
      return other === null ? [] : [{ ...one, row: other }]
    })
    const isLost = (constraint: Constraint) =>
      found.refused.some((one) => one.constraint === constraint) &&
      refused.every((one) => one.constraint !== constraint)
    const lost = found.constraints.filter(isLost).map((constraint) => ({ constraint, reason: null }))
    return { ...found, refused, unbroken: [...found.unbroken, ...lost] }
  }

  /** Whether a row breaks no other constraint, as SQLite evaluates each. */
  #meetsOthers({ constraints, search }: TableState, constraint: Constraint, row: Row): boolean {
    const others = constraints.filter(
      (other) => other !== constraint && !constraint.implies.includes(other.label),
    )
    return search.meets(
      row,
      others.map(({ condition, whole }) => allow(whole ?? condition)),
    )
  }

  #refuse(state: TableState, isWanted: IsWanted): RefusedRows {
    const { table, accepted, alternatives } = state
    const constraints = state.constraints.filter((constraint) => isWanted(table.name, constraint))
    const isExhausted = this.#isExhausted(state)
    const refused: RefusedRow[] = []
    for (const condition of decidedBy(state)) {
      const constraint = constraints.find((one) => one.condition === condition)
      if (constraint === undefined || constraint.unbreakable !== null) continue
      const find = (beside: Beside): readonly RefusedRow[] => {
        const known = [...accepted, ...alternatives.map(({ row }) => row), ...refused.map(({ row }) => row)]
        return [...this.#boundaryRows(state, condition, () => known)].flatMap((row) => {
          if (!this.#meetsOthers(state, constraint, row)) return []
          const answer = this.#insert(table.name, row, 'not kept')
          if (answer.isAccepted || answer.code !== constraint.code) return []
          return [{ row, constraint, code: answer.code, beside }]
        })
      }
      refused.push(...find('all'))
      if (isExhausted) refused.push(...this.#findBeside(state, 'none', find))
    }
    const unbroken = constraints.flatMap((constraint): UnbrokenConstraint[] => {
      const { kind } = constraint
      const unbreakable = state.unusable ?? constraint.unbreakable
      if (unbreakable !== null) return [{ constraint, reason: unbreakable }]
      if (kind === 'check' && refused.some((row) => row.constraint === constraint)) return []
      // What depends on the rows of tables is proven once a search has found none.
      const reason = kind === 'foreign-key' ? null : this.#proveUnbreakable(state, constraint)
      if (reason !== null) return [{ constraint, reason }]
      const find = (beside: Beside): readonly RefusedRow[] => {
        const row = this.#breakOne(state, constraint)
        if (row === null) return []
        const first = { row, constraint, code: constraint.code, beside }
        if (beside === 'none' || beside === 'empty database') return [first]
        return [first, ...this.#breakInOtherWays(state, constraint, row).map((one) => ({ ...one, beside }))]
      }
      let rows = this.#refusesAllFor(state, constraint) ? [] : find('all')
      for (const beside of ['none', 'first'] as const) {
        const isTried = rows.length === 0 && (beside === 'none' || isExhausted)
        if (isTried) rows = this.#findBeside(state, beside, find)
      }
      if (rows.length === 0 && kind === 'foreign-key')
        rows = this.#inEmptyDatabase(state, () => find('empty database')[0]) ?? []
      const [found] = rows
      if (found === undefined) {
        // SQLite answers with the code of another key, where each of two is within the other.
        const [within] = constraint.implies
        const shared = within === undefined ? null : `rows that share it share ${within} as well`
        const reason =
          this.#proveUnbreakable(state, constraint) ??
          shared ??
          this.#whyRefusedFirst(state, constraint) ??
          this.#whyRedundant(state, constraint)
        return [{ constraint, reason }]
      }
      refused.push(...rows)
      return []
    })
    return { table: table.name, constraints, refused, unbroken }
  }

  /** What is found while a table has few rows, and whose parents are there or can be inserted. */
  #findBeside(
    state: TableState,
    beside: 'first' | 'none',
    find: (beside: Beside) => readonly RefusedRow[],
  ): readonly RefusedRow[] {
    const rows = this.#withFewRows(state, beside, () => find(beside)) ?? []
    return rows.filter(({ row, constraint }) => this.#insertParents(state, row, 0, constraint))
  }

  /** A row without a parent that is found while no table has rows, and that needs none for another reference. */
  #inEmptyDatabase(state: TableState, find: () => RefusedRow | undefined): readonly RefusedRow[] | null {
    const connection = this.#connection
    const tables = [...this.#schema.tables.values()].filter(({ module }) => module === null)
    const empty = () => {
      for (const { name } of tables) connection.exec(`DELETE FROM main.${quoteName(name)}`)
    }
    connection.exec('SAVEPOINT generated_empty')
    try {
      empty()
      const found = find()
      empty()
      return found !== undefined && this.#meetsOthers(state, found.constraint, found.row) ? [found] : null
    } catch (error) {
      // A trigger may refuse to delete.
      if (codeOf(error) === null) throw error
      return null
    } finally {
      connection.exec('ROLLBACK TO generated_empty; RELEASE generated_empty')
    }
  }

  #stateOf(name: string): TableState {
    const known = this.#states.get(foldName(name))
    if (known !== undefined) return known
    const table = findTable(this.#schema, name)
    if (table === undefined) throw new RangeError(`There is no table ${name}`)
    const offset = [...this.#schema.tables.keys()].indexOf(foldName(name)) * positionsPerTable
    const columns = writableColumns(table)
    const rowid = table.primaryKey?.isRowid === true ? (table.primaryKey.columns[0]?.column ?? null) : null
    const constraints = readConstraints(this.#connection, this.#schema, table)
    const search = new RowSearch(this.#connection, table, offset, this.#makeValue)
    const isUsable = search.whyUnusable(...constraints.map(({ condition }) => condition)) === null
    const [unusable = null] = (isUsable ? [] : constraints).flatMap(({ label, condition }) => {
      const reason = search.whyUnusable(condition)
      return reason === null ? [] : `each INSERT fails, since SQLite cannot evaluate ${label}: ${reason}`
    })
    const names = columns.map((column) => column.name)
    const readings = this.#readers
      .flatMap((sql) => readReadings(sql, table.name, names))
      .map(({ sql, name, isDemanded }) => ({ condition: conditionOf(table, sql, name), isDemanded }))
    const always = [
      ...(rowid === null ? [] : [demand(within({ kind: 'not', part: isNullOf(rowid) }, table))]),
      ...readJsonColumns(this.#schema, table).map(allow),
      ...readings.filter(({ isDemanded }) => isDemanded).map(({ condition }) => allow(condition)),
    ]
    const ofRow = constraints.filter(({ kind }) => kind === 'check' || kind === 'trigger')
    const state = {
      table,
      constraints,
      rowid,
      jsonColumns: new Set(jsonColumnsOf([...ofRow, ...always].map(({ condition }) => condition))),
      parentDemands: table.foreignKeys.map((key) => ({
        label: labelOf(key),
        conditions: readParentDemands(this.#schema, table, key).filter(
          (condition) => search.whyUnusable(condition) === null,
        ),
      })),
      unusable,
      search,
      columns: columns.map((column) => column.name),
      nullable: columns
        .filter((column) => !column.notNull && column.name !== rowid)
        .map((column) => column.name),
      always,
      expected: readings.map(({ condition }) => wish(condition)),
      accepted: [],
      alternatives: [],
      listedKeys: unusable === null ? usableKeysOf(table, constraints, search) : [],
      problem: unusable,
    }
    this.#states.set(foldName(name), state)
    // What a search creates must not be taken back with the rows of a plan that needs these parents.
    for (const { parent } of table.foreignKeys) if (findTable(this.#schema, parent)) this.#stateOf(parent)
    return state
  }

  /** Reads the constraints of a table, and creates what its rows are looked for with. */
  prepare(table: string): readonly Constraint[] {
    return this.#stateOf(table).constraints
  }

  /** Forgets all rows, so that what follows depends on nothing before it. What was inserted stays. */
  restart(): void {
    for (const state of this.#states.values()) {
      state.search.restart()
      state.accepted.length = 0
      state.alternatives.length = 0
      state.problem = state.unusable
    }
  }

  /**
   * Changes a row until its table accepts it, and inserts it with the parents that it needs.
   *
   * @param startOf from what a parent is made
   * @returns the parents, and the row; null where none was found
   */
  adapt(table: string, start: Row, startOf: (table: string) => Row): readonly InsertedRow[] | null {
    const state = this.#stateOf(table)
    if (this.#isExhausted(state)) return null
    const insert = () => this.#insertPlan(state, { start, requirements: [] })
    // Another parent may suit a trigger that reads it.
    return this.#recordFrom(startOf, () => insert() ?? insert())
  }

  /**
   * Changes a row until its table refuses it for one constraint alone, and inserts the parents that it needs.
   *
   * @param startOf from what a parent is made
   * @returns the parents, and the row, which is not inserted; null where none was found
   */
  adaptToBreak(
    table: string,
    constraint: Constraint,
    start: Row,
    startOf: (table: string) => Row,
  ): readonly InsertedRow[] | null {
    const state = this.#stateOf(table)
    const isHopeless =
      constraint.kind === 'unique' ? this.#isEmpty(table) : this.#refusesAllFor(state, constraint)
    if (isHopeless) return null
    return this.#recordFrom(startOf, () => {
      const row = this.#breakOne(state, constraint, start)
      if (row !== null) this.#inserted.push({ table: state.table.name, row })
      return row
    })
  }

  #recordFrom(startOf: (table: string) => Row, work: () => Row | null): readonly InsertedRow[] | null {
    const before = this.#inserted.length
    this.#startOf = startOf
    try {
      const row = this.#withDeferredKeys(work)
      return row === null ? null : this.#inserted.slice(before)
    } finally {
      this.#startOf = null
      this.#inserted.length = before
    }
  }

  /** Rows may come before their parents until all is done. */
  #withDeferredKeys<Result>(work: () => Result): Result {
    const [pragma] = this.#connection.all('PRAGMA defer_foreign_keys')
    this.#connection.exec('SAVEPOINT generated_rows; PRAGMA defer_foreign_keys = ON')
    try {
      const result = work()
      this.#connection.exec(
        `PRAGMA defer_foreign_keys = ${pragma?.defer_foreign_keys ?? 0}; RELEASE generated_rows`,
      )
      return result
    } catch (error) {
      if (this.#connection.inTransaction) {
        this.#connection.exec('ROLLBACK TO generated_rows; RELEASE generated_rows')
      }
      throw error
    }
  }

  #insertSeveral(state: TableState, count: number, parents: Parents): Row[] {
    const rows: Row[] = []
    while (rows.length < count && (rows.length === 0 || !this.#isExhausted(state))) {
      const row = this.#insertTypical(state, parents)
      if (row === null) break
      rows.push(row)
    }
    return rows
  }

  /** That columns hold a value other than their default. */
  #wishesOf({ table, columns }: TableState, isWanted: (column: string) => boolean): readonly Requirement[] {
    const wanted = table.columns.filter(({ name }) => columns.includes(name) && isWanted(name))
    return wanted.flatMap(({ name, notNull, default: value }) => [
      ...(notNull ? [] : [wish(within({ kind: 'not', part: isNullOf(name) }, table))]),
      ...(value === null ? [] : [wish(differsFrom(table, name, { kind: 'other', sql: value, columns: [] }))]),
    ])
  }

  #insertTypical(state: TableState, parents: Parents, use: 'kept' | 'not kept' = 'kept'): Row | null {
    const { table, search, constraints, expected } = state
    const wishes = this.#wishesOf(state, () => true)
    const checks = constraints.filter(({ kind }) => kind === 'check').map(({ condition }) => wish(condition))
    const plan = {
      start: search.typicalRow(),
      requirements: [...wishes, ...checks, ...expected],
      isDistinct: true,
    }
    if (parents === 'present') return this.#insertPlan(state, plan, 'high', 0, use)
    const isKey = ({ kind }: Constraint) => kind === 'foreign-key'
    const orphaned = constraints
      .filter(isKey)
      .map(({ condition }) => ({ condition, wanted: 'false', isHard: true }) as const)
    const row = this.#find(
      state,
      { ...plan, requirements: [...orphaned, ...plan.requirements] },
      constraints.filter((constraint) => !isKey(constraint)),
      'high',
    )
    return row !== null && this.#insert(table.name, row).isAccepted ? row : null
  }

  /** Looks for a row that meets all constraints, and inserts it. */
  #insertPlan(
    state: TableState,
    plan: Plan,
    effort: Effort = 'low',
    depth = 0,
    use: 'kept' | 'not kept' = 'kept',
  ): Row | null {
    const { table, constraints } = state
    const found = this.#find(state, plan, constraints, effort)
    if (found === null) return null
    const connection = this.#connection
    const before = this.#inserted.length
    connection.exec('SAVEPOINT generated_plan')
    const answer = this.#insert(table.name, found)
    const isAccepted = answer.isAccepted && this.#insertParents(state, found, depth)
    const row = isAccepted ? this.#afterParents(state, { ...plan, start: found }, before) : null
    const isWhole = row !== null
    if (isWhole) state.problem = null
    if (isWhole && use === 'kept') this.#inserted.push({ table: table.name, row })
    else {
      connection.exec('ROLLBACK TO generated_plan')
      this.#inserted.length = before
    }
    connection.exec('RELEASE generated_plan')
    if (!answer.isAccepted) state.problem ??= `SQLite answers: ${answer.message}`
    return row
  }

  /**
   * Inserts the last row again, after the parents that were made for it: a trigger may read these. Where it then refuses the
   * row, another one is looked for.
   *
   * @param before how many rows had been inserted before the parents
   * @returns the row that the table accepts; null where none was found
   */
  #afterParents(state: TableState, plan: Plan, before: number): Row | null {
    const parents = this.#inserted.slice(before)
    const { name } = state.table
    const isRead = [...this.#schema.triggers.values()].some(({ table }) => foldName(table) === foldName(name))
    if (!isRead || parents.length === 0) return plan.start
    this.#connection.exec('ROLLBACK TO generated_plan')
    for (const parent of parents) if (!this.#insert(parent.table, parent.row).isAccepted) return null
    if (this.#insert(name, plan.start).isAccepted) return plan.start
    const other = this.#find(state, plan, state.constraints, 'low')
    const isAccepted =
      other !== null && this.#insert(name, other).isAccepted && this.#insertParents(state, other, deepest)
    return isAccepted ? other : null
  }

  /**
   * Looks for a row. Where no parent fits, as in a table of which each row has a parent of its own, or in two tables that
   * refer to each other, a row with a new key is looked for, whose parent comes afterwards.
   */
  #find(state: TableState, plan: Plan, constraints: readonly Constraint[], effort: Effort): Row | null {
    if (state.unusable !== null) return null
    const keys = constraints.filter(({ kind, parent }) => kind === 'foreign-key' && parent !== null)
    const later = keys.filter(({ parent }) => parent !== state.table.name)
    const isEmpty = later.some(({ parent }) => parent !== null && this.#isEmpty(parent))
    const without = (some: readonly Constraint[]) => constraints.filter((one) => !some.includes(one))
    const attempts = [
      ...(isEmpty ? [] : [constraints]),
      ...(later.length === 0 ? [] : [without(later)]),
      ...(later.length === keys.length ? [] : [without(keys)]),
    ]
    for (const required of attempts) {
      const parentless = state.parentDemands.filter(({ label }) =>
        keys.some((key) => key.label === label && !required.includes(key)),
      )
      const demands = [
        ...state.always,
        ...requireAll(required),
        ...parentless.flatMap(({ conditions }) => conditions.map(allow)),
        ...plan.requirements,
      ]
      let found = state.search.find(plan.start, demands, plan.fixed, effort)
      const pairs = new Map<string, Requirement>()
      while (found.isAccepted && plan.isDistinct === true) {
        const equal = [...equalPairs(state.table, found.row)].filter(([pair]) => !pairs.has(pair))
        if (equal.length === 0) break
        for (const [pair, requirement] of equal) pairs.set(pair, requirement)
        found = state.search.find(found.row, [...demands, ...pairs.values()], plan.fixed, 'low')
      }
      if (found.isAccepted) return found.row
      const names = required.filter(({ condition }) =>
        found.unmet.some((unmet) => unmet.condition === condition),
      )
      if (names.length > 0) state.problem ??= describeUnmet(names, found.tried)
    }
    return null
  }

  /**
   * Inserts the parents that a row names, and which are not there.
   *
   * @param broken the constraint that the row breaks, which keeps it without that parent
   * @returns whether all could be inserted
   */
  #insertParents(child: TableState, row: Row, depth: number, broken?: Constraint): boolean {
    const { table } = child
    return table.foreignKeys.every((foreignKey) => {
      if (broken?.kind === 'foreign-key' && broken.label === labelOf(foreignKey)) return true
      const { parent, columns, parentColumns } = foreignKey
      const key = columns.map((column) => row.get(column) ?? null)
      const target = findTable(this.#schema, parent)
      if (target === undefined || key.includes(null)) return true
      const own = parentColumns.map((column) => row.get(spelled(target, column)))
      if (target === table && own.every((value, position) => value === key[position])) return true
      const conditions = parentColumns.map((column) => `${quoteName(column)} = ?`).join(' AND ')
      const [present] = this.#connection.all(
        `SELECT 1 FROM main.${quoteName(parent)} WHERE ${conditions}`,
        key,
      )
      if (present !== undefined) return true
      if (depth >= deepest) return false
      const state = this.#stateOf(parent)
      const named = parentColumns.map(
        (name, position) => [spelled(target, name), key[position] ?? null] as const,
      )
      const start = new Map([...(this.#startOf?.(target.name) ?? state.search.typicalRow()), ...named])
      const plan = { start, requirements: [], fixed: new Set(named.map(([name]) => name)) }
      if (this.#insertPlan(state, plan, 'low', depth + 1) !== null) return true
      child.problem ??= `no row of ${target.name} was found that it can refer to: ${state.problem ?? 'its keys are all in use'}`
      return false
    })
  }

  /** Rows at the edges of the columns, rows that repeat the first one but for what a key demands, and rows with NULLs. */
  *#plans(state: TableState, first: Row, known: () => readonly Row[]): Generator<Plan> {
    const { table, search, constraints, nullable } = state
    // The second row differs from the first one in more than its key: what exchanges the two is seen.
    const before = known().length
    yield { start: this.#edgeRow(state, 'low', first), requirements: [] }
    if (known().length === before) yield { start: search.typicalRow(), requirements: [], isDistinct: true }
    yield { start: first, requirements: [] }
    for (const { kind, columns: key } of constraints) {
      if (kind !== 'unique' || key.length < 2) continue
      for (const column of key)
        yield { start: first, requirements: [], fixed: new Set(key.filter((other) => other !== column)) }
    }
    const isNull = (column: string) => within(isNullOf(column), table)
    if (nullable.length > 0) {
      const edges = this.#edgeRow(state, 'other', first)
      const start = new Map([...edges, ...nullable.map((column) => [column, null] as const)])
      const plan = { start, requirements: nullable.map((column) => wish(isNull(column))) }
      yield plan
      // What compares rows takes two NULLs for equal, or not: https://www.sqlite.org/nulls.html
      const last = known().at(-1)
      if (last !== undefined && last !== first) yield { ...plan, start: last }
    }
    for (const column of nullable) {
      if (known().some((row) => row.get(column) === null)) continue
      const start = new Map([...search.typicalRow(), [column, null] as const])
      yield { start, requirements: [demand(isNull(column))] }
    }
    for (const [low, high] of orderedPairsOf(constraints)) {
      const near = search.typicalRow()
      yield { start: new Map([...near, [high, near.get(low) ?? null]]), requirements: [] }
      if (known().some((row) => isFarApart(row.get(low), row.get(high)))) continue
      const far = search.typicalRow()
      const [first = null, last = null] = [far.get(low), far.get(high)].sort((x, y) =>
        isBefore(x, y) ? -1 : 1,
      )
      const isApart = ({ columns }: Constraint) => columns.includes(low) && columns.includes(high)
      const wishes = constraints.filter(isApart).map(({ condition }) => wish(condition))
      yield { start: new Map([...far, [low, first], [high, last]]), requirements: wishes }
    }
    yield { start: this.#edgeRow(state, 'high', first), requirements: [] }
    const rest = this.#edgeRow(state, 'other', first)
    const isShown = ([column, value]: readonly [string, SqlValue]) =>
      !isNegative(value) || known().some((row) => isNegative(row.get(column)))
    if (![...rest].every(isShown)) yield { start: rest, requirements: [] }
  }

  /**
   * A row with each column at an edge, as far as the constraints of the row allow it; otherwise with a typical value, or with
   * that of the first row. References are left to the search, and numbers of rows to programs.
   *
   * @param isWanted the columns that are changed
   */
  #edgeRow(
    state: TableState,
    edge: keyof EdgeValues,
    first: Row,
    isWanted: (column: string) => boolean = () => true,
  ): Row {
    const { table, search, constraints, always, jsonColumns, rowid } = state
    const row = new Map(search.typicalRow())
    const references = new Set(table.foreignKeys.flatMap(({ columns }) => columns.map(foldName)))
    const isOfRow = ({ kind }: Constraint) => kind === 'check' || kind === 'type' || kind === 'trigger'
    const demands = [...requireAll(constraints.filter(isOfRow)), ...always]
    for (const [name, typical] of row) {
      const position = table.columns.findIndex((column) => column.name === name)
      const column = table.columns[position]
      if (column === undefined || references.has(foldName(name))) continue
      const own = demands.filter(({ condition }) => columnsOf(condition).includes(name))
      const isJson = jsonColumns.has(name)
      const isChanged = isWanted(name) && (name !== rowid || edge === 'high')
      const edges = isChanged ? edgeValues({ ...column, position }, isJson)[edge] : []
      const found = [...edges, typical, first.get(name) ?? null].find(
        (value) => own.length === 0 || search.meets(new Map([...row, [name, value]]), own),
      )
      // The search fills a pattern with the text that is there.
      const hasPattern = own.some(({ condition }) =>
        leavesOf(condition).some(({ test }) => test?.kind === 'pattern'),
      )
      const isEdge = found !== undefined && edges.includes(found)
      row.set(name, (hasPattern && !isEdge ? edges[0] : found) ?? typical)
    }
    return row
  }

  /**
   * A row on each side of each comparison of a condition, where that comparison alone decides, and one for each element of
   * a list; without those that a known row shows. Whether the table accepts them is left to it.
   */
  *#boundaryRows(state: TableState, condition: Condition, known: () => readonly Row[]): Generator<Row> {
    const { search, constraints } = state
    const others = constraints.filter((constraint) => constraint.condition !== condition)
    for (const { leaf, decisive } of decisiveLeaves(condition)) {
      for (const goal of goalsOf(leaf)) {
        const requirements = [...goal.map(demand), ...decisive]
        if (known().some((row) => search.meets(row, requirements))) continue
        const plan = { start: search.typicalRow(), requirements, isDistinct: true }
        const row = this.#find(state, plan, others, 'low') ?? this.#findAround(state, goal, plan, others)
        if (row !== null && this.#insertParents(state, row, 0)) yield row
      }
    }
  }

  /** A row that meets a goal first, and then the rest with other columns alone. */
  #findAround(
    state: TableState,
    goal: readonly Condition[],
    plan: Plan,
    others: readonly Constraint[],
  ): Row | null {
    const fixed = new Set(goal.flatMap(columnsOf))
    if (fixed.size === state.columns.length) return null
    const { row: start, isAccepted } = state.search.find(plan.start, goal.map(demand), new Set(), 'least')
    return isAccepted ? this.#find(state, { ...plan, start, fixed }, others, 'low') : null
  }

  /** A row that breaks a constraint alone, as SQLite confirms. */
  #breakOne(state: TableState, constraint: Constraint, start: Row = state.search.typicalRow()): Row | null {
    for (const [number, plan] of [...this.#breakingPlans(state, constraint, start)].entries()) {
      // Each row that has the key gets an attempt; where the first ones fail, the others mostly do, too.
      const row = this.#breakBy(state, constraint, plan, number < mostRepeated ? 'high' : 'least')
      if (row !== null) return row
    }
    return null
  }

  #breakBy(state: TableState, constraint: Constraint, plan: Plan, effort: Effort): Row | null {
    const others = state.constraints.filter(
      (other) => other !== constraint && !constraint.implies.includes(other.label),
    )
    const broken = { condition: constraint.condition, wanted: 'false', isHard: true } as const
    const row = this.#find(state, { ...plan, requirements: [broken, ...plan.requirements] }, others, effort)
    if (row === null || !this.#insertParents(state, row, 0, constraint)) return null
    if (!this.#meetsOthers(state, constraint, row)) return null
    const use = constraint.kind === 'foreign-key' ? 'checked at once' : 'not kept'
    const answer = this.#insert(state.table.name, row, use)
    return !answer.isAccepted && answer.code === constraint.code ? row : null
  }

  /** The first rows of a table. */
  #rowsOf({ table, columns }: TableState, count: number): readonly Row[] {
    const list = columns.map((column, position) => `${quoteName(column)} AS v${position}`).join(', ')
    const rows = this.#connection.all(`SELECT ${list} FROM main.${quoteName(table.name)} LIMIT ${count}`)
    return rows.map(
      (values) => new Map(columns.map((column, position) => [column, values[`v${position}`] ?? null])),
    )
  }

  /**
   * Rows that break a constraint for another reason than the first one: a reference of several columns of which one alone is
   * wrong, and a key that is shared by rows of which a column holds the same in the first one.
   */
  #breakInOtherWays(state: TableState, constraint: Constraint, first: Row): readonly RefusedRow[] {
    return [...this.#otherWays(state, constraint, first)]
  }

  *#otherWays(state: TableState, constraint: Constraint, first: Row): Generator<RefusedRow> {
    const { table, search, nullable, columns } = state
    const { code, kind } = constraint
    const refusal = (row: Row): RefusedRow => ({ row, constraint, code, beside: 'all' })
    if (kind === 'foreign-key') {
      const key = table.foreignKeys.find((one) => labelOf(one) === constraint.label)
      const isWritten = constraint.columns.length === key?.columns.length
      if (key === undefined || key.columns.length < 2 || !isWritten) return
      for (const wrong of key.columns.keys()) {
        const isRight = (_: string, position: number) => position !== wrong
        const others = {
          ...key,
          columns: key.columns.filter(isRight),
          parentColumns: key.parentColumns.filter(isRight),
        }
        const { condition } = readForeignKey(this.#connection, this.#schema, table, others)
        // A NULL beside it says that this reference alone is wrong.
        const empty = nullable.filter((column) => !constraint.columns.includes(column))
        const start = new Map([...search.typicalRow(), ...empty.map((column) => [column, null] as const)])
        const row = this.#breakBy(state, constraint, { start, requirements: [demand(condition)] }, 'low')
        if (row !== null) yield refusal(row)
      }
    }
    if (kind !== 'unique') return
    const shown = [first]
    const rows = this.#rowsOf(state, mostRepeated)
    const key = constraint.columns.filter((column) => columns.includes(column))
    const isKept = (row: Row, column: string) =>
      rows.some(
        (other) =>
          key.every((name) => row.get(name) === other.get(name)) && row.get(column) === other.get(column),
      )
    // With NULL beside the key, a key of other columns would not be shared.
    const empty = nullable.filter((column) => !constraint.columns.includes(column))
    for (const present of empty.length === 0 ? [] : rows) {
      const values = key.map((name) => [name, present.get(name) ?? null] as const)
      const start = new Map([
        ...search.typicalRow(),
        ...empty.map((name) => [name, null] as const),
        ...values,
      ])
      const requirements = empty.map((name) => demand(within(isNullOf(name), table)))
      const row = this.#breakBy(state, constraint, { start, requirements, fixed: new Set(key) }, 'low')
      if (row === null) continue
      shown.push(row)
      yield refusal(row)
      break
    }
    // Another value that the key takes for the same one.
    const isText = ([, value]: readonly [string, SqlValue]) => typeof value === 'string'
    for (const present of this.#rowsOf(state, mostCompared)) {
      const values = new Map(key.map((name) => [name, present.get(name) ?? null] as const))
      if (![...values].some(isText)) continue
      const found = similarKeys(values).flatMap((similar) => {
        const start = new Map([...search.typicalRow(), ...similar])
        const isSame = key.every((name) => similar.get(name) === values.get(name))
        const plan = { start, requirements: [], fixed: new Set(key) }
        return isSame ? [] : (this.#breakBy(state, constraint, plan, 'least') ?? [])
      })
      for (const row of found) yield refusal(row)
      if (found.length > 0) break
    }
    for (const column of columns) {
      if (key.includes(column) || shown.some((row) => !isKept(row, column))) continue
      for (const present of rows) {
        const values = key.map((name) => [name, present.get(name) ?? null] as const)
        const differs = differsFrom(table, column, constantTerm(present.get(column) ?? null))
        const isOfFirst = values.every(([name, value]) => first.get(name) === value)
        const plan = {
          start: new Map([...(isOfFirst ? first : search.typicalRow()), ...values]),
          requirements: [demand(differs)],
          fixed: new Set(key),
        }
        const row = this.#breakBy(state, constraint, plan, 'low')
        if (row === null) continue
        shown.push(row)
        yield refusal(row)
        break
      }
    }
  }

  /** What the work finds while the table has no rows, or the first one alone; null where the others cannot be deleted. */
  #withFewRows<Result>(state: TableState, beside: 'first' | 'none', work: () => Result): Result | null {
    const { name } = state.table
    this.#connection.exec('SAVEPOINT generated_without')
    try {
      const others = beside === 'first' ? this.#rowsOf(state, mostListedRows).slice(1) : []
      for (const row of others) deleteRow(this.#connection, name, row)
      if (beside === 'none') this.#connection.exec(`DELETE FROM main.${quoteName(name)}`)
    } catch {
      this.#connection.exec('ROLLBACK TO generated_without; RELEASE generated_without')
      return null
    }
    try {
      return work()
    } finally {
      this.#connection.exec('ROLLBACK TO generated_without; RELEASE generated_without')
    }
  }

  /** Why no row breaks a constraint alone, as far as that is known. */
  #proveUnbreakable(state: TableState, constraint: Constraint): string | null {
    const reason = whyUnbreakable(state, constraint)
    if (reason !== null || constraint.kind !== 'type') return reason
    const [column = ''] = constraint.columns
    const key = state.table.foreignKeys.find((candidate) => candidate.columns.includes(column))
    const parentColumn = key?.parentColumns[key.columns.indexOf(column)] ?? ''
    const hasType = key !== undefined && this.#demandsType(key.parent, parentColumn)
    return hasType ? `no row of ${key.parent} holds a value of another type` : null
  }

  /**
   * That what a trigger does fails for each row without a parent, whose key it looks up, before the foreign key is checked:
   * tried with each row of the table, and without the trigger.
   */
  #whyRefusedFirst(state: TableState, { kind, label, code }: Constraint): string | null {
    const { table, accepted, search } = state
    const key = table.foreignKeys.find((candidate) => kind === 'foreign-key' && labelOf(candidate) === label)
    if (key === undefined) return null
    const name = foldName(table.name)
    const triggers = [...this.#schema.triggers.values()].filter(
      (trigger) => trigger.event === 'INSERT' && foldName(trigger.table) === name,
    )
    const missing = search.typicalRow()
    const refusals = (row: Row) => {
      const part = key.columns.map((column) => [column, missing.get(column) ?? null] as const)
      const answer = this.#insert(table.name, new Map([...row, ...part]), 'checked at once')
      return answer.isAccepted ? null : answer.code
    }
    const codes = () => this.#withFewRows(state, 'none', () => accepted.map(refusals)) ?? [null]
    if (triggers.length === 0 || codes().some((one) => one === null || one === code)) return null
    const found = triggers.find((trigger) => {
      const looksUp = splitStatements(trigger.body.replace(/^begin\b|\bend$/gi, ''))
        .flatMap((statement) => readLookups(this.#schema, table, statement))
        .some(({ parent }) => foldName(parent) === foldName(key.parent))
      if (!looksUp) return false
      this.#connection.exec(`SAVEPOINT generated_trigger; DROP TRIGGER main.${quoteName(trigger.name)}`)
      const isReached = codes().includes(code)
      this.#connection.exec('ROLLBACK TO generated_trigger; RELEASE generated_trigger')
      return isReached
    })
    return found === undefined
      ? null
      : `what trigger ${found.name} does fails first without a row of ${key.parent}`
  }

  /** That the other CHECKs and NOT NULL refuse each row that a CHECK refuses: of each kind of rows, one is tried. */
  #whyRedundant({ table }: TableState, { kind, label }: Constraint): string | null {
    const position = table.checks.findIndex(
      ({ name, expression }) => labelOfCheck(name, expression) === label,
    )
    if (kind !== 'check' || position < 0) return null
    const others = table.checks.filter((_, index) => index !== position)
    this.#connection.exec('SAVEPOINT generated_kinds')
    try {
      const isSame = acceptSameRows(this.#connection, table, { ...table, checks: others })
      return isSame === true ? 'the other conditions of the row refuse each row that it refuses' : null
    } catch (error) {
      // A table of the schema may have the name of one that is needed here.
      if (codeOf(error) === null) throw error
      return null
    } finally {
      this.#connection.exec('ROLLBACK TO generated_kinds; RELEASE generated_kinds')
    }
  }

  #demandsType(table: string, column: string): boolean {
    if (findTable(this.#schema, table) === undefined) return false
    const { constraints } = this.#stateOf(table)
    return constraints.some(
      ({ kind, columns }) => kind === 'type' && foldName(columns[0] ?? '') === foldName(column),
    )
  }

  *#breakingPlans(state: TableState, constraint: Constraint, start: Row): Generator<Plan> {
    if (constraint.kind === 'not-null' && isOfColumn(constraint)) {
      const fixed = new Set(constraint.columns)
      yield {
        start: new Map([...start, ...constraint.columns.map((column) => [column, null] as const)]),
        requirements: [],
        fixed,
      }
      return
    }
    if (constraint.kind === 'unique') {
      // Of a row of the table, nothing but the key is repeated.
      const others = state.table.strict
        ? []
        : state.constraints.filter(({ kind }) => kind === 'unique').flatMap(({ columns }) => columns)
      for (const present of this.#rowsOf(state, 20)) {
        const key = constraint.columns.filter((column) => present.has(column))
        const different = state.columns
          .filter((column) => !key.includes(column))
          .map((column) => wish(differsFrom(state.table, column, constantTerm(present.get(column) ?? null))))
        const repeated = new Map(key.map((column) => [column, present.get(column) ?? null] as const))
        for (const values of [repeated, ...similarKeys(repeated)])
          yield { start: new Map([...start, ...values]), requirements: different, fixed: new Set(key) }
        // Another value that arithmetic takes for the same number, so that what is computed from it stays.
        for (const column of others) {
          const value = present.get(column)
          if (typeof value !== 'bigint' || key.includes(column)) continue
          const same = new Map([...start, ...repeated, [column, `${value}x`]])
          yield { start: same, requirements: different, fixed: new Set([...key, column]) }
        }
      }
    }
    yield { start, requirements: [] }
  }

  #isEmpty(table: string): boolean {
    return this.#connection.all(`SELECT 1 FROM main.${quoteName(table)} LIMIT 1`).length === 0
  }

  /** @param use whether an accepted row stays; `'checked at once'` for a row whose parents are not there */
  #insert(table: string, row: Row, use: 'kept' | 'not kept' | 'checked at once' = 'kept'): Answer {
    const connection = this.#connection
    connection.exec('SAVEPOINT generated_row')
    if (use === 'checked at once') connection.exec('PRAGMA defer_foreign_keys = OFF')
    try {
      insertRow(connection, table, row)
      if (
        use === 'checked at once' &&
        connection.all(`PRAGMA foreign_key_check(${quoteName(table)})`).length > 0
      ) {
        return {
          isAccepted: false,
          code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
          message: 'FOREIGN KEY constraint failed',
        }
      }
      return { isAccepted: true }
    } catch (error) {
      const code = codeOf(error)
      if (code === null || !(error instanceof Error)) throw error
      return { isAccepted: false, code, message: error.message }
    } finally {
      if (use !== 'kept') connection.exec('ROLLBACK TO generated_row')
      if (use === 'checked at once') connection.exec('PRAGMA defer_foreign_keys = ON')
      connection.exec('RELEASE generated_row')
    }
  }
}

/** The keys of listed values, with those values that no CHECK of them refuses. */
function usableKeysOf(
  table: Table,
  constraints: readonly Constraint[],
  search: RowSearch,
): readonly ListedKey[] {
  return listedKeysOf(table, constraints).map(({ constraint, items }) => {
    const ofKey = constraints.filter(
      ({ kind, columns }) =>
        kind === 'check' && columns.length > 0 && columns.every((name) => constraint.columns.includes(name)),
    )
    const row = search.typicalRow()
    const isUsable = (item: Row) => search.meets(new Map([...row, ...item]), requireAll(ofKey))
    return { constraint, items: items.length > 1 ? items.filter(isUsable) : items }
  })
}

function isSameList(left: readonly SqlValue[], right: readonly SqlValue[]): boolean {
  return left.every((value, position) => value === right[position])
}

/** Whether a NOT NULL is of a column that is written, and not of a generated one. */
function isOfColumn({ condition }: Constraint): boolean {
  const [leaf] = leavesOf(condition)
  return leaf?.test?.kind === 'null' && leaf.test.operand.kind === 'column'
}

/** The columns that a CHECK compares by order, the lower one first. */
function orderedPairsOf(constraints: readonly Constraint[]): readonly (readonly [string, string])[] {
  const leaves = constraints
    .filter(({ kind }) => kind === 'check')
    .flatMap(({ condition }) => leavesOf(condition))
  return leaves.flatMap(({ test }) => {
    if (test?.kind !== 'comparison' || !/^[<>]=?$/.test(test.operator)) return []
    const [low, high] = test.operator.startsWith('<') ? [test.left, test.right] : [test.right, test.left]
    return low.kind === 'column' && high.kind === 'column' ? [[low.column, high.column] as const] : []
  })
}

function isBefore(one: SqlValue | undefined, other: SqlValue | undefined): boolean {
  return one != null && other != null && one < other
}

/** Whether two values are further apart than the next number, second or day. */
function isFarApart(one: SqlValue | undefined, other: SqlValue | undefined): boolean {
  if (typeof one === 'string' && typeof other === 'string')
    return !other.startsWith(one) && laterMoment(one) !== other
  return isBefore(one, other) && Number(other) - Number(one) > 10
}

/** The columns that conditions read as JSON. */
function jsonColumnsOf(conditions: readonly Condition[]): readonly string[] {
  const terms = conditions.flatMap((condition) =>
    leavesOf(condition).flatMap((leaf) => [...termsOfLeaf(leaf)]),
  )
  const read = terms.flatMap((term) =>
    term.kind === 'call' && term.name.startsWith('json') ? term.operands.slice(0, 1) : [],
  )
  return read.flatMap((term) => (term.kind === 'column' ? term.column : []))
}

function isNegative(value: SqlValue | undefined): boolean {
  return (typeof value === 'bigint' || typeof value === 'number') && value < 0
}

/** A key in other letters, and with spaces: a collation may find it equal. */
export function similarKeys(key: Row): Row[] {
  const texts = [...key.values()].filter((value) => typeof value === 'string')
  const [count = 0] = texts.map((text) => [...similarTexts(text)].length)
  return Array.from(
    { length: count },
    (_, variant) =>
      new Map(
        [...key].map(([name, value]) => [
          name,
          typeof value === 'string' ? ([...similarTexts(value)][variant] ?? value) : value,
        ]),
      ),
  )
}

/**
 * Inserts up to `count` typical rows into a table, each as its constraints allow.
 *
 * @param parents `'missing'` for rows whose parents are not there; foreign keys must be off then
 * @returns how many rows were inserted; 0 where none could be made
 */
export function generateRows(
  connection: Connection,
  table: string,
  count: number,
  parents?: Parents,
): number {
  const generator = new RowGenerator(connection)
  try {
    return generator.fill(table, count, parents).length
  } finally {
    generator.close()
  }
}

/** The tables in an order in which each comes after those that it refers to, as far as there is one. */
export function parentsFirst(
  connection: Connection,
  tables: readonly string[],
  schema: Schema = readSchema(connection),
): string[] {
  const ordered: string[] = []
  const visited = new Set<string>()
  const visit = (table: string) => {
    if (visited.has(table)) return
    visited.add(table)
    for (const { parent } of findTable(schema, table)?.foreignKeys ?? []) {
      const known = tables.find((candidate) => foldName(candidate) === foldName(parent))
      if (known !== undefined) visit(known)
    }
    ordered.push(table)
  }
  tables.forEach(visit)
  return ordered
}
