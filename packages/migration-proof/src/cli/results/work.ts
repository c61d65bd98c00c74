import { checks } from '../../checks/index.ts'
import type { VerifyOptions } from '../../checks/verify.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { Suite } from '../../proof/suite.ts'

/** What the checks of one upgrade cost, by name. Measured in milliseconds, of which only the ratio counts. */
export type Work = ReadonlyMap<string, number>

/** What does not depend on the history: to find rows for `inserts`, which is done once, and everything else of an upgrade. */
const rowsMilliseconds = 1500
const baseMilliseconds = 100
/** What each migration of an upgrade adds: where it is interrupted at each of its statements, and where it is only run. */
const interruptedMilliseconds = 60
const runMilliseconds = 5

interface Extent {
  /** The version to which its migrations are interrupted; undefined for the latest. */
  readonly interruptedTo: number | undefined
  /** Whether the rows that `inserts` tries are still to be found. */
  readonly isFirst: boolean
}

/** Estimates what the upgrade of a snapshot costs. */
export function estimateWork(suite: Suite, name: string, { interruptedTo, isFirst }: Extent): Work {
  const latest = latestVersionOf(suite.plan)
  const from = suite.snapshots.find((snapshot) => snapshot.name === name)?.version ?? 0
  const others = baseMilliseconds + runMilliseconds * (latest - from)
  const ownSteps = (interruptedTo ?? latest) - from
  return new Map(
    checks.map((check) => {
      const extra =
        check.name === 'interruption'
          ? interruptedMilliseconds * ownSteps
          : check.name === 'inserts' && isFirst
            ? rowsMilliseconds
            : 0
      return [check.name, others / checks.length + extra]
    }),
  )
}

export function sumOf(works: Iterable<number>): number {
  return [...works].reduce((sum, work) => sum + work, 0)
}

/** Reports how much of the work of an upgrade is done. */
export function followWork(
  work: Work,
  report: (done: number, check: string | null) => void,
): Pick<VerifyOptions, 'onCheck' | 'onShare'> {
  let done = 0
  return {
    onCheck: (_snapshot, { check }) => {
      done += work.get(check) ?? 0
      report(done, check)
    },
    onShare: (_snapshot, check, share) => report(done + (work.get(check) ?? 0) * share, null),
  }
}
