import { createRequire } from 'node:module'
import type { Node, Program } from 'sql-parser-cst'
import type { SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens, type Token, unquote } from '../sql/tokens.ts'

/** An expression whose value is wanted. `sql` is its text, which SQLite can evaluate by itself. */
export type Term = TermBase &
  (
    | { readonly kind: 'column'; readonly column: string }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: Term }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Term; readonly right: Term }
    | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Term[] }
    /** CAST, COLLATE and a generated column: what is wanted of it is wanted of its operand. */
    | { readonly kind: 'wrapped'; readonly operand: Term }
    /** 1 or 0, as the condition is true or false. */
    | { readonly kind: 'condition'; readonly condition: Condition }
    /** CASE: the result of the branch whose condition is true. */
    | { readonly kind: 'case'; readonly branches: readonly Branch[] }
    /** A constant, if it has no columns, or what cannot be solved. */
    | { readonly kind: 'other'; readonly constant?: SqlValue }
  )

/** A branch of a CASE, whose condition is false where one before it decides. */
interface Branch {
  readonly condition: Condition
  readonly result: Term
}

interface TermBase {
  readonly sql: string
  /** The columns of the table that it reads, as the table spells them. */
  readonly columns: readonly string[]
}

/** A condition that a row meets or not, down to what SQLite evaluates by itself. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | Leaf

export interface Leaf {
  readonly kind: 'leaf'
  readonly sql: string
  readonly columns: readonly string[]
  /** Null for a condition over other rows, which brings its own moves. */
  readonly test: Test | null
  readonly moves?: (wanted: boolean, context: MoveContext) => Iterable<Move>
  /** What it is where its test is NULL; NULL where that is not said. */
  readonly ifNull?: boolean
  /** An expression of its terms as one that SQLite can evaluate by itself. */
  readonly evaluate?: (sql: string) => string
}

export type Test =
  | { readonly kind: 'comparison'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'in'; readonly operand: Term; readonly items: readonly Term[] }
  | {
      readonly kind: 'pattern'
      readonly operator: string
      readonly operand: Term
      readonly pattern: Term
      readonly escapeCharacter: string | null
    }
  | { readonly kind: 'null'; readonly operand: Term }
  /** True where the number that it gives is not 0. */
  | { readonly kind: 'truth'; readonly operand: Term }

/** Values for some columns of a row. */
export type Move = ReadonlyMap<string, SqlValue>

/** What moves are made from. */
export interface MoveContext {
  /** The value of a term in the present row; undefined where SQLite cannot evaluate it. */
  valueOf(term: Term): SqlValue | undefined
  /** Whether the present row meets a condition; null where that is NULL, or cannot be evaluated. */
  truthOf(leaf: Leaf): boolean | null
  /** The value of a column in the present row. */
  current(column: string): SqlValue
  /** A value for a column that no row has yet. */
  fresh(column: string): SqlValue
  /** Counts the rows, so that each begins with other parents. */
  readonly number: number
  /** A number that was not used yet. */
  serial(): number
}

const require = createRequire(import.meta.url)

/**
 * Parses SQL. To load the parser takes longer than to make the rows of many a schema, so it is loaded when it is needed.
 *
 * @throws {Error} where the parser does not know the SQL
 */
export function parseSql(sql: string): Program {
  const known = programs.get(sql)
  if (known !== undefined) return known
  const { parse } = require('sql-parser-cst') as typeof import('sql-parser-cst')
  const program = parse(sql, { dialect: 'sqlite', includeRange: true })
  if (programs.size >= mostPrograms) programs.clear()
  programs.set(sql, program)
  return program
}

/** The same constraints are read for each migration and for each check that makes rows. */
const programs = new Map<string, Program>()
const mostPrograms = 2_000

/** The names of the columns of a table, and what those are made from that are generated. */
export interface Names {
  readonly columns: readonly string[]
  /** The expressions of generated columns, by their names. */
  readonly generated?: ReadonlyMap<string, string>
  /** What each column is named with, as in a trigger, where other words name the columns of other tables. */
  readonly qualifier?: string
}

