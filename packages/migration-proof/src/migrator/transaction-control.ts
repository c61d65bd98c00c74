import { foldName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'

/** The savepoints of the migrator itself, one for each version. */
const ownSavepoint = /^v\d+$/

/** The name of the migrator's savepoint for a version. */
export function savepointOf(version: number): string {
  return `v${version}`
}

/**
 * The first statement, in a few words, that would begin or end the transaction of the migrator, or that uses one of its
 * savepoints; null where there is none. Savepoints of a migration's own are its own business.
 */
export function findTransactionControl(sql: string): string | null {
  for (const statement of splitStatements(sql)) {
    const control = readControl(statement)
    if (control !== null) return control
  }
  return null
}

function readControl(statement: string): string | null {
  const tokens = significantTokens(statement)
  const words = tokens.slice(0, 4).map((token) => (token.kind === 'word' ? foldName(token.text) : ''))
  const verb = (words[0] ?? '').toUpperCase()
  if (verb === 'BEGIN' || verb === 'COMMIT' || verb === 'END') return verb
  const isToSavepoint = verb === 'ROLLBACK' && words.slice(1, 3).includes('to')
  if (verb === 'ROLLBACK' && !isToSavepoint) return verb
  if (!isToSavepoint && verb !== 'SAVEPOINT' && verb !== 'RELEASE') return null
  const last = tokens.at(-1)
  const name = last === undefined ? '' : foldName(unquote(last))
  return ownSavepoint.test(name) ? `${isToSavepoint ? 'ROLLBACK TO' : verb} ${name}` : null
}
