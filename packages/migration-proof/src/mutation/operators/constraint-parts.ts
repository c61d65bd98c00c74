import { affinityOf } from '../../behaviour/values.ts'
import type { ExecutedStatement } from '../../snapshots/statements.ts'
import { foldName } from '../../sql/names.ts'
import type { ParsedHistory, ParsedMigration } from '../syntax/history.ts'
import type { IndexStatement, TableStatement } from '../syntax/parse.ts'
import { after, editText, rangeOf, sliceOf, walk } from '../syntax/parse.ts'
import { type ColumnPair, type ForeignKey, foreignKeysOf, writeForeignKey } from './foreign-keys.ts'
import { constraintsOf, type KeyColumn, keyColumnOf, keysOf, writeKey } from './keys.ts'
import { migrationOperator, type Operator, replace, tableOperator } from './operator.ts'

/** A constraint as a list: of columns, or of the column pairs of a foreign key. */
interface PartList<Part> {
  /** The table or the index, for the id. */
  readonly object: string
  readonly parts: readonly Part[]
  /** What may be added. */
  readonly additions: readonly Part[]
  readonly substitutesFor: (part: Part) => readonly Part[]
  readonly show: (part: Part) => string
  /** The statements of the migration with another list; without parts, without the constraint. */
  readonly write: (parts: readonly Part[]) => readonly ExecutedStatement[]
  readonly equivalentBecause?: (parts: readonly Part[]) => string | undefined
}

const primaryKeyOperators = partOperators('primary-key-column', 'a primary key', function* (migration) {
  for (const table of tablesOf(migration)) {
    const [key] = keysOf(table, 'constraint_primary_key')
    const write = (columns: readonly KeyColumn[]) =>
      key === undefined ? addKey(table, 'PRIMARY KEY', columns) : writeKey(table, key, columns)
    yield columnList(table.name, table, key?.columns ?? [], (columns) =>
      replace(migration, table, write(columns)),
    )
  }
})

const uniqueOperators = partOperators('unique-column', 'a UNIQUE constraint', function* (migration, history) {
  for (const statement of migration.statements) {
    if (statement.kind === 'table') yield* uniqueListsOf(statement, migration, history)
    else if (statement.kind === 'index' && statement.isUnique)
      yield* uniqueIndexList(statement, migration, history)
  }
})

const foreignKeyPairOperators = partOperators(
  'foreign-key-pair',
  'a foreign key',
  function* (migration, history) {
    for (const table of tablesOf(migration)) {
      for (const foreignKey of foreignKeysOf(table)) yield* pairList(foreignKey, migration, history)
    }
  },
)

const checkValueDropped = tableOperator('check-value-dropped', function* (table) {
  for (const { constraint } of constraintsOf(table, 'constraint_check')) {
    for (const node of walk(constraint.node)) {
      if (node.type !== 'binary_expr' || !isIn(node.operator)) continue
      if (node.right.type !== 'paren_expr' || node.right.expr.type !== 'list_expr') continue
      const values = node.right.expr.items.map((item) => sliceOf(table.sql, rangeOf(item)))
      for (const [position, value] of values.entries()) {
        const others = values.filter((_, other) => other !== position)
        // A value that is listed twice is still there.
        if (others.includes(value)) continue
        const edit = { range: rangeOf(node.right.expr), text: others.join(', ') }
        yield { fault: `leaves ${value} out of the values of a CHECK`, sql: editText(table.sql, [edit]) }
      }
    }
  }
})

const comparisons = ['=', '<>', '<', '<=', '>', '>=']

const checkOperatorChanged = tableOperator('check-operator-changed', function* (table) {
  for (const { constraint } of constraintsOf(table, 'constraint_check')) {
    for (const node of walk(constraint.node)) {
      if (node.type !== 'binary_expr' || typeof node.operator !== 'string') continue
      const present = node.operator.replace('==', '=').replace('!=', '<>')
      if (!comparisons.includes(present)) continue
      for (const text of comparisons) {
        if (text === present) continue
        const range = [rangeOf(node.left)[1], rangeOf(node.right)[0]] as const
        const sql = editText(table.sql, [{ range, text: ` ${text} ` }])
        yield { fault: `compares with ${text} and not ${present} in a CHECK`, sql }
      }
    }
  }
})

/** They come after all others on statements: of two equal mutants, those of the others keep their ids. */
export const constraintPartOperators: readonly Operator[] = [
  ...primaryKeyOperators,
  ...uniqueOperators,
  ...foreignKeyPairOperators,
  checkValueDropped,
  checkOperatorChanged,
]

