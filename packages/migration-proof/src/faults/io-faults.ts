import { type Fault, listFaults } from './fault-list.ts'
import { type IoFaultOptions, judgeFault, startFaultSession } from './judge-fault.ts'
import type { Simulator } from './simulator.ts'
import type { Finding } from './verdict.ts'

/** A fault that left no whole version, or that the upgrade did not report as it is. */
export interface BadFault extends Fault, Finding {}

export interface IoFaultResult {
  /** How often a fault was injected. */
  readonly runs: number
  /** How many of these runs ended with an error. */
  readonly refused: number
  /** The hash of each distinct disk that was left behind, power losses after a fault included. */
  readonly images: readonly string[]
  readonly bad: readonly BadFault[]
}

/**
 * Upgrades a database again and again, each time with another call of the disk failing: with EIO or as a full
 * disk, once or from then on, and under every quota; with one attempt and with a second one on the same
 * connection. What is left must be one whole version, and the error must say what happened. After some of the
 * faults the power also fails.
 *
 * @throws what the upgrade throws though nothing was broken
 */
export function sweepIoFaults(simulator: Simulator, options: IoFaultOptions): IoFaultResult {
  const { every = 1, onRun = () => {} } = options
  const session = startFaultSession(simulator, options)
  const badFaults: BadFault[] = []
  let runs = 0
  let refused = 0

  const judge = (fault: Fault): boolean => {
    const { run, verdict } = judgeFault(simulator, session, fault)
    // A quota that is large enough breaks nothing.
    if (run.fault === null) return false
    runs++
    if (!run.hasSucceeded) refused++
    if (verdict.outcome === 'bad')
      badFaults.push({ ...fault, defect: verdict.defect, detail: verdict.detail })
    onRun({ runs, bad: badFaults.length })
    return !run.hasSucceeded
  }

  for (const fault of listFaults(session.clean, every)) {
    // Where the first attempt succeeds there is no second one.
    const wasRefused = judge(fault)
    if (wasRefused) judge({ ...fault, attempts: 2 })
  }
  return { runs, refused, images: session.tally.images, bad: badFaults }
}
