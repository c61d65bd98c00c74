import { createHash } from 'node:crypto'
import type { StatementObserver } from '../../migrator/statements.ts'

/** By version, a hash of all statements that the migrations executed up to it. */
export type Trace = Readonly<Record<number, string>>

/** Hashes the statements of an upgrade. */
export interface Tracer {
  readonly observe: StatementObserver
  /** What was executed so far. */
  trace(): Trace
}

/**
 * Follows the statements of migrations; those of the migrator, between them, do not count.
 *
 * @param before what was executed on the way to where the upgrade goes on
 * @param from the version there
 */
export function startTrace(before: Trace = {}, from = 0): Tracer {
  const found: Record<number, string> = { ...before }
  let last = before[from] ?? ''
  let current: number | null = null
  let statements: string[] = []
  const close = () => {
    if (current === null) return
    last = createHash('sha256')
      .update(JSON.stringify([last, ...statements]))
      .digest('base64')
    found[current] = last
    statements = []
  }
  return {
    observe: ({ sql, version }) => {
      if (version === null) return
      if (version !== current) close()
      current = version
      statements.push(sql)
    },
    trace: () => {
      close()
      current = null
      return found
    },
  }
}
