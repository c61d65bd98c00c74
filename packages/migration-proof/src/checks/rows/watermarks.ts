import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import type { RowsFailure } from './model.ts'
import type { Survivor } from './survivors.ts'

/**
 * The highest id that an AUTOINCREMENT table ever gave out. Where it falls, the ids of deleted rows are given
 * out again: https://www.sqlite.org/autoinc.html
 */
export function findLoweredWatermarks(
  connection: Connection,
  before: string,
  after: string,
  survivors: readonly Survivor[],
): RowsFailure[] {
  const marksBefore = readWatermarks(connection, before)
  const marksAfter = readWatermarks(connection, after)
  return survivors
    .filter(({ freeBecause }) => freeBecause === null)
    .flatMap(({ table, nameAfter }) => {
      const expected = marksBefore.get(foldName(table))
      const actual = marksAfter.get(foldName(nameAfter))
      if (expected === undefined || (actual !== undefined && actual >= expected)) return []
      return [
        {
          object: table,
          expected: `the AUTOINCREMENT watermark ${expected} or above`,
          actual: actual === undefined ? 'none' : `${actual}`,
          rows: [],
        },
      ]
    })
}

function readWatermarks(connection: Connection, schema: string): Map<string, bigint> {
  const list = `${quoteName(schema)}.sqlite_master`
  if (connection.all(`SELECT 1 FROM ${list} WHERE name = 'sqlite_sequence'`).length === 0) return new Map()
  const rows = connection.all(
    `SELECT name, max(CAST(seq AS INTEGER)) AS seq FROM ${quoteName(schema)}.sqlite_sequence GROUP BY name`,
  )
  return new Map(
    rows.flatMap(({ name, seq }) => (typeof seq === 'bigint' ? [[foldName(String(name)), seq]] : [])),
  )
}
