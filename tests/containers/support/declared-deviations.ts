import { compareVersions } from './engines.ts'
import type { Deviation } from './examine.ts'

/** Something that an engine does otherwise, and why that is accepted. */
interface DeclaredDeviation {
  /** The first version of SQLite that no longer deviates. */
  readonly before: string
  readonly check: string
  readonly object: string
  readonly actual: string
  readonly reason: string
}

const noUnixepoch = {
  before: '3.38',
  check: 'missing values',
  actual: 'SQLITE_ERROR',
  reason:
    'unixepoch() came with 3.38. Older engines take it in CREATE TABLE, and refuse each INSERT that leaves the column out.',
}

const declared: readonly DeclaredDeviation[] = [
  { ...noUnixepoch, object: 'oauth_sessions.created_at' },
  { ...noUnixepoch, object: 'oauth_states.created_at' },
]

/** What an engine did otherwise without a declaration, and the declarations that it did not need. */
export interface Judgement {
  readonly undeclared: readonly Deviation[]
  readonly unused: readonly DeclaredDeviation[]
}

export function judge(version: string, deviations: readonly Deviation[]): Judgement {
  const expected = declared.filter(({ before }) => compareVersions(version, before) < 0)
  return {
    undeclared: deviations.filter((deviation) => !expected.some((known) => describes(known, deviation))),
    unused: expected.filter((known) => !deviations.some((deviation) => describes(known, deviation))),
  }
}

function describes({ check, object, actual }: DeclaredDeviation, deviation: Deviation): boolean {
  return check === deviation.check && object === deviation.object && deviation.actual.includes(actual)
}