/** Three operators: a part is added to each list, dropped from it, and exchanged for another. */
function partOperators<Part>(
  name: string,
  constraint: string,
  listsOf: (migration: ParsedMigration, history: ParsedHistory) => Iterable<PartList<Part>>,
): Operator[] {
  const operatorOf = (
    verb: string,
    edit: (list: PartList<Part>) => Iterable<{ readonly fault: string; readonly parts: readonly Part[] }>,
  ) =>
    migrationOperator(`${name}-${verb}`, function* (migration, history) {
      for (const list of listsOf(migration, history)) {
        for (const { fault, parts } of edit(list)) {
          const equivalentBecause = list.equivalentBecause?.(parts)
          yield { object: list.object, fault, statements: list.write(parts), equivalentBecause }
        }
      }
    })
  return [
    operatorOf('added', function* ({ parts, additions, show }) {
      for (const part of additions) {
        const fault =
          parts.length === 0 ? `adds ${constraint} on ${show(part)}` : `adds ${show(part)} to ${constraint}`
        yield { fault, parts: [...parts, part] }
      }
    }),
    operatorOf('dropped', function* ({ parts, show }) {
      for (const part of parts) {
        const kept = parts.filter((other) => other !== part)
        yield { fault: `leaves ${show(part)} out of ${constraint}`, parts: kept }
      }
    }),
    operatorOf('changed', function* ({ parts, substitutesFor, show }) {
      for (const part of parts) {
        for (const substitute of substitutesFor(part)) {
          const changed = parts.map((other) => (other === part ? substitute : other))
          yield { fault: `has ${show(substitute)} instead of ${show(part)} in ${constraint}`, parts: changed }
        }
      }
    }),
  ]
}

function tablesOf({ statements }: ParsedMigration): TableStatement[] {
  return statements.filter((statement) => statement.kind === 'table')
}

/** A list of columns, to which every other column of the table may be added. */
function columnList(
  object: string,
  table: TableStatement,
  columns: readonly KeyColumn[],
  write: PartList<KeyColumn>['write'],
): PartList<KeyColumn> {
  const listed = new Set(columns.map(({ name }) => foldName(name)))
  const others = table.columns
    .filter(({ name }) => !listed.has(foldName(name)))
    .map((column) => keyColumnOf(table, column))
  const show = ({ name, text }: KeyColumn) => (name === '' ? text : `column ${name}`)
  return { object, parts: columns, additions: others, substitutesFor: () => others, show, write }
}

/** The UNIQUE constraints of a table, and one that it may get on a column that has none. */
function* uniqueListsOf(
  table: TableStatement,
  migration: ParsedMigration,
  history: ParsedHistory,
): Generator<PartList<KeyColumn>> {
  const keys = keysOf(table, 'constraint_unique')
  for (const key of keys) {
    yield columnList(table.name, table, key.columns, (columns) =>
      replace(migration, table, writeKey(table, key, columns)),
    )
  }
  const unique = onlyColumnsOf([...keys, ...uniqueIndexesOn(table, history)])
  const primary = onlyColumnsOf(keysOf(table, 'constraint_primary_key'))
  const list = columnList(table.name, table, [], (columns) =>
    replace(migration, table, addKey(table, 'UNIQUE', columns)),
  )
  yield {
    ...list,
    additions: list.additions.filter(({ name }) => !unique.includes(foldName(name))),
    equivalentBecause: (columns) =>
      columns.some(({ name }) => primary.includes(foldName(name)))
        ? 'the column is the primary key, and so unique without it'
        : undefined,
  }
}

function* uniqueIndexList(
  index: IndexStatement,
  migration: ParsedMigration,
  history: ParsedHistory,
): Generator<PartList<KeyColumn>> {
  const table = tableNamed(history, index.table)
  const [first, last] = [index.terms[0], index.terms.at(-1)]
  if (table === undefined || first === undefined || last === undefined) return
  const range = [first.range[0], last.range[1]] as const
  yield columnList(index.name, table, termsOf(index), (columns) => {
    if (columns.length === 0) return migration.statements.filter((other) => other !== index)
    const text = columns.map((column) => column.text).join(', ')
    return replace(migration, index, editText(index.sql, [{ range, text }]))
  })
}

function termsOf({ sql, terms }: IndexStatement): KeyColumn[] {
  return terms.map(({ column, range }) => ({ name: column ?? '', text: sliceOf(sql, range) }))
}

