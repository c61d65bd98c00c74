import { findWeaknesses } from '../../findings/find-weaknesses.ts'
import type { Suite } from '../../proof/suite.ts'
import type { FindingResults } from '../../report/model.ts'
import { progressOn } from '../output/progress.ts'

/** The weaknesses of a suite's latest schema and of its migrations. */
export function runFindings(suite: Suite): FindingResults {
  const progress = progressOn(process.stderr)
  const start = performance.now()
  try {
    const report = findWeaknesses(suite, { onRule: (code) => progress.show(code) })
    return { ...report, durationMilliseconds: performance.now() - start, limitedTo: null }
  } finally {
    progress.clear()
  }
}
