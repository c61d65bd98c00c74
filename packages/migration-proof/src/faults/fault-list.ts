import type { CallFault, DiskCall, FaultPlan } from './io-call.ts'
import { ioError } from './io-call.ts'
import { type Milestones, type RunOptions, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'

/** How a disk fails from a given call on. */
export type FaultMode = 'eio-once' | 'eio-for-good' | 'full-once' | 'full-for-good'

export const faultModes: readonly FaultMode[] = ['eio-once', 'eio-for-good', 'full-once', 'full-for-good']

/** A full disk accepts no more bytes; half of the first write that fails still reaches the file. */
const full: CallFault = { code: 'SQLITE_FULL', writtenShare: 0.5 }

/** Whether a call can fail in a mode: only a write can find the disk full. */
function canFail(mode: FaultMode, { kind }: DiskCall): boolean {
  return mode === 'eio-once' || mode === 'eio-for-good' || kind === 'write'
}

/** Fails the call at a position, counted from 0 over all calls, and in the modes `for-good` all later ones. */
function failAt(mode: FaultMode, position: number): FaultPlan {
  let index = 0
  return (call) => {
    const offset = index++ - position
    if (offset < 0) return null
    if (offset === 0) return mode.startsWith('eio') ? ioError(call) : full
    if (mode === 'eio-for-good') return ioError(call)
    // Existing bytes of the file can still be overwritten.
    return mode === 'full-for-good' && call.growthBytes > 0 ? { ...full, writtenShare: 0 } : null
  }
}

/** Limits the total size of the files. */
function limitTo(quotaBytes: number): FaultPlan {
  return ({ growthBytes }, disk) => {
    if (growthBytes === 0) return null
    return disk.usedBytes() + growthBytes > quotaBytes ? full : null
  }
}

/** Records each call, and fails none. */
function recordCalls(calls: DiskCall[]): FaultPlan {
  return (call) => {
    calls.push(call)
    return null
  }
}

/** One fault of the disk. */
export interface Fault {
  readonly mode: FaultMode | 'quota'
  /** The index of the call that failed; for a quota, the bytes that the disk holds. */
  readonly at: number
  /** How often the upgrade was tried on the same connection. */
  readonly attempts: number
}

const quotaStepBytes = 4096

/** What a run does to the disk when nothing fails. */
export interface CleanRun {
  readonly calls: readonly DiskCall[]
  readonly milestones: Milestones
  /** The total size of the files before the run. */
  readonly startBytes: number
  /** The largest total size of the files during the run. */
  readonly peakBytes: number
}

/**
 * Runs the upgrade without a fault.
 *
 * @throws what the upgrade throws
 */
export function observeClean(
  simulator: Simulator,
  { plan, files, upgrade }: Pick<RunOptions, 'plan' | 'files' | 'upgrade'>,
): CleanRun {
  const { milestones, errors } = simulateUpgrade(simulator, { plan, upgrade, files })
  if (errors.length > 0) throw errors[0]
  const calls: DiskCall[] = []
  let peakBytes = 0
  const note = recordCalls(calls)
  const failure: FaultPlan = (call, disk) => {
    peakBytes = Math.max(peakBytes, disk.usedBytes() + call.growthBytes)
    return note(call, disk)
  }
  simulateUpgrade(simulator, { plan, upgrade, files, failure, milestones })
  const startBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  return { calls, milestones, startBytes, peakBytes }
}

/** Every fault of the disk that such a run can meet, with one attempt each. */
export function listFaults({ calls, peakBytes, startBytes }: CleanRun, every: number): Fault[] {
  const singles = faultModes.flatMap((mode) =>
    calls.flatMap((call, at) => (at % every === 0 && canFail(mode, call) ? [{ mode, at }] : [])),
  )
  const steps = Math.ceil((peakBytes - startBytes) / quotaStepBytes)
  const quotas = Array.from({ length: steps }, (_, step) => startBytes + step * quotaStepBytes)
    .filter((_, step) => step % every === 0)
    .map((at) => ({ mode: 'quota' as const, at }))
  return [...singles, ...quotas].map((fault) => ({ ...fault, attempts: 1 }))
}

export function faultPlanOf({ mode, at }: Fault): FaultPlan {
  return mode === 'quota' ? limitTo(at) : failAt(mode, at)
}
