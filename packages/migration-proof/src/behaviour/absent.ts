import { DiagnosedError } from '../errors.ts'
import type { ColumnDeclaration } from '../proof/facts.ts'
import type { SqlValue } from '../sql/connection.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { affinityOf, coerce } from './coercion.ts'
import type { Absent, Clock } from './table-model.ts'

const seconds = (milliseconds: number) => BigInt(Math.floor(milliseconds / 1000))
const utc = (milliseconds: number) => new Date(milliseconds).toISOString()

/** The expressions of which it is known what they give at a time: https://www.sqlite.org/lang_datefunc.html */
const clocks: Readonly<Record<string, Clock['at']>> = {
  'unixepoch()': seconds,
  "unixepoch('now')": seconds,
  'unixepoch() * 1000': (milliseconds) => seconds(milliseconds) * 1000n,
  "strftime('%s', 'now')": (milliseconds) => `${seconds(milliseconds)}`,
  current_timestamp: (milliseconds) => utc(milliseconds).slice(0, 19).replace('T', ' '),
  "datetime('now')": (milliseconds) => utc(milliseconds).slice(0, 19).replace('T', ' '),
  current_date: (milliseconds) => utc(milliseconds).slice(0, 10),
  "date('now')": (milliseconds) => utc(milliseconds).slice(0, 10),
  "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')": (milliseconds) => `${utc(milliseconds).slice(0, 19)}Z`,
  "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')": utc,
}

/**
 * What a column holds where a row leaves it out, read off its declaration.
 *
 * @throws {DiagnosedError} when it is not known what its default gives
 */
export function absentOf(where: string, column: ColumnDeclaration, isNotNull: boolean): Absent {
  const { default: declared, type } = column
  if (declared === undefined) return isNotNull ? { is: 'refused' } : { is: 'null' }
  const affinity = affinityOf(type)
  const sql = typeof declared === 'string' ? declared : declared.sql
  const at = typeof declared === 'string' ? clockOf(declared) : 'at' in declared ? declared.at : undefined
  if (at !== undefined) {
    const stored = (milliseconds: number) => coerce(at(milliseconds), affinity) as bigint | string
    return { is: 'clock', clock: { label: `${sql} at the time of the INSERT`, at: stored } }
  }
  const value = typeof declared === 'object' && 'value' in declared ? declared.value : readLiteral(sql)
  if (value === undefined) {
    throw new DiagnosedError({
      where,
      expected: 'a default that is a literal or the time of the INSERT',
      actual: sql,
      remedy: 'declare it as { sql, value }, or as { sql, at } where it depends on the time',
    })
  }
  const stored = coerce(value, affinity)
  return stored === null ? { is: 'null' } : { is: 'value', value: stored }
}

function clockOf(sql: string): Clock['at'] | undefined {
  const written = normaliseSql(sql)
  return Object.entries(clocks).find(([known]) => normaliseSql(known) === written)?.[1]
}

/** The value of a literal: https://www.sqlite.org/lang_expr.html#literal_values_constants_ */
function readLiteral(sql: string): SqlValue | undefined {
  const text = sql.trim()
  if (/^[+-]?\d+$/.test(text)) return readInteger(text)
  if (/^[+-]?(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^'([^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'")
  if (/^x'([0-9a-f]{2})*'$/i.test(text)) return new Uint8Array(Buffer.from(text.slice(2, -1), 'hex'))
  return { null: null, true: 1n, false: 0n }[text.toLowerCase()]
}

function readInteger(text: string): SqlValue {
  const integer = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, integer) === integer ? integer : Number(text)
}
