import { createHash, type Hash } from 'node:crypto'
import type { Connection } from '../sql/connection.ts'
import { type BufferPool, type DiskFiles, type DiskOperation, SimulatedDisk } from './disk.ts'
import { type CleanRun, type Fault, faultPlanOf, firstFailure } from './fault-list.ts'
import type { FaultPlan } from './io-call.ts'
import { hashFiles } from './oracle.ts'
import { CutOffError, describeOperation, intercept, skipPrefix } from './recording.ts'
import { Run, type RunOptions, type RunResult, type SavedRun, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'

export interface FaultRunsOptions extends Pick<RunOptions, 'plan' | 'files' | 'upgrade'> {
  readonly clean: CleanRun
  /** The buffers of the disk of the last run. */
  readonly pool: BufferPool
  /** Whether each run does all of its upgrade, also what another one has done. */
  readonly runsAll: boolean
}

/** Runs of an upgrade with one fault each. */
export interface FaultRuns {
  /** The result is valid until the next run. */
  run(fault: Fault): RunResult
}

/** A run without a fault, before one of its operations. */
interface Checkpoint {
  readonly operation: number
  readonly saved: SavedRun
}

/** A first attempt that has failed. */
interface Refused {
  readonly fault: Fault
  readonly saved: SavedRun
  /** What the upgrade asked from the operation on that met the fault. */
  readonly asked: readonly string[]
}

/** How a second attempt ended. */
interface End {
  readonly files: DiskFiles
  /** What the second attempt threw. */
  readonly errors: readonly unknown[]
  readonly hasSucceeded: boolean
}

/**
 * No run repeats what another has done.
 *
 * Until its fault a run does what the one without a fault does. So it goes on from there: SQLite and its disk are put back to
 * where they were before the operation that meets the fault, and the upgrade gets the recorded answers to all that it asks
 * before. In the same way a second attempt goes on from where the first one failed.
 *
 * Behind a COMMIT of its own, with the disk sound again, a second attempt goes on as another one did behind which the same files
 * were, byte for byte, and whose upgrade had asked its connection the same and been answered the same.
 */
export function startFaultRuns(simulator: Simulator, options: FaultRunsOptions): FaultRuns {
  const { clean, pool, runsAll, plan, files, upgrade } = options
  const { milestones, recording } = clean
  const ends = new Map<string, End>()
  let canSkip = !runsAll
  let checkpoint: Checkpoint | null = null
  let refused: Refused | null = null

  const optionsOf = (fault: Fault, callsBefore = 0) => {
    const failure = faultPlanOf(fault, callsBefore)
    return { plan, files, upgrade, failure, milestones, pool }
  }
  const runWhole = (fault: Fault): RunResult =>
    simulateUpgrade(simulator, { ...optionsOf(fault), attempts: fault.attempts })

  /** The first attempt, from a checkpoint; null where the upgrade asks something else than it did before. */
  const tryOnce = (fault: Fault): RunResult | null => {
    const target = findOperation(clean, fault)
    const start = checkpoint !== null && checkpoint.operation <= target ? checkpoint : null
    const asked: string[] = [`${target}`]
    const skipped = skipPrefix(upgrade, {
      recording,
      length: start?.operation ?? 0,
      handle: (operation, ask, index) => {
        if (index === target && index !== start?.operation)
          checkpoint = { operation: index, saved: run.save(checkpoint?.saved) }
        const answer = ask()
        if (index >= target) asked.push(describeOperation(operation, answer))
        return answer
      },
    })
    const resumed = { ...optionsOf(fault, start?.saved.calls), upgrade: skipped.upgrade }
    const run: Run = new Run(simulator, resumed, start?.saved)
    const isRefused = !run.attempt()
    if (isRefused) refused = { fault, saved: run.save(refused?.saved), asked }
    const result = run.end()
    return skipped.hasDeviated() ? null : result
  }

  /** The second attempt, from where the first one failed, up to where another one went on. */
  const tryAgain = ({ fault, saved, asked }: Refused): RunResult => {
    const history = createHash('sha256').update(asked.join('\n'))
    let place: string | null = null
    let known: End | undefined
    const { failure, ...others } = optionsOf(fault, saved.calls)
    const noteCall: FaultPlan = (call, disk) => {
      if (place === null) history.update(`\n${call.kind} ${call.name} ${call.growthBytes}`)
      return failure(call, disk)
    }
    const watch = (connection: Connection): Connection =>
      intercept(connection, (operation, ask) => {
        if (known !== undefined) return { error: new CutOffError('The rest has been run already.') }
        if (place !== null) return ask()
        const wasInTransaction = connection.inTransaction
        const answer = ask()
        history.update(`\n${describeOperation(operation, answer)}`)
        const written = run.log.slice(saved.log.length)
        const isBehindCommit = !('error' in answer) && wasInTransaction && !connection.inTransaction
        if (!isBehindCommit || written.length === 0) return answer
        for (const change of written) addWritten(history, change)
        place = `${history.digest('hex')} ${hashFiles(run.disk.readFiles())}`
        known = ends.get(place)
        return answer
      })
    const run: Run = new Run(
      simulator,
      fault.mode.endsWith('once')
        ? { ...others, failure: noteCall, upgrade: (connection) => upgrade(watch(connection)) }
        : { ...others, failure },
      saved,
    )
    run.attempt()
    const result = run.end()
    if (known !== undefined) {
      const errors = [...saved.errors, ...known.errors]
      return { ...result, disk: new SimulatedDisk(known.files), errors, hasSucceeded: known.hasSucceeded }
    }
    if (place !== null) ends.set(place, endOf(result, saved.errors.length))
    return result
  }

  return {
    run: (fault) => {
      pool.reset()
      if (canSkip && fault.attempts === 1) {
        const result = tryOnce(fault)
        if (result !== null) return result
        canSkip = false
      }
      const isRefused = canSkip && refused !== null && isSecondAttempt(refused.fault, fault)
      return isRefused && refused !== null ? tryAgain(refused) : runWhole(fault)
    },
  }
}

function addWritten(history: Hash, operation: DiskOperation | undefined) {
  if (operation?.kind !== 'write') return
  history
    .update(`\n${operation.inode} ${operation.offset} ${operation.bytes.length} `)
    .update(operation.bytes)
}

function isSecondAttempt(first: Fault, second: Fault): boolean {
  return first.mode === second.mode && first.at === second.at && second.attempts === 2
}

/** The operation that meets the fault; -1 where none does, or the fault comes before all of them. */
function findOperation(clean: CleanRun, fault: Fault): number {
  const call = firstFailure(clean, fault)
  if (call === null) return -1
  return clean.recording.operations.findLastIndex(({ callsBefore }) => callsBefore <= call)
}

function endOf({ disk, errors, hasSucceeded }: RunResult, errorsBefore: number): End {
  return { files: copyFiles(disk.readFiles()), errors: errors.slice(errorsBefore), hasSucceeded }
}

function copyFiles(files: DiskFiles): DiskFiles {
  return new Map([...files].map(([name, bytes]) => [name, new Uint8Array(bytes)]))
}
