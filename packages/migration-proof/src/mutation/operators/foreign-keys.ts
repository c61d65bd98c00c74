import { renamedTable } from '../../sql/alterations.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { ParsedHistory } from '../syntax/history.ts'
import type { ParsedConstraint, TableStatement } from '../syntax/parse.ts'
import { after, editText, rangeOf, sliceOf } from '../syntax/parse.ts'
import { constraintsOf, type OwnedConstraint, writeConstraint } from './keys.ts'
import { migrationOperator, type Operator, type Rewritten, replace } from './operator.ts'

const actions = ['NO ACTION', 'RESTRICT', 'SET NULL', 'SET DEFAULT', 'CASCADE']

const foreignKeyDropped = foreignKeyOperator('foreign-key-dropped', function* (foreignKey) {
  yield { fault: 'leaves out a foreign key', sql: writeForeignKey(foreignKey, []) }
})

const foreignKeyTargetChanged = foreignKeyOperator(
  'foreign-key-target',
  function* ({ table, references }, history) {
    for (const target of otherTargets(history, references.table, table.name)) {
      const range = [
        rangeOf(references.table)[0],
        rangeOf(references.columns ?? references.table)[1],
      ] as const
      const text = `${quoteName(target.table)} (${quoteName(target.column)})`
      yield {
        fault: `lets a foreign key refer to ${target.table}`,
        sql: editText(table.sql, [{ range, text }]),
      }
    }
  },
)

const foreignKeyActionChanged = foreignKeyOperator('foreign-key-action', function* ({ table, references }) {
  const onDelete = references.options.find(
    (option) => option.type === 'referential_action' && option.eventKw.name === 'DELETE',
  )
  const range = onDelete === undefined ? after(rangeOf(references)) : rangeOf(onDelete)
  const present =
    onDelete === undefined
      ? 'NO ACTION'
      : table.sql
          .slice(...range)
          .replace(/\s+/g, ' ')
          .slice(10)
          .toUpperCase()
  for (const action of actions) {
    if (action === present) continue
    const sql = editText(table.sql, [{ range, text: ` ON DELETE ${action}` }])
    yield { fault: `does ${action} when the parent is deleted`, sql }
  }
})

const updateActionAdded = foreignKeyOperator('foreign-key-update-action', function* ({ table, references }) {
  if (
    references.options.some(
      (option) => option.type === 'referential_action' && option.eventKw.name === 'UPDATE',
    )
  )
    return
  const edit = { range: after(rangeOf(references)), text: ' ON UPDATE CASCADE' }
  yield { fault: `does CASCADE when the parent's key changes`, sql: editText(table.sql, [edit]) }
})

const foreignKeyDeferred = foreignKeyOperator('foreign-key-deferred', function* ({ table, references }) {
  const edit = { range: after(rangeOf(references)), text: ' DEFERRABLE INITIALLY DEFERRED' }
  yield { fault: 'checks for the parent only at COMMIT', sql: editText(table.sql, [edit]) }
})

export const foreignKeyOperators: readonly Operator[] = [
  foreignKeyDropped,
  foreignKeyTargetChanged,
  foreignKeyActionChanged,
  updateActionAdded,
  foreignKeyDeferred,
]

type References = Extract<ParsedConstraint['node'], { type: 'references_specification' }>

export interface ForeignKey extends OwnedConstraint {
  readonly table: TableStatement
  readonly references: References
}

/** A column of a foreign key, and the one of the parent to which it refers. */
export interface ColumnPair {
  readonly child: string
  readonly parent: string
}

function foreignKeyOperator(
  name: string,
  rewrite: (foreignKey: ForeignKey, history: ParsedHistory) => Iterable<Rewritten>,
): Operator {
  return migrationOperator(name, function* (migration, history) {
    for (const table of migration.statements) {
      if (table.kind !== 'table') continue
      for (const foreignKey of foreignKeysOf(table)) {
        for (const { fault, sql } of rewrite(foreignKey, history)) {
          yield { object: table.name, fault, statements: replace(migration, table, sql) }
        }
      }
    }
  })
}

export function foreignKeysOf(table: TableStatement): ForeignKey[] {
  return constraintsOf(table).flatMap(({ owner, constraint }) => {
    const { node } = constraint
    const references = node.type === 'constraint_foreign_key' ? node.references : node
    return references.type === 'references_specification' ? [{ table, owner, constraint, references }] : []
  })
}

/** The CREATE TABLE with other column pairs in a foreign key; without pairs, without the key. */
export function writeForeignKey(foreignKey: ForeignKey, pairs: readonly ColumnPair[]): string {
  const { table, constraint, references } = foreignKey
  if (pairs.length === 0) return writeConstraint(table, foreignKey, null)
  const { node, range } = constraint
  const name = sliceOf(table.sql, [range[0], rangeOf(node)[0]])
  const parent = sliceOf(table.sql, rangeOf(references.table))
  const options = sliceOf(table.sql, [rangeOf(references.columns ?? references.table)[1], range[1]])
  const children = pairs.map(({ child }) => quoteName(child)).join(', ')
  const parents = pairs.map((pair) => quoteName(pair.parent)).join(', ')
  const text = `${name}FOREIGN KEY (${children}) REFERENCES ${parent} (${parents})${options}`
  return writeConstraint(table, foreignKey, text)
}

/** Whether a table of one name has the other one later: a foreign key follows it. */
function becomes({ migrations }: ParsedHistory, name: string, later: string): boolean {
  let current = foldName(name)
  for (const { sql } of migrations.flatMap(({ statements }) => statements)) {
    const renamed = renamedTable(sql)
    if (renamed?.from !== current) continue
    current = renamed.to
    if (current === foldName(later)) return true
  }
  return false
}

/** The last two tables whose key is one column, other than the parent and the child. */
function otherTargets(history: ParsedHistory, parent: References['table'], child: string) {
  const parentName = parent.type === 'identifier' ? parent.name : ''
  return history.migrations
    .flatMap(({ statements }) => statements)
    .flatMap((statement) => (statement.kind === 'table' ? [statement] : []))
    .filter(({ name }) => name !== parentName && name !== child && !becomes(history, name, parentName))
    .flatMap(({ name, columns }) => {
      const key = columns.find(({ constraints }) =>
        constraints.some(({ type }) => type === 'constraint_primary_key'),
      )
      return key === undefined ? [] : [{ table: name, column: key.name }]
    })
    .slice(-2)
}