/**
 * Parses an expression of a constraint. What the parser does not know becomes one leaf, which can still be
 * evaluated, and whose columns are those that its words name. A generated column is what it is made from.
 */
export function parseCondition(sql: string, names: Names): Condition {
  const context = { sql, columns: readNames(names), qualifier: names.qualifier ?? null }
  const simple = readComparison(context)
  if (simple !== null) return simple
  try {
    const [statement] = parseSql(`SELECT ${sql}`).statements
    const clause = statement?.type === 'select_stmt' ? statement.clauses[0] : undefined
    const node = clause?.type === 'select_clause' ? clause.columns?.items[0] : undefined
    if (node !== undefined) return readCondition(node as Node, { ...context, sql: `SELECT ${sql}` })
  } catch {
    // The parser reports what it does not know as an error.
  }
  return leaf({ kind: 'truth', operand: { kind: 'other', sql, columns: wordsOf(sql, context) } }, sql)
}

function readNames({ columns, generated = new Map() }: Names): Context['columns'] {
  const terms = new Map<string, () => Term>()
  for (const name of columns) {
    const expression = generated.get(name)
    const read = (): Term => {
      if (expression === undefined) return columnTerm(name)
      const operand = parseTerm(expression, { columns, generated })
      return { kind: 'wrapped', sql: quoteName(name), columns: operand.columns, operand }
    }
    let known: Term | undefined
    terms.set(foldName(name), () => {
      known ??= read()
      return known
    })
  }
  return terms
}

/** A column, or what it is made from where it is generated. */
export function columnIn(names: Names, column: string): Term {
  return readNames(names).get(foldName(column))?.() ?? columnTerm(column)
}

/** A column beside a literal, which needs no parser. */
function readComparison({ sql, columns, qualifier }: Context): Leaf | null {
  if (qualifier !== null) return null
  const [name, operator, literal, ...others] = significantTokens(sql)
  if (name === undefined || operator?.kind !== 'operator' || literal === undefined || others.length > 0) {
    return null
  }
  const column = columns.get(foldName(unquote(name)))
  const isName = name.kind === 'word' || name.kind === 'name'
  const constant = constantOf(literal)
  if (!isName || column === undefined || constant === undefined || !comparisons.has(operator.text))
    return null
  return compare(column(), operator.text, {
    kind: 'other',
    sql: literal.text,
    columns: [],
    constant,
  })
}

function constantOf({ kind, text }: Token): SqlValue | undefined {
  if (kind === 'string') return text.slice(1, -1).replaceAll("''", "'")
  return kind === 'number' && /^\d+$/.test(text) ? BigInt(text) : undefined
}

/** The value of a column. */
export function columnTerm(column: string): Term {
  return { kind: 'column', sql: quoteName(column), columns: [column], column }
}

/** The comparison of two terms as a condition. */
export function compare(left: Term, operator: string, right: Term): Leaf {
  return leaf({ kind: 'comparison', operator, left, right }, `(${left.sql}) ${operator} (${right.sql})`)
}

/** That a column, or the term that it is, is NULL. */
export function isNullOf(column: string | Term): Leaf {
  const operand = typeof column === 'string' ? columnTerm(column) : column
  return leaf({ kind: 'null', operand }, `${operand.sql} IS NULL`)
}

/** Parses an expression whose value is wanted, as that of an index. */
export function parseTerm(sql: string, names: Names): Term {
  const [name, ...others] = significantTokens(sql)
  const isName = (name?.kind === 'word' || name?.kind === 'name') && others.length === 0
  const column = isName ? names.columns.find((one) => foldName(one) === foldName(unquote(name))) : undefined
  if (column !== undefined && names.qualifier === undefined) return columnIn(names, column)
  const condition = parseCondition(`(${sql}) IS 0`, names)
  if (condition.kind === 'leaf' && condition.test?.kind === 'comparison') return condition.test.left
  return { kind: 'other', sql, columns: columnsOf(condition) }
}

/** A condition of a statement over the rows of one table, which the statement may call by another name. */
export interface RowCondition {
  readonly sql: string
  readonly name: string
}

