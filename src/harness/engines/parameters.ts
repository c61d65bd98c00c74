import { toLiteral } from '../snapshots/literal.ts'
import type { SqlValue } from '../sql/connection.ts'
import { tokenize } from '../sql/tokens.ts'
import { EngineError } from './result-code.ts'

/**
 * Writes parameters into a statement as literals, for an engine that cannot bind them.
 *
 * @throws {EngineError} `SQLITE_RANGE` when there are more or fewer `?` than parameters
 */
export function renderParameters(sql: string, parameters: readonly SqlValue[]): string {
  let used = 0
  const rendered = tokenize(sql).map(({ kind, text }) => {
    if (kind !== 'parameter') return text
    return renderValue(parameters[used++] ?? null)
  })
  if (used === parameters.length) return rendered.join('')
  throw new EngineError('SQLITE_RANGE', `expected ${used} parameters, found ${parameters.length}`)
}

function renderValue(value: SqlValue): string {
  if (value === null) return toLiteral({ type: 'null' })
  if (typeof value === 'bigint') return toLiteral({ type: 'integer', value })
  if (typeof value === 'number') return toLiteral({ type: 'real', value })
  if (typeof value === 'string') return toLiteral({ type: 'text', value: Buffer.from(value) })
  return toLiteral({ type: 'blob', value })
}
