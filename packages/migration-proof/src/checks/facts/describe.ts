import type { ColumnFacts, ForeignKeyFacts, IndexFacts, TableFacts } from '../../proof/facts.ts'
import { foldName, foldUpper } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'

/** One thing of a table. Two are the same where their keys are equal: names and types are folded there. */
export interface Described {
  readonly text: string
  readonly key: string
}

export function describeColumn(column: ColumnFacts): Described {
  const folded = { ...column, name: foldName(column.name), type: foldUpper(column.type) }
  return { text: writeColumn(column), key: writeColumn(folded) }
}

function writeColumn({ name, type, notNull, default: value, key }: ColumnFacts): string {
  const parts = [
    name,
    type,
    notNull ? 'NOT NULL' : '',
    value === undefined ? '' : `DEFAULT ${normaliseSql(value)}`,
    key === undefined ? '' : `key ${key}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export function describeUnique(columns: readonly string[]): Described {
  const write = (names: readonly string[]) => `UNIQUE (${names.join(', ')})`
  return { text: write(columns), key: write(columns.map(foldName)) }
}

export function describeIndex(index: IndexFacts): Described {
  const folded = { ...index, name: foldName(index.name), columns: index.columns.map(foldName) }
  return { text: writeIndex(index), key: writeIndex(folded) }
}

function writeIndex({ name, columns, unique, where }: IndexFacts): string {
  const condition = where === undefined ? '' : ` WHERE ${normaliseSql(where)}`
  return `${unique ? 'UNIQUE ' : ''}${name} (${columns.join(', ')})${condition}`
}

/** As in the facts, but for the actions, which SQLite tells as text. */
type ForeignKeyDescription = Record<'onDelete' | 'onUpdate', string> &
  Omit<ForeignKeyFacts, 'onDelete' | 'onUpdate'>

export function describeForeignKey(foreignKey: ForeignKeyDescription): Described {
  const { columns, parent, parentColumns } = foreignKey
  const folded = {
    ...foreignKey,
    columns: columns.map(foldName),
    parent: foldName(parent),
    parentColumns: parentColumns.map(foldName),
  }
  return { text: writeForeignKey(foreignKey), key: writeForeignKey(folded) }
}

function writeForeignKey(foreignKey: ForeignKeyDescription): string {
  const { columns, parent, parentColumns, onDelete, onUpdate } = foreignKey
  const reference = `(${columns.join(', ')}) → ${parent} (${parentColumns.join(', ')})`
  return `${reference} ON DELETE ${onDelete} ON UPDATE ${onUpdate}`
}

/** What no pragma shows: CHECK, AUTOINCREMENT and the options after the closing parenthesis. */
export function describeClauses({ checks, autoincrement, strict, withoutRowid }: TableFacts): Described[] {
  const clauses = [
    ...checks.map((check) => `CHECK (${normaliseSql(check)})`),
    ...(autoincrement ? ['AUTOINCREMENT'] : []),
    ...(strict ? ['STRICT'] : []),
    ...(withoutRowid ? ['WITHOUT ROWID'] : []),
  ]
  return clauses.map(describeClause)
}

export function describeClause(clause: string): Described {
  return { text: clause, key: clause }
}
