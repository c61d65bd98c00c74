import type { BufferPool } from './disk.ts'
import { type CleanRun, type Fault, faultPlanOf, firstFailure } from './fault-list.ts'
import { skipPrefix } from './recording.ts'
import { Run, type RunOptions, type RunResult, type SavedRun, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'

type Upgrade = Pick<RunOptions, 'plan' | 'files' | 'upgrade'>

export interface FaultRunsOptions extends Upgrade {
  readonly clean: CleanRun
  /** The buffers of the disk of the last run. */
  readonly pool: BufferPool
  /** Whether each run does all of its upgrade, also what another has done before it. */
  readonly runsAll: boolean
}

/** Runs of an upgrade with one fault each. */
export interface FaultRuns {
  /** The result is valid until the next run. */
  run(fault: Fault): RunResult
}

/** A run without a fault, before an operation. */
interface Checkpoint {
  readonly operation: number
  readonly saved: SavedRun
}

/**
 * Until its fault a run does what the one without a fault does. It therefore goes on from there: SQLite and its disk are put
 * back to where they were before the operation that meets the fault, and the upgrade gets the recorded answers to all that
 * it asks before. In the same way a second attempt goes on from where the first one had failed.
 */
export function startFaultRuns(simulator: Simulator, options: FaultRunsOptions): FaultRuns {
  const { clean, pool, runsAll, ...upgrade } = options
  const { milestones, recording } = clean
  let canSkip = !runsAll
  let checkpoint: Checkpoint | null = null
  let refused: { readonly fault: Fault; readonly saved: SavedRun } | null = null

  const runWhole = (fault: Fault): RunResult =>
    simulateUpgrade(simulator, {
      ...upgrade,
      failure: faultPlanOf(fault),
      attempts: fault.attempts,
      milestones,
      pool,
    })

  const optionsOf = (fault: Fault, callsBefore = 0) => ({
    ...upgrade,
    failure: faultPlanOf(fault, callsBefore),
    milestones,
    pool,
  })

  /** The first attempt, from a checkpoint; null where the upgrade asks something else than it did before. */
  const tryOnce = (fault: Fault): RunResult | null => {
    const target = findOperation(clean, fault)
    const start = checkpoint !== null && checkpoint.operation <= target ? checkpoint : null
    const skipped = skipPrefix(upgrade.upgrade, {
      recording,
      length: start?.operation ?? 0,
      onOperation: (operation) => {
        if (operation === target && operation !== start?.operation)
          checkpoint = { operation, saved: run.save(checkpoint?.saved) }
      },
    })
    const run: Run = new Run(
      simulator,
      { ...optionsOf(fault, start?.saved.calls), upgrade: skipped.upgrade },
      start?.saved ?? null,
    )
    if (!run.attempt() && !skipped.hasDeviated()) refused = { fault, saved: run.save(refused?.saved) }
    const result = run.end()
    return skipped.hasDeviated() ? null : result
  }

  /** The second attempt, from where the first one had failed. */
  const tryAgain = (fault: Fault, saved: SavedRun): RunResult => {
    const run = new Run(simulator, optionsOf(fault, saved.calls), saved)
    run.attempt()
    return run.end()
  }

  return {
    run: (fault) => {
      pool.reset()
      if (!canSkip) return runWhole(fault)
      if (fault.attempts === 1) {
        const result = tryOnce(fault)
        if (result !== null) return result
        canSkip = false
      } else if (fault.attempts === 2 && refused !== null && isSameFault(refused.fault, fault)) {
        return tryAgain(fault, refused.saved)
      }
      return runWhole(fault)
    },
  }
}

function isSameFault(left: Fault, right: Fault): boolean {
  return left.mode === right.mode && left.at === right.at
}

/** The operation that meets the fault; -1 where none does, or the fault comes before all of them. */
function findOperation(clean: CleanRun, fault: Fault): number {
  const call = firstFailure(clean, fault)
  if (call === null) return -1
  return clean.recording.operations.findLastIndex(({ callsBefore }) => callsBefore <= call)
}
