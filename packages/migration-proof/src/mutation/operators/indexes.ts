import { quoteName } from '../../sql/names.ts'
import type { ParsedHistory } from '../syntax/history.ts'
import type { IndexStatement } from '../syntax/parse.ts'
import { editText, rangeOf, sliceOf } from '../syntax/parse.ts'
import { indexOperator, migrationOperator, type Operator } from './operator.ts'

const indexDropped = migrationOperator('index-dropped', function* ({ statements }) {
  for (const statement of statements) {
    if (statement.kind !== 'index') continue
    const fault = `does not create index ${statement.name}`
    yield { object: statement.name, fault, statements: statements.filter((other) => other !== statement) }
  }
})

const indexRenamed = indexOperator('index-renamed', function* ({ sql, name, nameRange }) {
  const text = quoteName(`${name}_renamed`)
  yield {
    fault: `creates index ${name} as ${name}_renamed`,
    sql: editText(sql, [{ range: nameRange, text }]),
  }
})

const indexColumnChanged = indexOperator('index-column-changed', function* (index, history) {
  for (const { column, columnRange } of index.terms) {
    const other = otherColumn(index, history)
    if (column === null || other === null) continue
    const sql = editText(index.sql, [{ range: columnRange, text: quoteName(other) }])
    yield { fault: `indexes column ${other} and not ${column}`, sql }
  }
})

const indexColumnDropped = indexOperator('index-column-dropped', function* ({ sql, terms }) {
  for (const term of terms.length < 2 ? [] : terms) {
    const kept = terms.filter((other) => other !== term).map(({ range }) => sliceOf(sql, range))
    const range = [terms[0]?.range[0] ?? 0, terms.at(-1)?.range[1] ?? 0] as const
    yield {
      fault: `leaves ${term.column} out of the index`,
      sql: editText(sql, [{ range, text: kept.join(', ') }]),
    }
  }
})

const indexColumnAdded = indexOperator('index-column-added', function* (index, history) {
  const other = otherColumn(index, history)
  const last = index.terms.at(-1)
  if (other === null || last === undefined) return
  const text = `${sliceOf(index.sql, last.range)}, ${quoteName(other)}`
  yield { fault: `indexes column ${other} too`, sql: editText(index.sql, [{ range: last.range, text }]) }
})

const indexColumnsSwapped = indexOperator('index-columns-swapped', function* ({ sql, terms }) {
  const [first, second] = terms
  if (first === undefined || second === undefined) return
  const edits = [
    { range: first.range, text: sliceOf(sql, second.range) },
    { range: second.range, text: sliceOf(sql, first.range) },
  ]
  yield { fault: 'swaps the columns of the index', sql: editText(sql, edits) }
})

const indexDirectionChanged = indexOperator('index-direction-changed', function* ({ sql, terms }) {
  for (const { range, columnRange, isDescending } of terms) {
    const text = sliceOf(sql, columnRange) + (isDescending ? '' : ' DESC')
    const fault = `sorts the index ${isDescending ? 'upwards' : 'downwards'}`
    yield { fault, sql: editText(sql, [{ range, text }]) }
  }
})

const indexCollationChanged = indexOperator('index-collation-changed', function* ({ sql, terms }) {
  for (const { column, columnRange } of terms) {
    if (column === null) continue
    const text = `${sliceOf(sql, columnRange)} COLLATE NOCASE`
    yield {
      fault: `lets the index ignore case in ${column}`,
      sql: editText(sql, [{ range: columnRange, text }]),
    }
  }
})

const indexUniquenessChanged = indexOperator('index-uniqueness-changed', function* ({ sql, node, isUnique }) {
  const range =
    isUnique && node.indexTypeKw
      ? rangeOf(node.indexTypeKw)
      : ([rangeOf(node.indexKw)[0], rangeOf(node.indexKw)[0]] as const)
  const fault = isUnique ? 'lets the index accept duplicate values' : 'makes the index UNIQUE'
  yield { fault, sql: editText(sql, [{ range, text: isUnique ? '' : 'UNIQUE ' }]) }
})

const indexPredicateChanged = indexOperator(
  'index-predicate-changed',
  function* ({ sql, node, terms, isPartial }) {
    const [{ column } = { column: null }] = terms
    const where = node.clauses.find(({ type }) => type === 'where_clause')
    if (isPartial && where !== undefined) {
      yield { fault: 'indexes all rows', sql: editText(sql, [{ range: rangeOf(where), text: '' }]) }
    } else if (column !== null) {
      yield {
        fault: `indexes only rows with a ${column}`,
        sql: `${sql} WHERE ${quoteName(column)} IS NOT NULL`,
      }
    }
  },
)

export const indexOperators: readonly Operator[] = [
  indexDropped,
  indexRenamed,
  indexColumnChanged,
  indexColumnDropped,
  indexColumnAdded,
  indexColumnsSwapped,
  indexDirectionChanged,
  indexCollationChanged,
  indexUniquenessChanged,
  indexPredicateChanged,
]

/** The first column of the table, from its end, that the index does not have. */
function otherColumn({ table, terms }: IndexStatement, { migrations }: ParsedHistory): string | null {
  const statements = migrations.flatMap((migration) => migration.statements)
  const owner = statements.find((statement) => statement.kind === 'table' && statement.name === table)
  if (owner?.kind !== 'table') return null
  const taken = terms.map(({ column }) => column)
  return owner.columns.map(({ name }) => name).findLast((name) => !taken.includes(name)) ?? null
}
