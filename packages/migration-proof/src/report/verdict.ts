import { judgedParts } from './judged-parts.ts'
import type { Results } from './model.ts'
import { plural } from './numbers.ts'
import { isOpen, listProblems } from './problems.ts'

/** What the results say as a whole. */
export interface Verdict {
  /** `partly`: nothing failed, but a proof was not run, or only for a choice. */
  readonly state: 'passed' | 'partly' | 'failed'
  readonly title: string
  /** What was not run, or only in part; empty where all was. */
  readonly lacking: readonly string[]
}

/** The one verdict that every output for people shows. */
export function reachVerdict(results: Results): Verdict {
  const notRun = judgedParts.filter((name) => results[name] === null)
  const limited = judgedParts.filter((name) => results[name]?.limitedTo != null)
  const lacking = [
    ...(notRun.length === 0 ? [] : [`${plural(notRun.length, 'part')} not run`]),
    ...(limited.length === 0 ? [] : [`${plural(limited.length, 'part')} run for a choice only`]),
  ]
  if (results.outcome === 'failed') {
    const problems = listProblems(results).filter(isOpen).length
    return { state: 'failed', title: `${plural(problems, 'problem')} to mend`, lacking }
  }
  // The gate compares and proves nothing by itself: without it, what was proven is still proven.
  const isWhole = limited.length === 0 && notRun.every((name) => name === 'gate')
  const title = isWhole ? 'Every upgrade is proven' : 'All that was run is proven'
  return { state: isWhole ? 'passed' : 'partly', title, lacking }
}