/**
 * What an UPDATE, a DELETE or an INSERT … SELECT asks of the rows of a table: its WHERE, and each WHEN of a CASE. Empty
 * where the statement reads several tables, has parameters, or the parser does not know it.
 */
export function readRowConditions(sql: string, table: string): readonly RowCondition[] {
  try {
    const { statements } = parseSql(sql)
    return statements.flatMap((statement) => [...rowConditions(statement, sql, table)])
  } catch {
    return []
  }
}

function* rowConditions(node: unknown, sql: string, table: string): Generator<RowCondition> {
  if (typeof node !== 'object' || node === null) return
  if ('clauses' in node && Array.isArray(node.clauses)) {
    const clauses: readonly Node[] = node.clauses
    const name = clauses.map((clause) => nameIn(clause, table)).find((found) => found !== null)
    if (name != null) {
      for (const condition of conditionsBelow(clauses, sql)) yield { sql: condition, name }
      return
    }
  }
  for (const part of Object.values(node)) yield* rowConditions(part, sql, table)
}

/** What a clause calls a table, if it reads no other one. */
function nameIn(clause: Node, table: string): string | null {
  if (clause.type !== 'update_clause' && clause.type !== 'delete_clause' && clause.type !== 'from_clause') {
    return null
  }
  const items: readonly Node[] = clause.type === 'from_clause' ? [clause.expr] : clause.tables.items
  const [source] = items
  if (source === undefined || items.length > 1) return null
  const named: Node = source.type === 'alias' ? source.expr : source
  const identifier: Node = named.type === 'member_expr' ? named.property : named
  if (identifier.type !== 'identifier' || foldName(identifier.name) !== foldName(table)) return null
  return source.type === 'alias' ? source.alias.name : table
}

function* conditionsBelow(node: unknown, sql: string): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node) {
    const typed = node as Node
    const textOf = (part: Node) => sql.slice(...(part.range ?? [0, 0]))
    if (typed.type === 'where_clause') yield textOf(typed.expr)
    if (typed.type === 'case_expr') {
      for (const clause of typed.clauses) {
        if (clause.type !== 'case_when') continue
        const condition = textOf(clause.condition)
        yield typed.expr === undefined ? condition : `(${textOf(typed.expr)}) = (${condition})`
      }
    }
  }
  for (const part of Object.values(node)) yield* conditionsBelow(part, sql)
}

/** What a statement expects of the values of a column: that they are JSON, or times that SQLite can read. */
export interface Reading extends RowCondition {
  /** Whether the statement fails where a value is something else; otherwise it gives NULL. */
  readonly isDemanded: boolean
}

/**
 * What a statement expects of the values of a table that it hands to functions of JSON and of dates. Empty where it hands
 * none to them, asks by `json_valid` before it does, or the parser does not know it.
 *
 * @param columns the columns of the table
 */
export function readReadings(sql: string, table: string, columns: readonly string[]): readonly Reading[] {
  if (!valueReader.test(sql)) return []
  try {
    const { statements } = parseSql(sql)
    return statements.flatMap((statement) => {
      const names = new Set([...namesOf(statement, table)].map(foldName))
      return names.size === 0 ? [] : [...readingsBelow(statement, { sql, table, columns, names })]
    })
  } catch {
    return []
  }
}

/** https://www.sqlite.org/json1.html and https://www.sqlite.org/lang_datefunc.html */
const valueReader = /\bjson|->|\b(?:date|datetime|time|julianday|strftime|unixepoch)\b/i
const dateFunction = /^(?:date|datetime|time|julianday|strftime|unixepoch)$/i

interface ReadingContext {
  readonly sql: string
  readonly table: string
  readonly columns: readonly string[]
  /** What the statement calls the table, folded. */
  readonly names: ReadonlySet<string>
}

/** What a statement calls a table. */
function* namesOf(node: unknown, table: string): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node) {
    const typed = node as Node
    const source = typed.type === 'alias' ? typed.expr : typed
    const named = source.type === 'member_expr' ? source.property : source
    if (named.type === 'identifier' && foldName(named.name) === foldName(table)) {
      yield typed.type === 'alias' && typed.alias.type === 'identifier' ? typed.alias.name : table
      return
    }
  }
  for (const part of Object.values(node)) yield* namesOf(part, table)
}

