import type { Node } from 'sql-parser-cst'
import { renamedTable } from '../../sql/alterations.ts'
import { foldName } from '../../sql/names.ts'
import type { ChangedRows } from '../model.ts'
import { withStatements } from '../syntax/history.ts'
import { editText, type ParsedStatement, parseNode, type Range, rangeOf, walk } from '../syntax/parse.ts'
import { type Operator, type Rewritten, replace } from './operator.ts'

type Insert = Extract<Node, { type: 'insert_stmt' }>
type Select = Extract<Node, { type: 'select_stmt' }>
type ChangingNode = Extract<Node, { type: 'insert_stmt' | 'update_stmt' | 'delete_stmt' }>

/** Faults in the statements by which a migration changes rows on purpose. */
export const dataStatementOperators: readonly Operator[] = [
  dataOperator('where-dropped', function* (node, sql) {
    for (const { range } of ownWheres(node)) {
      yield { fault: `leaves out '${shorten(sql, range)}'`, sql: cut(sql, range) }
    }
  }),
  dataOperator('where-negated', function* (node, sql) {
    for (const { range, expr } of ownWheres(node)) {
      const inner = rangeOf(expr)
      const text = `NOT (${sql.slice(...inner)})`
      yield { fault: `negates '${shorten(sql, range)}'`, sql: editText(sql, [{ range: inner, text }]) }
    }
  }),
  dataOperator('copied-columns-swapped', function* (node, sql) {
    const values = copiedOf(node)?.values ?? []
    for (const [index, left] of values.entries()) {
      const right = values[index + 1]
      if (right === undefined) continue
      const [first, second] = [left, right].map((part) => sql.slice(...rangeOf(part)))
      if (first === undefined || second === undefined || first === second) continue
      const edits = [
        { range: rangeOf(left), text: second },
        { range: rangeOf(right), text: first },
      ]
      yield { fault: `exchanges ${first} and ${second} in a copy`, sql: editText(sql, edits) }
    }
  }),
  dataOperator('copied-column-dropped', function* (node, sql) {
    const { names, values } = copiedOf(node) ?? { names: [], values: [] }
    if (values.length < 2) return
    for (const [index, value] of values.entries()) {
      const name = names[index]
      if (name === undefined) continue
      const edits = [withComma(names, index), withComma(values, index)].map((range) => ({ range, text: '' }))
      const fault = `copies no ${sql.slice(...rangeOf(name))}, which was ${sql.slice(...rangeOf(value))}`
      yield { fault, sql: editText(sql, edits) }
    }
  }),
  dataOperator('grouping-dropped', function* (node, sql) {
    for (const part of walk(node)) {
      const isGrouping = part.type === 'group_by_clause' || part.type === 'select_distinct'
      if (!isGrouping) continue
      yield { fault: `leaves out '${shorten(sql, rangeOf(part))}'`, sql: cut(sql, rangeOf(part)) }
    }
  }),
  // Elsewhere the order of what is read decides nothing, or only which number a row gets.
  dataOperator('choosing-order-dropped', function* (node, sql) {
    for (const part of walk(node)) {
      const isLimited =
        part.type === 'select_stmt' && part.clauses.some(({ type }) => type === 'limit_clause')
      const orders = isLimited
        ? part.clauses.filter(({ type }) => type === 'order_by_clause')
        : part.type === 'window_definition' && part.orderBy !== undefined
          ? [part.orderBy]
          : []
      for (const order of orders)
        yield { fault: `leaves out '${shorten(sql, rangeOf(order))}'`, sql: cut(sql, rangeOf(order)) }
    }
  }),
]

