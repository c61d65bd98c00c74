import { affinityOf } from '../../rows/values.ts'
import { quoteName } from '../../sql/names.ts'
import type { FilledColumn, FilledTable, Operator } from './operator.ts'
import { type DataFault, injectIntoTables } from './tables-at.ts'

const rowDeleted = rowOperator('row-deleted', function* ({ name }) {
  yield {
    fault: `deletes the last row of ${name}`,
    sql: `DELETE FROM ${quoteName(name)} WHERE ${isRow(name, 'max')}`,
  }
})

const valueChanged = rowOperator('value-changed', function* (table) {
  const column = plainColumn(table)
  if (column === undefined) return
  const name = quoteName(column.name)
  const value =
    column.type === 'INTEGER' ? `coalesce(${name}, 0) + 1` : `coalesce(${name} || ' changed', 'changed')`
  yield { fault: `changes one ${column.name}`, sql: setFirst(table.name, column, value) }
})

const valueTypeChanged = rowOperator('value-type-changed', function* (table) {
  const column = plainColumn(table)
  if (column === undefined) return
  const name = quoteName(column.name)
  const bytes = `CAST(coalesce(${name}, 'x') AS BLOB)`
  // Bytes are what such a column holds already.
  const isOfBytes = affinityOf(column.type) === 'BLOB'
  const value = isOfBytes ? `CASE typeof(${name}) WHEN 'blob' THEN hex(${name}) ELSE ${bytes} END` : bytes
  yield {
    fault: `turns one ${column.name} into ${isOfBytes ? 'text' : 'bytes'}`,
    sql: setFirst(table.name, column, value),
  }
})

const rowsDuplicated = rowOperator('rows-duplicated', function* ({ name, columns, hasCheck }) {
  if (hasCheck) return
  const firstKey = columns.find(({ isKey }) => isKey)
  const values = columns.map((column) => {
    if (column !== firstKey) return quoteName(column.name)
    return column.type === 'INTEGER' ? 'NULL' : `${quoteName(column.name)} || ' copy'`
  })
  const table = quoteName(name)
  const list = columns.map((column) => quoteName(column.name)).join(', ')
  yield {
    fault: `copies each row of ${name}`,
    sql: `INSERT INTO ${table} (${list}) SELECT ${values.join(', ')} FROM ${table}`,
  }
})

const tableEmptied = rowOperator('table-emptied', function* ({ name }) {
  yield { fault: `deletes every row of ${name}`, sql: `DELETE FROM ${quoteName(name)}` }
})

export const rowOperators: readonly Operator[] = [
  rowDeleted,
  valueChanged,
  valueTypeChanged,
  rowsDuplicated,
  tableEmptied,
]

function rowOperator(
  name: string,
  write: (table: FilledTable) => Iterable<{ readonly fault: string; readonly sql: string }>,
): Operator {
  const inject = function* (table: FilledTable): Generator<DataFault> {
    for (const { fault, sql } of write(table)) yield { fault, run: (connection) => connection.exec(sql) }
  }
  return {
    name,
    site: 'data',
    inject: (input) => injectIntoTables(input, inject, { alsoWhereAdopted: true }),
  }
}

function plainColumn({ columns }: FilledTable): FilledColumn | undefined {
  return columns.findLast(({ isKey, isReference }) => !isKey && !isReference)
}

function setFirst(table: string, { name }: FilledColumn, value: string): string {
  return `UPDATE ${quoteName(table)} SET ${quoteName(name)} = ${value} WHERE ${isRow(table, 'min')}`
}

function isRow(table: string, which: 'min' | 'max'): string {
  return `_rowid_ = (SELECT ${which}(_rowid_) FROM ${quoteName(table)})`
}