function* readingsBelow(node: unknown, context: ReadingContext): Generator<Reading> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node) {
    const typed = node as Node
    const textOf = (part: Node) => context.sql.slice(...(part.range ?? [0, 0]))
    if (typed.type === 'binary_expr' && (typed.operator === '->' || typed.operator === '->>')) {
      yield* readJson(typed.left, textOf(typed), context)
    }
    if (typed.type === 'func_call' && typed.name.type === 'identifier') {
      const name = typed.name.name
      const operands: readonly Node[] = typed.args?.expr.args.items ?? []
      const [operand] = operands
      if (
        /^jsonb?(?:_(?!valid|array$|object$|quote$|error_position$|group_)|$)/i.test(name) &&
        operand !== undefined
      ) {
        // A table of the elements has rows where there are some.
        const isTable = /^jsonb?_(?:each|tree)$/i.test(name)
        const elements = `nullif(json_array_length(${operands.map(textOf).join(', ')}), 0)`
        yield* readJson(operand, isTable ? elements : textOf(typed), context)
      }
      const read = dateFunction.test(name) ? readOperands(operands, context) : null
      if (read !== null) yield { sql: `(${textOf(typed)}) IS NOT NULL`, name: read, isDemanded: false }
    }
  }
  for (const part of Object.values(node)) yield* readingsBelow(part, context)
}

/** That an operand is JSON, and that what is read of it is there. */
function* readJson(operand: Node, read: string, context: ReadingContext): Generator<Reading> {
  const name = readOperands([operand], context)
  if (name === null) return
  const text = context.sql.slice(...(operand.range ?? [0, 0]))
  const isAsked = new RegExp(`json_valid\\s*\\(\\s*${text.replace(/\W/g, '\\$&')}`, 'i').test(context.sql)
  yield { sql: `json_valid(${text})`, name, isDemanded: !isAsked }
  yield { sql: `(${read}) IS NOT NULL`, name, isDemanded: false }
}

/** What the statement calls the table whose columns alone are read; null where others are, or none. */
function readOperands(operands: readonly Node[], { table, columns, names }: ReadingContext): string | null {
  const read = [...columnsRead(operands)]
  const isOwn = ({ owner, column }: ColumnRead) =>
    owner === null ? columns.some((name) => foldName(name) === foldName(column)) : names.has(foldName(owner))
  const [first] = read
  if (first === undefined || !read.every(isOwn)) return null
  return first.owner ?? table
}

interface ColumnRead {
  readonly owner: string | null
  readonly column: string
}

function* columnsRead(node: unknown): Generator<ColumnRead> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node) {
    const typed = node as Node
    if (
      typed.type === 'member_expr' &&
      typed.object.type === 'identifier' &&
      typed.property.type === 'identifier'
    ) {
      yield { owner: typed.object.name, column: typed.property.name }
      return
    }
    if (typed.type === 'func_call') {
      yield* columnsRead(typed.args)
      return
    }
    if (typed.type === 'identifier') yield { owner: null, column: typed.name }
  }
  for (const part of Object.values(node)) yield* columnsRead(part)
}

/** The columns that a condition reads. */
export function columnsOf(condition: Condition): readonly string[] {
  if (condition.kind === 'leaf') return condition.columns
  if (condition.kind === 'not') return columnsOf(condition.part)
  return [...new Set(condition.parts.flatMap(columnsOf))]
}

/** The leaves of a condition. */
export function leavesOf(condition: Condition): readonly Leaf[] {
  if (condition.kind === 'leaf') return [condition]
  return condition.kind === 'not' ? leavesOf(condition.part) : condition.parts.flatMap(leavesOf)
}

