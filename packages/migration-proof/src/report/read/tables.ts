import type { Column, ForeignKey, Index, Table } from '../../schema/model.ts'
import type { HistoryTable } from '../model.ts'

/** A table as the report shows it. */
export function describeTable(table: Table): HistoryTable {
  return {
    name: table.name,
    columns: table.columns.filter(({ hidden }) => !hidden).map(describeColumn),
    indexes: table.indexes.map(describeIndex),
    foreignKeys: table.foreignKeys.map(describeForeignKey),
    checks: table.checks.map(({ expression }) => expression),
    strict: table.strict,
    withoutRowid: table.withoutRowid,
  }
}

function describeColumn({ name, type, notNull, default: value, keyPosition }: Column) {
  return { name, type, notNull, default: value, keyPosition }
}

function describeIndex({ name, columns, unique, where, origin }: Index) {
  const texts = columns.map(
    ({ column, expression, descending }) =>
      `${column ?? expression ?? 'an expression'}${descending ? ' DESC' : ''}`,
  )
  return { name, columns: texts, unique, where, origin }
}

function describeForeignKey({ columns, parent, parentColumns, onDelete, onUpdate }: ForeignKey) {
  return { columns: [...columns], parent, parentColumns: [...parentColumns], onDelete, onUpdate }
}
