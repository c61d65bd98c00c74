import type { CallFault, DiskCall, FaultPlan } from './io-call.ts'
import { ioError } from './io-call.ts'
import { type Recording, recordOperations } from './recording.ts'
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
function failAt(mode: FaultMode, position: number, callsBefore: number): FaultPlan {
  let index = callsBefore
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

/** One fault of the disk. */
export interface Fault {
  readonly mode: FaultMode | 'quota'
  /** The index of the call that failed; for a quota, the bytes that the disk holds. */
  readonly at: number
  /** How often the upgrade was tried on the same connection. */
  readonly attempts: number
}

const quotaStepBytes = 4096

export interface CleanCall extends DiskCall {
  /** The total size of the files before the call. */
  readonly usedBytes: number
}

/** What a run does to the disk when nothing fails. */
export interface CleanRun {
  readonly calls: readonly CleanCall[]
  readonly milestones: Milestones
  /** What it asks SQLite, in the same order as the calls. */
  readonly recording: Recording
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
  const calls: CleanCall[] = []
  const failure: FaultPlan = (call, disk) => {
    calls.push({ ...call, usedBytes: disk.usedBytes() })
    return null
  }
  const recorder = recordOperations(upgrade, () => calls.length)
  simulateUpgrade(simulator, { plan, upgrade: recorder.upgrade, files, failure, milestones })
  const peakBytes = calls.reduce((peak, call) => Math.max(peak, call.usedBytes + call.growthBytes), 0)
  const startBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  return { calls, milestones, recording: recorder.recording, startBytes, peakBytes }
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

/** @param callsBefore how many calls the disk has had */
export function faultPlanOf({ mode, at }: Fault, callsBefore = 0): FaultPlan {
  return mode === 'quota' ? limitTo(at) : failAt(mode, at, callsBefore)
}

/** The index of the first call that the fault makes fail; null if it causes none. */
export function firstFailure({ calls }: CleanRun, fault: Fault): number | null {
  const plan = faultPlanOf(fault)
  const index = calls.findIndex((call) => plan(call, { usedBytes: () => call.usedBytes }) !== null)
  return index === -1 ? null : index
}