/** A term and every term below it. */
export function* termsOf(term: Term): Generator<Term> {
  yield term
  if (term.kind === 'unary' || term.kind === 'wrapped') yield* termsOf(term.operand)
  if (term.kind === 'binary') {
    yield* termsOf(term.left)
    yield* termsOf(term.right)
  }
  if (term.kind === 'call') for (const operand of term.operands) yield* termsOf(operand)
  if (term.kind === 'condition') for (const leaf of leavesOf(term.condition)) yield* termsOfLeaf(leaf)
  if (term.kind === 'case') {
    for (const { condition, result } of term.branches) {
      for (const leaf of leavesOf(condition)) yield* termsOfLeaf(leaf)
      yield* termsOf(result)
    }
  }
}

/** The terms that a leaf compares, and those below them. */
export function* termsOfLeaf({ test }: Leaf): Generator<Term> {
  if (test === null) return
  if (test.kind === 'comparison') {
    yield* termsOf(test.left)
    yield* termsOf(test.right)
    return
  }
  yield* termsOf(test.operand)
  if (test.kind === 'in') for (const item of test.items) yield* termsOf(item)
  if (test.kind === 'pattern') yield* termsOf(test.pattern)
}

interface Context {
  readonly sql: string
  /** What each column is, by its folded name. */
  readonly columns: ReadonlyMap<string, () => Term>
  readonly qualifier: string | null
}

const comparisons = new Set(['=', '==', '<>', '!=', '<', '<=', '>', '>=', 'IS', 'IS NOT'])
const patterns = new Set(['LIKE', 'GLOB', 'REGEXP', 'MATCH'])

/** Whether an operator gives 1 or 0, for what it says is true or false. */
function isCondition(operator: string): boolean {
  const positive = operator.replace(/^NOT /, '')
  return comparisons.has(operator) || patterns.has(positive) || /^(AND|OR|IN)$/.test(positive)
}

function readCondition(node: Node, context: Context): Condition {
  switch (node.type) {
    case 'paren_expr':
      // A query is an expression with its parentheses alone.
      if (node.expr.type === 'select_stmt') break
      return readCondition(node.expr, context)
    case 'prefix_op_expr':
      if (nameOf(node.operator) === 'NOT') return { kind: 'not', part: readCondition(node.expr, context) }
      break
    case 'postfix_op_expr': {
      const operand = readTerm(node.expr, context)
      const isNull = leaf({ kind: 'null', operand }, `(${operand.sql}) IS NULL`)
      return nameOf(node.operator) === 'ISNULL' ? isNull : { kind: 'not', part: isNull }
    }
    case 'between_expr':
      return readBetween(node, context)
    case 'case_expr':
      return readCase(node, context)
    case 'binary_expr':
      return readBinary(node, context)
    default:
  }
  const operand = readTerm(node, context)
  return leaf({ kind: 'truth', operand }, operand.sql)
}

function readBinary(node: Extract<Node, { type: 'binary_expr' }>, context: Context): Condition {
  const { left, right } = node
  const operator = nameOf(node.operator)
  if (operator === 'AND' || operator === 'OR') {
    const kind = operator === 'AND' ? 'and' : 'or'
    return { kind, parts: [readCondition(left, context), readCondition(right, context)] }
  }
  const isNegated = operator.startsWith('NOT ')
  const positive = isNegated ? operator.slice(4) : operator
  const test = readTest(positive, left, right, context)
  if (test === null) {
    const sql = textOf(node, context)
    const operand: Term = isCondition(operator)
      ? { kind: 'other', sql, columns: namedColumns(node, context) }
      : readTerm(node, context)
    return leaf({ kind: 'truth', operand }, operand.sql)
  }
  if (test === 'is not null') {
    return {
      kind: 'not',
      part: leaf({ kind: 'null', operand: readTerm(left, context) }, `(${textOf(left, context)}) IS NULL`),
    }
  }
  const sql = isNegated
    ? `(${textOf(left, context)}) ${positive} ${textOf(right, context)}`
    : textOf(node, context)
  const positiveLeaf = leaf(test, sql)
  return isNegated ? { kind: 'not', part: positiveLeaf } : positiveLeaf
}

