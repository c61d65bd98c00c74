import type { Table } from '../schema/model.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'
import {
  type Constraint,
  createScratch,
  dropScratch,
  overScratch,
  scratchOf,
  writableColumns,
} from './constraints.ts'
import { type Condition, columnsOf, type Leaf, leavesOf, type Move, type MoveContext } from './expression.ts'
import { equalMoves, movesFor, movesForCondition } from './moves.ts'
import { type Affinity, affinityOf, typicalValue } from './values.ts'

/** A value for each column that is written. */
export type Row = ReadonlyMap<string, SqlValue>

/** Inserts a row. @throws {Error} of SQLite, when the table refuses it */
export function insertRow(connection: Connection, table: string, row: Row): void {
  const columns = [...row.keys()].map(quoteName).join(', ')
  const marks = [...row.keys()].map(() => '?').join(', ')
  const values = row.size === 0 ? 'DEFAULT VALUES' : `(${columns}) VALUES (${marks})`
  connection.all(`INSERT INTO main.${quoteName(table)} ${values}`, [...row.values()])
}

/** Deletes the rows that hold exactly these values. */
export function deleteRow(connection: Connection, table: string, row: Row): void {
  const conditions = [...row.keys()].map((column) => `${quoteName(column)} IS ?`).join(' AND ')
  connection.all(`DELETE FROM main.${quoteName(table)} WHERE ${conditions}`, [...row.values()])
}

/** The extended result code of an error of SQLite; null for any other error. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_')
    ? error.code
    : null
}

/** What is wanted of a condition: to be true, to be false, or not to be so, as NULL is neither. */
export type Wanted = 'true' | 'false' | 'not false' | 'not true'

/** A condition that the row that is looked for must meet, or should. */
export interface Requirement {
  readonly condition: Condition
  readonly wanted: Wanted
  /** Whether a row that does not meet it is of no use. */
  readonly isHard: boolean
}

/** The best row that was found, and which of the requirements it does not meet. */
export interface Found {
  readonly row: Row
  readonly unmet: readonly Requirement[]
  readonly isAccepted: boolean
  /** Some of the rows that were tried, the best last. */
  readonly tried: readonly Row[]
}

/** How many rows are evaluated before a search ends: for a row that must be found, and for one that may not exist. */
const efforts = { high: 1_500, low: 250, least: 80 } as const

/** How many of the rows that were tried are kept, for a report. */
const mostNamed = 20

/** How often a step may not help before values of other types are tried. */
const mostStalled = 8

/** How many columns of a condition are changed in pairs. */
const mostPaired = 6

export type Effort = keyof typeof efforts

/** How much an unmet wish counts beside an unmet demand. */
const softWeight = 1 / 64

/**
 * Looks for rows of one table. SQLite evaluates every condition itself, over a temporary table that holds the row.
 * Close it after use.
 */
export class RowSearch {
  readonly #connection: Connection
  readonly #table: Table
  readonly #columns: readonly string[]
  readonly #offset: number
  readonly #makeValue: typeof typicalValue
  /** How many fresh values each column had. */
  readonly #serials = new Map<string, number>()
  #number = 0
  #serial = 0
  #evaluations = 0
  #mostEvaluations: number = efforts.high

  /** @param offset sets the values of the table apart from those of other tables */
  constructor(connection: Connection, table: Table, offset: number, makeValue = typicalValue) {
    this.#connection = connection
    this.#table = table
    this.#offset = offset
    this.#makeValue = makeValue
    this.#columns = writableColumns(table).map(({ name }) => name)
    dropScratch(connection, table)
    createScratch(connection, table)
  }

  /** Begins with the values of the first row again. */
  restart(): void {
    this.#serials.clear()
    this.#number = 0
    this.#serial = 0
  }

