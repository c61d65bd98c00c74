import { type Expr, type Node, parse } from 'sql-parser-cst'
import type { ExecutedStatement } from '../../snapshots/statements.ts'
import { foldName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import { significantTokens, type Token } from '../../sql/tokens.ts'

type CreateTable = Extract<Node, { type: 'create_table_stmt' }>
type CreateIndex = Extract<Node, { type: 'create_index_stmt' }>
type Definition = Extract<Node, { type: 'column_definition' }>

/** A statement of a migration; a CREATE TABLE or CREATE INDEX with its parts and their ranges. */
export type ParsedStatement = TableStatement | IndexStatement | OtherStatement

export interface OtherStatement extends ExecutedStatement {
  readonly kind: 'other'
}

export interface TableStatement extends ExecutedStatement {
  readonly kind: 'table'
  readonly name: string
  readonly node: CreateTable
  readonly nameRange: Range
  /** Everything between the parentheses. */
  readonly listRange: Range
  readonly columns: readonly ParsedColumn[]
  readonly constraints: readonly ParsedConstraint[]
  readonly hasOptions: boolean
}

export interface ParsedColumn {
  readonly name: string
  readonly range: Range
  readonly nameRange: Range
  /** In upper case; empty for a column without a type. */
  readonly type: string
  readonly typeRange: Range | null
  readonly constraints: readonly ParsedConstraint[]
}

/** A constraint of a table or a column. */
export interface ParsedConstraint {
  /** `constraint_check`, `constraint_primary_key` and so on. */
  readonly type: string
  readonly range: Range
  readonly node: Node
  readonly hasName: boolean
}

export interface IndexStatement extends ExecutedStatement {
  readonly kind: 'index'
  readonly name: string
  readonly table: string
  readonly node: CreateIndex
  readonly nameRange: Range
  readonly tableRange: Range
  readonly terms: readonly IndexTerm[]
  readonly isUnique: boolean
  readonly isPartial: boolean
}

export interface IndexTerm {
  /** The column; null for an expression. */
  readonly column: string | null
  readonly range: Range
  readonly columnRange: Range
  readonly isDescending: boolean
}

/** Parses a CREATE TABLE or CREATE INDEX. Other statements, and those that the parser does not know, are kept whole. */
export function parseStatement(statement: ExecutedStatement): ParsedStatement {
  const node = /^create (table|unique index|index) /.test(normaliseSql(statement.sql))
    ? parseNode(statement.sql)
    : null
  if (node?.type === 'create_table_stmt') return parseTable(statement, node)
  if (node?.type === 'create_index_stmt') return parseIndex(statement, node)
  return { ...statement, kind: 'other' }
}

/** A node and every node below it, except those after REFERENCES. */
export function* walk(node: unknown): Generator<Node> {
  if (typeof node !== 'object' || node === null) return
  if (isNode(node)) {
    if (node.type === 'references_specification') return
    yield node
  }
  for (const part of Object.values(node)) yield* walk(part)
}

/** The ranges of a name below a node, except those after REFERENCES. */
export function rangesOf(name: string, node: Node): Range[] {
  return [...walk(node)].flatMap((part) =>
    part.type === 'identifier' && foldName(part.name) === foldName(name) ? [rangeOf(part)] : [],
  )
}

/**
 * The first statement of a text as a tree; null where the parser does not know it. The collations and orders in UNIQUE
 * constraints, which it does not know, are not in the tree.
 */
export function parseNode(sql: string): Node | null {
  for (const text of new Set([sql, withoutOrders(sql)])) {
    try {
      return parse(text, { dialect: 'sqlite', includeRange: true }).statements[0] ?? null
    } catch {
      // Tried again, or not known.
    }
  }
  return null
}

/** SQL with spaces in place of the collations and orders of UNIQUE constraints, so that ranges stay. */
function withoutOrders(sql: string): string {
  const isWord = (token: Token | undefined, word: RegExp) => token?.kind === 'word' && word.test(token.text)
  const tokens = significantTokens(sql)
  const removed: Token[] = []
  let depth = 0
  tokens.forEach((token, position) => {
    if (depth === 0) {
      if (token.text === '(' && isWord(tokens[position - 1], /^unique$/i)) depth = 1
      return
    }
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
    const isCollation = isWord(token, /^collate$/i) || isWord(tokens[position - 1], /^collate$/i)
    if (isCollation || isWord(token, /^(asc|desc)$/i)) removed.push(token)
  })
  return editText(
    sql,
    removed.map(({ start, text }) => ({
      range: [start, start + text.length],
      text: ' '.repeat(text.length),
    })),
  )
}

function parseTable(statement: ExecutedStatement, node: CreateTable): ParsedStatement {
  const { name, columns: list, options } = node
  if (name.type !== 'identifier' || list === undefined) return { ...statement, kind: 'other' }
  const items = list.expr.items
  return {
    ...statement,
    kind: 'table',
    name: name.name,
    node,
    nameRange: rangeOf(name),
    listRange: rangeOf(list.expr),
    columns: items.flatMap((item) =>
      item.type === 'column_definition' ? [parseColumn(statement.sql, item)] : [],
    ),
    constraints: items.flatMap((item) => (item.type === 'column_definition' ? [] : [parseConstraint(item)])),
    hasOptions: options !== undefined,
  }
}

function parseColumn(sql: string, definition: Definition): ParsedColumn {
  const { name, dataType, constraints } = definition
  return {
    name: name.name,
    range: rangeOf(definition),
    nameRange: rangeOf(name),
    type: dataType === undefined ? '' : sliceOf(sql, rangeOf(dataType)).toUpperCase(),
    typeRange: dataType === undefined ? null : rangeOf(dataType),
    constraints: constraints.map(parseConstraint).flatMap(splitDefault),
  }
}

function parseConstraint(node: Node): ParsedConstraint {
  const hasName = node.type === 'constraint' && node.name !== undefined
  const inner: Node = node.type === 'constraint' ? node.constraint : node
  return { type: inner.type, range: rangeOf(node), node: inner, hasName }
}

/**
 * The parser takes NOT NULL and COLLATE after a default for operators of its expression. SQLite does not: a default is one
 * term (https://www.sqlite.org/syntax/column-constraint.html), and they are constraints.
 */
function splitDefault(constraint: ParsedConstraint): ParsedConstraint[] {
  const { node, range } = constraint
  if (node.type !== 'constraint_default') return [constraint]
  const { expr } = node
  const isNotNull = expr.type === 'postfix_op_expr'
  if (!isNotNull && expr.type !== 'binary_expr') return [constraint]
  const term = isNotNull ? expr.expr : expr.left
  const [, end] = rangeOf(term)
  const type = isNotNull ? 'constraint_not_null' : 'constraint_collate'
  return [
    ...splitDefault({ ...constraint, range: [range[0], end], node: { ...node, expr: term as Expr } }),
    { type, range: [end, rangeOf(expr)[1]], node: expr, hasName: false },
  ]
}

function parseIndex(statement: ExecutedStatement, node: CreateIndex): ParsedStatement {
  const { name, table, columns } = node
  if (name?.type !== 'identifier' || table.type !== 'identifier') return { ...statement, kind: 'other' }
  if (columns.expr.type !== 'list_expr') return { ...statement, kind: 'other' }
  return {
    ...statement,
    kind: 'index',
    name: name.name,
    table: table.name,
    node,
    nameRange: rangeOf(name),
    tableRange: rangeOf(table),
    terms: columns.expr.items.map((term) => ({
      column: nameOf(term.expr),
      range: rangeOf(term),
      columnRange: rangeOf(term.expr),
      isDescending: term.direction?.type === 'sort_direction_desc',
    })),
    isUnique: node.indexTypeKw?.name === 'UNIQUE',
    isPartial: node.clauses.some(({ type }) => type === 'where_clause'),
  }
}

function nameOf(expression: Expr): string | null {
  return expression.type === 'identifier' ? expression.name : null
}

function isNode(value: object): value is Node {
  return 'type' in value && typeof value.type === 'string'
}

/** The offsets of the first character of a piece of SQL, and of the one after its last. */
export type Range = readonly [start: number, end: number]

/** A replacement for a piece of SQL. */
export interface Edit {
  readonly range: Range
  readonly text: string
}

/** Applies edits, whose ranges must not overlap, to SQL. */
export function editText(sql: string, edits: readonly Edit[]): string {
  let text = sql
  for (const { range, text: replacement } of edits.toSorted(
    (left, right) => right.range[0] - left.range[0],
  )) {
    text = text.slice(0, range[0]) + replacement + text.slice(range[1])
  }
  return text
}

export function sliceOf(sql: string, [start, end]: Range): string {
  return sql.slice(start, end)
}

/** The range of a node. @throws {RangeError} when it was parsed without ranges */
export function rangeOf(node: { readonly range?: readonly [number, number] }): Range {
  if (node.range === undefined) throw new RangeError('A node of the syntax tree has no range')
  return node.range
}

/** The empty range right after a range. */
export function after([, end]: Range): Range {
  return [end, end]
}