function readTest(operator: string, left: Node, right: Node, context: Context): Test | 'is not null' | null {
  if (comparisons.has(operator)) {
    if (right.type === 'null_literal' && operator === 'IS') {
      return { kind: 'null', operand: readTerm(left, context) }
    }
    if (right.type === 'null_literal' && operator === 'IS NOT') return 'is not null'
    return { kind: 'comparison', operator, left: readTerm(left, context), right: readTerm(right, context) }
  }
  if (patterns.has(operator)) {
    const hasEscape = right.type === 'binary_expr' && nameOf(right.operator) === 'ESCAPE'
    const pattern = readTerm(hasEscape ? right.left : right, context)
    const escapeCharacter = hasEscape && right.right.type === 'string_literal' ? right.right.value : null
    return { kind: 'pattern', operator, operand: readTerm(left, context), pattern, escapeCharacter }
  }
  if (operator === 'IN' && right.type === 'paren_expr' && right.expr.type === 'list_expr') {
    const items = right.expr.items.map((item) => readTerm(item as Node, context))
    return { kind: 'in', operand: readTerm(left, context), items }
  }
  return null
}

function readBetween(node: Extract<Node, { type: 'between_expr' }>, context: Context): Condition {
  const compare = (operator: string, bound: Node) =>
    leaf(
      { kind: 'comparison', operator, left: readTerm(node.left, context), right: readTerm(bound, context) },
      `(${textOf(node.left, context)}) ${operator} (${textOf(bound, context)})`,
    )
  const both: Condition = { kind: 'and', parts: [compare('>=', node.begin), compare('<=', node.end)] }
  return Array.isArray(node.betweenKw) ? { kind: 'not', part: both } : both
}

/** CASE as a condition: the first branch whose condition is true decides. */
function readCase(node: Extract<Node, { type: 'case_expr' }>, context: Context): Condition {
  const parts = readBranches(node, context).map(({ conditions, result }): Condition => {
    return { kind: 'and', parts: [...conditions, result === null ? unknown : readCondition(result, context)] }
  })
  return { kind: 'or', parts }
}

/** What CASE gives where no branch decides. */
const unknown = leaf({ kind: 'truth', operand: { kind: 'other', sql: 'NULL', columns: [] } }, 'NULL')

/** The branches of a CASE, each with what must hold for it; the result is null for the one that no ELSE names. */
function readBranches(
  node: Extract<Node, { type: 'case_expr' }>,
  context: Context,
): readonly { readonly conditions: readonly Condition[]; readonly result: Node | null }[] {
  const not = (part: Condition): Condition => ({ kind: 'not', part })
  const before: Condition[] = []
  const branches = node.clauses.map((clause) => {
    if (clause.type === 'case_else') return { conditions: [...before], result: clause.result }
    const condition =
      node.expr === undefined
        ? readCondition(clause.condition, context)
        : leaf(
            {
              kind: 'comparison',
              operator: '=',
              left: readTerm(node.expr, context),
              right: readTerm(clause.condition, context),
            },
            `(${textOf(node.expr, context)}) = (${textOf(clause.condition, context)})`,
          )
    // A condition that is NULL is passed over like one that is false.
    const isMet = decided(condition, false)
    const conditions = [...before, isMet]
    before.push(not(isMet))
    return { conditions, result: clause.result }
  })
  const hasElse = node.clauses.some(({ type }) => type === 'case_else')
  return hasElse ? branches : [...branches, { conditions: [...before], result: null }]
}

/** A condition that is true or false also where it is NULL. */
function decided(condition: Condition, ifNull: boolean): Condition {
  if (condition.kind === 'not') return { kind: 'not', part: decided(condition.part, !ifNull) }
  if (condition.kind !== 'leaf')
    return { kind: condition.kind, parts: condition.parts.map((part) => decided(part, ifNull)) }
  return { ...condition, sql: `((${condition.sql}) IS ${ifNull ? 'NOT FALSE' : 'TRUE'})`, ifNull }
}

