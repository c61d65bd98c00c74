import { isValidDid } from '@atproto/syntax'
import { isUsableHandle } from './atproto.ts'
import { type Cell, type Column, textOf, type Value } from './open.ts'

/**
 * What a value of a column is expected to be. Old files break these rules here and there, and a snapshot does so on
 * purpose: each break is listed in deviations.ts.
 */
type Rule = (value: Exclude<Value, null>) => boolean

const sqlTime = /^2025-1[012]-\d\d \d\d:\d\d:\d\d$/
const isoTime = /^2025-1[012]-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const isTime: Rule = (value) => typeof value === 'string' && (sqlTime.test(value) || isoTime.test(value))
const isHandle: Rule = (value) => isUsableHandle(textOf(value))
const isIdentity: Rule = (value) => isUsableHandle(textOf(value)) || isValidDid(textOf(value))
const isKey: Rule = (value) => typeof value === 'string' && value !== '' && !value.includes('\0')
const isDid: Rule = (value) => isValidDid(textOf(value))

/** Whole seconds between October 2025 and April 2026: no session of those weeks lies outside. */
const isSeconds: Rule = (value) =>
  typeof value === 'bigint' && value > 1_759_000_000n && value < 1_775_000_000n

const rules: Readonly<Record<string, Rule>> = {
  'schema_version.applied_at': isTime,
  'record.did': isDid,
  'record.indexed_at': isTime,
  'actor.did': isDid,
  'actor.handle': isHandle,
  'actor.indexed_at': isTime,
  'lexicon.created_at': isTime,
  'oauth_sessions.session_id': isKey,
  'oauth_sessions.did': isDid,
  'oauth_sessions.handle': isHandle,
  'oauth_sessions.expires_at': isSeconds,
  'oauth_sessions.created_at': isSeconds,
  'oauth_states.state_id': isKey,
  'oauth_states.login_hint': isIdentity,
  'oauth_states.created_at': isSeconds,
  'config.key': isKey,
  'config.updated_at': isTime,
  'jetstream_activity.did': isDid,
  'jetstream_activity.timestamp': isTime,
  'jetstream_cursor.updated_at': isTime,
}

export const ruledColumns: readonly string[] = Object.keys(rules)

const nameOf = ({ table, column }: Column): string => `${table}.${column}`

const fitsType = ({ declared, value }: Cell): boolean =>
  typeof value === (declared === 'INTEGER' ? 'bigint' : 'string')

/** Whether the value has its column's type and keeps its column's rule. NULL breaks the rule of a primary key only. */
export function keepsRule(cell: Cell): boolean {
  const rule = rules[nameOf(cell)]
  if (cell.value === null) return rule !== isKey
  return fitsType(cell) && (rule === undefined || rule(cell.value))
}

/** `table.column value`, where text is quoted as JSON, a fraction marked REAL and bytes are shown by their count. */
export function describeCell(cell: Cell): string {
  return `${nameOf(cell)} ${describeValue(cell.value)}`
}

function describeValue(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return `REAL ${value}`
  if (value instanceof Uint8Array) return `BLOB of ${value.byteLength} bytes`
  return JSON.stringify(value)
}
