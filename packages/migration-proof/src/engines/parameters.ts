import type { SqlValue } from '../sql/connection.ts'
import { toLiteral } from '../sql/literal.ts'
import { tokenize } from '../sql/tokens.ts'
import { EngineError } from './result-code.ts'

/** A statement cut at its parameters: one text more than it has parameters. */
export type CutStatement = readonly [first: string, ...rest: string[]]

export function cutAtParameters(sql: string): CutStatement {
  const texts: [string, ...string[]] = ['']
  for (const { kind, text } of tokenize(sql)) {
    if (kind === 'parameter') texts.push('')
    else texts[texts.length - 1] += text
  }
  return texts
}

/**
 * Writes parameters into a statement as literals, for an engine that cannot bind them.
 *
 * @throws {EngineError} `SQLITE_RANGE` when there are more or fewer `?` than parameters
 */
export function renderParameters([first, ...rest]: CutStatement, parameters: readonly SqlValue[]): string {
  if (rest.length !== parameters.length)
    throw new EngineError('SQLITE_RANGE', `expected ${rest.length} parameters, found ${parameters.length}`)
  return first + rest.map((text, place) => renderValue(parameters[place] ?? null) + text).join('')
}

function renderValue(value: SqlValue): string {
  if (value === null) return toLiteral({ type: 'null' })
  if (typeof value === 'bigint') return toLiteral({ type: 'integer', value })
  if (typeof value === 'number') return toLiteral({ type: 'real', value })
  if (typeof value === 'string') return toLiteral({ type: 'text', value: Buffer.from(value) })
  return toLiteral({ type: 'blob', value })
}
