import { normaliseSql } from '../../../sql/normalise.ts'
import type { ColumnFacts, ForeignKeyFacts, IndexFacts, TableFacts } from '../../facts.ts'

export function describeColumn({ name, type, notNull, default: value, key }: ColumnFacts): string {
  const parts = [
    name,
    type,
    notNull ? 'NOT NULL' : '',
    value === undefined ? '' : `DEFAULT ${normaliseSql(value)}`,
    key === undefined ? '' : `key ${key}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export function describeIndex({ name, columns, unique, where }: Omit<IndexFacts, 'since'>): string {
  const condition = where === undefined ? '' : ` WHERE ${normaliseSql(where)}`
  return `${unique ? 'UNIQUE ' : ''}${name} (${columns.join(', ')})${condition}`
}

/** As in the facts, but for the actions, which SQLite tells as text. */
type ForeignKeyDescription = Record<'onDelete' | 'onUpdate', string> &
  Omit<ForeignKeyFacts, 'onDelete' | 'onUpdate'>

export function describeForeignKey(foreignKey: ForeignKeyDescription): string {
  const { columns, parent, parentColumns, onDelete, onUpdate } = foreignKey
  const reference = `(${columns.join(', ')}) → ${parent} (${parentColumns.join(', ')})`
  return `${reference} ON DELETE ${onDelete} ON UPDATE ${onUpdate}`
}

/** What no pragma shows: CHECK, AUTOINCREMENT and the options after the closing parenthesis. */
export function describeClauses({ checks, autoincrement, strict, withoutRowid }: TableFacts): string[] {
  return [
    ...checks.map((check) => `CHECK (${normaliseSql(check)})`),
    ...(autoincrement ? ['AUTOINCREMENT'] : []),
    ...(strict ? ['STRICT'] : []),
    ...(withoutRowid ? ['WITHOUT ROWID'] : []),
  ]
}