function readTerm(node: Node, context: Context): Term {
  const sql = textOf(node, context)
  const columns = namedColumns(node, context)
  const base = { sql, columns }
  switch (node.type) {
    case 'paren_expr':
      return node.expr.type === 'list_expr' || node.expr.type === 'select_stmt'
        ? { ...base, kind: 'other' }
        : { ...readTerm(node.expr, context), sql }
    case 'identifier':
    case 'member_expr': {
      const term = termsNamed(sql, context).at(-1)
      return term === undefined ? { ...base, kind: 'other' } : { ...term, sql }
    }
    case 'case_expr': {
      const branches = readBranches(node, context).flatMap(({ conditions, result }): readonly Branch[] =>
        result === null
          ? []
          : [{ condition: { kind: 'and', parts: conditions }, result: readTerm(result, context) }],
      )
      return { ...base, kind: 'case', branches }
    }
    case 'postfix_op_expr':
    case 'between_expr':
      return { ...base, kind: 'condition', condition: readCondition(node, context) }
    case 'prefix_op_expr':
      if (nameOf(node.operator) === 'NOT')
        return { ...base, kind: 'condition', condition: readCondition(node, context) }
      return {
        ...base,
        kind: 'unary',
        operator: nameOf(node.operator),
        operand: readTerm(node.expr, context),
      }
    case 'cast_expr': {
      const { expr } = node.args
      return expr.type === 'cast_arg'
        ? { ...base, kind: 'wrapped', operand: readTerm(expr.expr, context) }
        : { ...base, kind: 'other' }
    }
    case 'binary_expr': {
      const operator = nameOf(node.operator)
      if (operator === 'COLLATE') return { ...base, kind: 'wrapped', operand: readTerm(node.left, context) }
      if (isCondition(operator))
        return { ...base, kind: 'condition', condition: readCondition(node, context) }
      return {
        ...base,
        kind: 'binary',
        operator,
        left: readTerm(node.left, context),
        right: readTerm(node.right, context),
      }
    }
    case 'func_call': {
      const name = node.name.type === 'identifier' ? foldName(node.name.name) : ''
      const items = node.args?.expr.type === 'func_args' ? node.args.expr.args.items : []
      return {
        ...base,
        kind: 'call',
        name,
        operands: items.map((item) => readTerm(item as Node, context)),
      }
    }
    case 'string_literal':
      return { ...base, kind: 'other', constant: node.value }
    case 'number_literal':
      return { ...base, kind: 'other', constant: /^\d+$/.test(sql) ? BigInt(sql) : node.value }
    default:
      return { ...base, kind: 'other' }
  }
}

function leaf(test: Test, sql: string): Leaf {
  const columns =
    test.kind === 'comparison'
      ? [...test.left.columns, ...test.right.columns]
      : [
          ...test.operand.columns,
          ...(test.kind === 'in' ? test.items.flatMap((item) => item.columns) : []),
          ...(test.kind === 'pattern' ? test.pattern.columns : []),
        ]
  return { kind: 'leaf', sql, columns: [...new Set(columns)], test }
}

function textOf(node: Node, { sql }: Context): string {
  if (node.range === undefined) throw new RangeError('A node of the syntax tree has no range')
  return sql.slice(...node.range)
}

/** The text of an operator: of keywords in upper case, with one space between them. */
export function nameOf(operator: unknown): string {
  if (typeof operator === 'string') return operator
  if (Array.isArray(operator)) return operator.map(nameOf).join(' ')
  return typeof operator === 'object' && operator !== null && 'name' in operator ? String(operator.name) : ''
}

function namedColumns(node: Node, context: Context): readonly string[] {
  return wordsOf(textOf(node, context), context)
}

function wordsOf(sql: string, context: Context): readonly string[] {
  return [...new Set(termsNamed(sql, context).flatMap(({ columns }) => columns))]
}

/** The columns that words name, as far as these can name one. */
function termsNamed(sql: string, { columns, qualifier }: Context): readonly Term[] {
  const tokens = significantTokens(sql)
  return tokens.flatMap((token, position) => {
    if (token.kind !== 'word' && token.kind !== 'name') return []
    const owner = tokens[position - 2]
    const isQualified =
      tokens[position - 1]?.text === '.' && owner !== undefined && foldName(unquote(owner)) === qualifier
    return qualifier !== null && !isQualified ? [] : (columns.get(foldName(unquote(token)))?.() ?? [])
  })
}