  close(): void {
    dropScratch(this.#connection, this.#table)
  }

  /** A row of typical values that differ from those of every row before it. */
  typicalRow(): Row {
    this.#number += 1
    return new Map(this.#columns.map((column) => [column, this.#fresh(column)]))
  }

  /**
   * Looks for a row that meets the requirements: the change that helps most, again and again, without coming back.
   *
   * @param fixed columns that keep the value of the first row
   */
  find(
    first: Row,
    requirements: readonly Requirement[],
    fixed: ReadonlySet<string> = new Set(),
    effort: Effort = 'high',
  ): Found {
    const found = this.#findFrom(first, requirements, fixed, effort)
    if (found.isAccepted || effort !== 'high') return found
    // Conditions over several numbers are easier to meet where they are near each other.
    const near = new Map(
      [...first].map(([column, value], position) => {
        const isNumber = typeof value === 'bigint' || typeof value === 'number'
        return [column, isNumber && !fixed.has(column) ? BigInt(position + 1) : value] as const
      }),
    )
    const other = this.#findFrom(near, requirements, fixed, effort)
    return other.isAccepted ? other : found
  }

  #findFrom(
    first: Row,
    requirements: readonly Requirement[],
    fixed: ReadonlySet<string>,
    effort: Effort,
  ): Found {
    this.#evaluations = 0
    this.#mostEvaluations = efforts[effort]
    const leaves = [
      ...new Map(
        requirements.flatMap(({ condition }) => leavesOf(condition)).map((leaf) => [leaf.sql, leaf]),
      ).values(),
    ]
    const visited = new Set<string>()
    const tried: Row[] = []
    const judge = (row: Row): State => {
      visited.add(keyOf(row))
      if (tried.length < mostNamed) tried.push(row)
      return this.#judge(row, requirements, leaves)
    }
    const typical = (move: Move) => isTypical(move, this.#table)
    // What stays unmet for long counts more and more, so that a search leaves a place where each change makes things worse.
    const weights = new Map(requirements.map((requirement) => [requirement, weightOf(requirement)]))
    const weigh = ({ truths }: State) =>
      requirements.reduce((sum, one) => sum + costOf(one, truths) * (weights.get(one) ?? 1), 0)
    let current = judge(first)
    let best = current
    let stalled = 0
    const isHopeless = requirements.some(
      (requirement) =>
        requirement.isHard &&
        costOf(requirement, current.truths) > 0 &&
        columnsOf(requirement.condition).every((column) => fixed.has(column)),
    )
    while (!isHopeless && best.cost > 0 && this.#evaluations < this.#mostEvaluations) {
      const next =
        (stalled < mostStalled
          ? this.#step(current, requirements, fixed, visited, judge, typical, weigh)
          : null) ?? this.#step(current, requirements, fixed, visited, judge, () => true, weigh)
      if (next === null) break
      if (weigh(next) >= weigh(current)) {
        for (const one of requirements) {
          if (costOf(one, next.truths) > 0) weights.set(one, (weights.get(one) ?? 1) + weightOf(one))
        }
      }
      current = next
      stalled += 1
      if (current.cost >= best.cost) continue
      best = current
      stalled = 0
    }
    const unmet = requirements.filter((requirement) => costOf(requirement, best.truths) > 0)
    return {
      row: best.row,
      unmet,
      isAccepted: unmet.every(({ isHard }) => !isHard),
      tried: [...tried, best.row],
    }
  }

  /** Why SQLite cannot evaluate a condition, as where it calls a function that is missing; null where it can. */
  whyUnusable(...conditions: readonly Condition[]): string | null {
    const leaves = conditions.flatMap((condition) => [...leavesOf(condition)].map(({ sql }) => sql))
    if (leaves.length === 0) return null
    try {
      // Compiled and not run: the values of a row may be wrong for a function that is there.
      this.#connection.all(`EXPLAIN SELECT ${leaves.join(', ')}`)
      return null
    } catch (error) {
      if (codeOf(error) === null || !(error instanceof Error)) throw error
      return error.message
    }
  }

  /** Whether a row meets requirements. */
  meets(row: Row, requirements: readonly Requirement[]): boolean {
    const leaves = requirements.flatMap(({ condition }) => leavesOf(condition))
    return this.#judge(row, requirements, leaves).cost === 0
  }

  /** The best neighbour of a row: the first that meets one more requirement, otherwise the nearest. */
  #step(
    current: State,
    requirements: readonly Requirement[],
    fixed: ReadonlySet<string>,
    visited: ReadonlySet<string>,
    judge: (row: Row) => State,
    isWanted: (move: Move) => boolean,
    weigh: (state: State) => number,
  ): State | null {
    const before = weigh(current)
    let nearest: State | null = null
    let lowest = Number.POSITIVE_INFINITY
    let tried = 0
    for (const requirement of requirements.toSorted((a, b) => Number(b.isHard) - Number(a.isHard))) {
      if (costOf(requirement, current.truths) === 0) continue
      for (const move of this.#moves(requirement, current, requirements, isWanted)) {
        const row = this.#apply(current.row, move, fixed)
        if (row === null || visited.has(keyOf(row))) continue
        const state = judge(row)
        tried += 1
        const weight = weigh(state)
        if (weight <= before - weightOf(requirement) / 2) return state
        if (weight < lowest) [nearest, lowest] = [state, weight]
        if (tried > 400 || this.#evaluations >= this.#mostEvaluations) return nearest
      }
    }
    return nearest
  }

  *#moves(
    { condition, wanted }: Requirement,
    { row, truths }: State,
    requirements: readonly Requirement[],
    isWanted: (move: Move) => boolean,
  ): Generator<Move> {
    const unmet = [...unmetLeaves(condition, wanted, truths)]
    for (const { leaf, wanted: wantedOfLeaf } of unmet) {
      const context = this.#context(leaf, row)
      const moves = movesFor(leaf, wantedOfLeaf === 'true' || wantedOfLeaf === 'not false', context)
      // A type is broken by values of other types.
      for (const move of moves) if (leaf.test === null || isWanted(move)) yield move
    }
    const [{ leaf } = { leaf: null }] = unmet
    if (unmet.length > 1 && leaf !== null) {
      const isTrue = wanted === 'true' || wanted === 'not false'
      yield* movesForCondition(condition, isTrue, this.#context(leaf, row))
    }
    for (const move of this.#otherMoves(condition, unmet, row, requirements)) if (isWanted(move)) yield move
  }

  /** Changes that may help though the condition does not ask for them. */
  *#otherMoves(
    condition: Condition,
    unmet: readonly { readonly leaf: Leaf; readonly wanted: Wanted }[],
    row: Row,
    requirements: readonly Requirement[],
  ): Generator<Move> {
    const columns = [...new Set(unmet.flatMap(({ leaf }) => leaf.columns))]
    for (const { leaf, wanted: wantedOfLeaf } of unmet) {
      if (wantedOfLeaf.startsWith('not ')) for (const column of leaf.columns) yield new Map([[column, null]])
    }
    // What other conditions make of a column solves one that only asks for another value.
    for (const { condition: other, wanted: wantedOfOther } of requirements) {
      if (other === condition) continue
      for (const leaf of leavesOf(other)) {
        if (!leaf.columns.some((column) => columns.includes(column))) continue
        yield* movesFor(
          leaf,
          wantedOfOther === 'true' || wantedOfOther === 'not false',
          this.#context(leaf, row),
        )
      }
    }
    for (const column of columns) yield* this.#neighbours(column, row)
    yield* this.#pairs(columns, row)
    for (const { condition: other, wanted } of requirements) {
      for (const leaf of leavesOf(other)) {
        if (!leaf.columns.some((column) => columns.includes(column))) continue
        yield* equalMoves(leaf, wanted === 'true' || wanted === 'not false', this.#context(leaf, row))
      }
    }
  }

  /** Two columns together: one more and one less, without a value, or with another one. */
  *#pairs(columns: readonly string[], row: Row): Generator<Move> {
    const changes = (column: string): readonly SqlValue[] => {
      const value = row.get(column)
      const near = typeof value === 'bigint' ? [value + 1n, value - 1n] : []
      return [null, this.#fresh(column), ...near]
    }
    const offered = columns.slice(0, mostPaired).map((column) => [column, changes(column)] as const)
    for (const [position, [first, values]] of offered.entries()) {
      for (const [second, others] of offered.slice(position + 1)) {
        for (const value of values)
          for (const other of others)
            yield new Map([
              [first, value],
              [second, other],
            ])
      }
    }
  }

  /** Values near that of a column, those of the other columns, and a fresh one. */
  *#neighbours(column: string, row: Row): Generator<Move> {
    const value = row.get(column)
    for (const step of [1n, -1n, 10n, -10n, 1000n, -1000n]) {
      if (typeof value === 'bigint') yield new Map([[column, value + step]])
      if (typeof value === 'number') yield new Map([[column, value + Number(step) / 4]])
    }
    yield new Map([[column, this.#fresh(column)]])
    for (const [other, otherValue] of row) if (other !== column) yield new Map([[column, otherValue]])
    for (const plain of [0n, 1n, '', 'a', new Uint8Array([1]), 0.5]) yield new Map([[column, plain]])
  }

  /** Reads the row when a value is asked for: until then other rows may have been judged. */
  #context(leaf: Leaf, row: Row): MoveContext {
    const evaluate = leaf.evaluate ?? ((sql: string) => overScratch(sql, this.#table))
    const values = new Map<string, SqlValue | undefined>()
    const read = (sql: string) => {
      if (!values.has(sql)) {
        this.#store(row)
        values.set(sql, unlessFailed(this.#evaluate([sql])[0]))
      }
      return values.get(sql)
    }
    return {
      valueOf: (term) => read(evaluate(term.sql)),
      truthOf: ({ sql, test, evaluate: own }) => {
        const value = read(`NOT NOT ${own === undefined && test !== null ? evaluate(sql) : sql}`)
        return value === null || value === undefined ? null : Number(value) !== 0
      },
      current: (column) => row.get(column) ?? null,
      fresh: (column) => this.#fresh(column),
      number: this.#number,
      serial: () => this.#nextSerial(),
    }
  }

  #fresh(column: string): SqlValue {
    const position = this.#table.columns.findIndex(({ name }) => name === column)
    const found = this.#table.columns[position]
    if (found === undefined) return null
    const serial = (this.#serials.get(column) ?? 0) + 1
    this.#serials.set(column, serial)
    return this.#makeValue({ name: column, type: found.type, position: this.#offset + position }, serial)
  }

  #nextSerial(): number {
    this.#serial += 1
    return this.#serial
  }

  /** The row after a move; null where it changes a fixed column, or holds what SQLite cannot store. */
  #apply(row: Row, move: Move, fixed: ReadonlySet<string>): Row | null {
    const changed = new Map(row)
    for (const [column, value] of move) {
      if (fixed.has(column) && textOf(row.get(column) ?? null) !== textOf(value)) return null
      if (!row.has(column) || !isStorable(value)) return null
      changed.set(column, value)
    }
    return changed
  }

  #judge(row: Row, requirements: readonly Requirement[], leaves: readonly Leaf[]): State {
    this.#evaluations += 1
    const values = this.#store(row)
      ? this.#evaluate(leaves.map(({ sql }) => `NOT NOT ${sql}`))
      : leaves.map(() => failed)
    const truths: Truths = new Map(leaves.map(({ sql }, position) => [sql, truthOf(values[position])]))
    const cost = requirements.reduce((sum, one) => sum + costOf(one, truths) * weightOf(one), 0)
    return { row, truths, cost }
  }

  /** @returns whether the row can be stored: the expression of a generated column may fail */
  #store(row: Row): boolean {
    const assignments = [...row.keys()].map((column) => `${quoteName(column)} = ?`).join(', ')
    if (assignments === '') return true
    try {
      this.#connection.all(`UPDATE ${scratchOf(this.#table)} SET ${assignments}`, [...row.values()])
      return true
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_ERROR')) throw error
      return false
    }
  }

  /** Each value by itself where they cannot be evaluated together. */
  #evaluate(expressions: readonly string[]): readonly (SqlValue | typeof failed)[] {
    if (expressions.length === 0) return []
    const run = (list: readonly string[]) => {
      const [row] = this.#connection.all(
        `SELECT ${list.map((sql, position) => `${sql} AS v${position}`).join(', ')}`,
      )
      return list.map((_, position) => row?.[`v${position}`] ?? null)
    }
    try {
      return run(expressions)
    } catch {
      return expressions.map((expression) => {
        try {
          return run([expression])[0] ?? null
        } catch {
          return failed
        }
      })
    }
  }
}

/** An expression that SQLite refuses to evaluate, such as one over malformed JSON. */
const failed = { isFailed: true } as const

type Truth = boolean | null | typeof failed
type Truths = ReadonlyMap<string, Truth>

interface State {
  readonly row: Row
  readonly truths: Truths
  readonly cost: number
}

function unlessFailed(value: SqlValue | typeof failed | undefined): SqlValue | undefined {
  return isFailed(value) ? undefined : value
}

function isFailed(value: unknown): value is typeof failed {
  return value === failed
}

function truthOf(value: SqlValue | typeof failed | undefined): Truth {
  if (isFailed(value)) return failed
  return value === null || value === undefined ? null : Number(value) !== 0
}

function weightOf({ isHard }: Requirement): number {
  return isHard ? 1 : softWeight
}

function costOf({ condition, wanted }: Requirement, truths: Truths): number {
  return cost(condition, wanted, truths)
}

const opposite: Readonly<Record<Wanted, Wanted>> = {
  true: 'false',
  false: 'true',
  'not false': 'not true',
  'not true': 'not false',
}

/** How many leaves must change at least; 0 where the condition is as wanted. */
function cost(condition: Condition, wanted: Wanted, truths: Truths): number {
  if (condition.kind === 'leaf') return isMet(truths.get(condition.sql) ?? null, wanted) ? 0 : 1
  if (condition.kind === 'not') return cost(condition.part, opposite[wanted], truths)
  const costs = condition.parts.map((part) => cost(part, wanted, truths))
  return needsAll(condition.kind, wanted) ? costs.reduce((sum, value) => sum + value, 0) : Math.min(...costs)
}

function needsAll(kind: 'and' | 'or', wanted: Wanted): boolean {
  return (kind === 'and') === (wanted === 'true' || wanted === 'not false')
}

function isMet(truth: Truth, wanted: Wanted): boolean {
  if (truth === failed) return false
  if (wanted === 'true') return truth === true
  if (wanted === 'false') return truth === false
  return wanted === 'not false' ? truth !== false : truth !== true
}

function* unmetLeaves(
  condition: Condition,
  wanted: Wanted,
  truths: Truths,
): Generator<{ readonly leaf: Leaf; readonly wanted: Wanted }> {
  if (cost(condition, wanted, truths) === 0) return
  if (condition.kind === 'leaf') yield { leaf: condition, wanted }
  else if (condition.kind === 'not') yield* unmetLeaves(condition.part, opposite[wanted], truths)
  else for (const part of condition.parts) yield* unmetLeaves(part, wanted, truths)
}

/** Whether a move is to values of the types that its columns are declared with. */
function isTypical(move: Move, { columns }: Table): boolean {
  return [...move].every(([name, value]) => {
    const column = columns.find((candidate) => candidate.name === name)
    return column === undefined || isOfAffinity(value, affinityOf(column.type))
  })
}

function isOfAffinity(value: SqlValue, affinity: Affinity): boolean {
  if (value === null) return true
  if (affinity === 'TEXT') return typeof value === 'string'
  if (affinity === 'INTEGER') return typeof value === 'bigint'
  if (affinity === 'REAL') return typeof value === 'number' || typeof value === 'bigint'
  return true
}

function isStorable(value: SqlValue): boolean {
  if (typeof value === 'bigint') return value >= -(2n ** 63n) && value < 2n ** 63n
  return typeof value !== 'number' || !Number.isNaN(value)
}

function keyOf(row: Row): string {
  return [...row.values()].map(textOf).join('\u0001')
}

function textOf(value: SqlValue): string {
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : `${typeof value} ${value}`
}

/** That a row meets each constraint. */
export function requireAll(constraints: readonly Constraint[]): Requirement[] {
  return constraints.map(({ condition }) => ({ condition, wanted: 'not false', isHard: true }))
}