function uniqueIndexesOn(table: TableStatement, { migrations }: ParsedHistory) {
  return migrations
    .flatMap(({ statements }) => statements)
    .flatMap((statement) => (statement.kind === 'index' ? [statement] : []))
    .filter((index) => index.isUnique && !index.isPartial && foldName(index.table) === foldName(table.name))
    .map((index) => ({ columns: termsOf(index) }))
}

/** The columns that are a whole key by themselves. */
function onlyColumnsOf(keys: readonly { readonly columns: readonly KeyColumn[] }[]): string[] {
  return keys.flatMap(({ columns: [column, second] }) =>
    column === undefined || second !== undefined ? [] : [foldName(column.name)],
  )
}

function addKey(table: TableStatement, keyword: string, columns: readonly KeyColumn[]): string {
  const text = `, ${keyword} (${columns.map((column) => column.text).join(', ')})`
  return editText(table.sql, [{ range: after(table.listRange), text }])
}

/**
 * The column pairs of a foreign key. A pair is exchanged in one column, whatever its type: SQLite compares all. Where
 * another pair has that column, it goes: each column of parent and child is there once. Of the pairs that could be added,
 * each new column of the child gets the first of its affinity: the parent has no key on any.
 */
function* pairList(
  foreignKey: ForeignKey,
  migration: ParsedMigration,
  history: ParsedHistory,
): Generator<PartList<ColumnPair>> {
  const { table } = foreignKey
  const parent = parentOf(foreignKey, history)
  const pairs = parent === undefined ? [] : pairsOf(foreignKey, parent)
  if (parent === undefined || pairs.length === 0) return
  const unused = {
    child: table.columns.filter(({ name }) => !pairs.some(({ child }) => isSame(child, name))),
    parent: parent.columns.filter(({ name }) => !pairs.some((pair) => isSame(pair.parent, name))),
  }
  const additions = unused.child.flatMap((column) => {
    const target = unused.parent.find(({ type }) => affinityOf(type) === affinityOf(column.type))
    return target === undefined ? [] : [{ child: column.name, parent: target.name }]
  })
  const write = (changed: readonly ColumnPair[]) => {
    const substitutes = changed.filter((pair) => !pairs.includes(pair))
    const kept = changed.filter(
      (pair) =>
        substitutes.includes(pair) ||
        !substitutes.some(({ child, parent }) => isSame(child, pair.child) || isSame(parent, pair.parent)),
    )
    return replace(migration, table, writeForeignKey(foreignKey, kept))
  }
  yield {
    object: table.name,
    parts: pairs,
    additions,
    substitutesFor: (pair) => [
      ...table.columns
        .filter(({ name }) => !isSame(name, pair.child))
        .map(({ name }) => ({ ...pair, child: name })),
      ...parent.columns
        .filter(({ name }) => !isSame(name, pair.parent))
        .map(({ name }) => ({ ...pair, parent: name })),
    ],
    show: (pair) => `column ${pair.child} that refers to ${pair.parent}`,
    write,
  }
}

function parentOf({ references }: ForeignKey, history: ParsedHistory): TableStatement | undefined {
  return references.table.type === 'identifier' ? tableNamed(history, references.table.name) : undefined
}

/** The pairs of a foreign key; of one that names no columns of the parent, with those of the parent's primary key. */
function pairsOf({ owner, constraint, references }: ForeignKey, parent: TableStatement): ColumnPair[] {
  const { node } = constraint
  const listed = node.type === 'constraint_foreign_key' ? node.columns.expr.items : []
  const children = owner === null ? listed.map(({ name }) => name) : [owner.name]
  const parents =
    references.columns?.expr.items.map(({ name }) => name) ??
    keysOf(parent, 'constraint_primary_key').flatMap(({ columns }) => columns.map(({ name }) => name))
  return children.flatMap((child, position) => {
    const name = parents[position]
    return name === undefined ? [] : [{ child, parent: name }]
  })
}

function isSame(left: string, right: string): boolean {
  return foldName(left) === foldName(right)
}

function tableNamed({ migrations }: ParsedHistory, name: string): TableStatement | undefined {
  return migrations.flatMap(tablesOf).findLast((table) => foldName(table.name) === foldName(name))
}

function isIn(operator: unknown): boolean {
  const keywords: unknown[] = Array.isArray(operator) ? operator : [operator]
  return keywords.some(
    (keyword) =>
      typeof keyword === 'object' && keyword !== null && 'name' in keyword && keyword.name === 'IN',
  )
}