function dataOperator(
  name: string,
  rewrite: (node: ChangingNode, sql: string) => Iterable<Rewritten>,
): Operator {
  return {
    name,
    site: 'data',
    *inject({ history }) {
      for (const parsed of history.migrations) {
        const { version } = parsed.migration
        for (const statement of parsed.statements) {
          const node = parseChange(statement)
          if (node === null) continue
          for (const { fault, sql } of rewrite(node, statement.sql)) {
            const plan = withStatements(history, version, replace(parsed, statement, sql))
            const changed = { sql: statement.sql, table: finalName(targetOf(node), parsed.statements) }
            yield { version, object: targetOf(node) ?? 'statement', fault, plan, changed }
          }
        }
      }
    },
  }
}

/** Without parameters: what is left out of a statement may have held one. */
function parseChange(statement: ParsedStatement): ChangingNode | null {
  return statement.parameters.length > 0 ? null : parseChanging(statement)
}

function parseChanging({ kind, sql }: ParsedStatement): ChangingNode | null {
  if (kind !== 'other' || !/^\s*(insert|replace|update|delete|with)\b/i.test(sql)) return null
  const node = parseNode(sql)
  const isChange =
    node?.type === 'insert_stmt' || node?.type === 'update_stmt' || node?.type === 'delete_stmt'
  return isChange ? node : null
}

/** What a statement changes; null where it changes no rows. */
export function readChangedRows(
  statement: ParsedStatement,
  statements: readonly ParsedStatement[],
): ChangedRows | null {
  const node = parseChanging(statement)
  return node === null ? null : { sql: statement.sql, table: finalName(targetOf(node), statements) }
}

function finalName(table: string | null, statements: readonly ParsedStatement[]): string | null {
  return statements.reduce((name, { sql }) => {
    const renamed = renamedTable(sql)
    return name !== null && renamed?.from === foldName(name) ? renamed.to : name
  }, table)
}

/** The table whose rows a statement changes. */
function targetOf({ clauses }: ChangingNode): string | null {
  const clause = clauses.find(({ type }) => /^(insert|update|delete)_clause$/.test(type))
  const [first] = [...walk(clause)].flatMap((part) => (part.type === 'identifier' ? [part.name] : []))
  return first ?? null
}

/** The conditions that choose rows of the statement itself, and not those of its subqueries. */
function ownWheres(node: ChangingNode) {
  const clauses: readonly Node[] =
    node.type === 'insert_stmt' ? (selectOf(node)?.clauses ?? []) : node.clauses
  return clauses.flatMap((clause) =>
    clause.type === 'where_clause' ? [{ range: rangeOf(clause), expr: clause.expr as Node }] : [],
  )
}

function selectOf({ clauses }: Insert): Select | null {
  return clauses.find((clause): clause is Select => clause.type === 'select_stmt') ?? null
}

/** The names and values of `INSERT INTO … (names) SELECT values`; null for any other statement. */
function copiedOf(
  node: ChangingNode,
): { readonly names: readonly Node[]; readonly values: readonly Node[] } | null {
  if (node.type !== 'insert_stmt') return null
  const insert = node.clauses.find((clause) => clause.type === 'insert_clause')
  const select = selectOf(node)?.clauses.find((clause) => clause.type === 'select_clause')
  const values: readonly Node[] = select?.columns?.items ?? []
  if (values.some(({ type }) => type === 'all_columns')) return null
  const names: readonly Node[] = insert?.columns?.expr.items ?? []
  return names.length === 0 || names.length === values.length ? { names, values } : null
}

/** A part of a list with the comma before it, or after the first one. */
function withComma(parts: readonly Node[], index: number): Range {
  const ranges = parts.map(rangeOf)
  const [start, end] = ranges[index] ?? [0, 0]
  const before = ranges[index - 1]
  if (before !== undefined) return [before[1], end]
  return [start, ranges[index + 1]?.[0] ?? end]
}

function cut(sql: string, range: Range): string {
  return editText(sql, [{ range, text: '' }])
}

function shorten(sql: string, range: Range): string {
  return sql
    .slice(...range)
    .replace(/\s+/g, ' ')
    .slice(0, 60)
}
