import type { CallFault, DiskCall, FaultPlan } from './io-call.ts'
import { ioError } from './io-call.ts'
import { type Milestones, type RunOptions, simulateUpgrade } from './run.ts'
import type { Simulator } from './simulator.ts'

/** A way in which a disk fails from some call on. */
export type FaultMode = 'eio-once' | 'eio-for-good' | 'full-once' | 'full-for-good'

export const faultModes: readonly FaultMode[] = ['eio-once', 'eio-for-good', 'full-once', 'full-for-good']

/** A disk that is full takes no more bytes; half of the write that found out still arrives. */
const full: CallFault = { code: 'SQLITE_FULL', writtenShare: 0.5 }

/** Whether a call can fail in a mode at all: only a write finds a disk full. */
function canFail(mode: FaultMode, { kind }: DiskCall): boolean {
  return mode === 'eio-once' || mode === 'eio-for-good' || kind === 'write'
}

/** Fails the call at a place, counted from 0 over all calls, and in the modes `for-good` those after it too. */
function failAt(mode: FaultMode, place: number): FaultPlan {
  let index = 0
  return (call) => {
    const offset = index++ - place
    if (offset < 0) return null
    if (offset === 0) return mode.startsWith('eio') ? ioError(call) : full
    if (mode === 'eio-for-good') return ioError(call)
    // What the file holds already can still be written over.
    return mode === 'full-for-good' && call.growthBytes > 0 ? { ...full, writtenShare: 0 } : null
  }
}

/** Lets the files take so many bytes together, and no more. */
function limitTo(quotaBytes: number): FaultPlan {
  return ({ growthBytes }, disk) => {
    if (growthBytes === 0) return null
    return disk.usedBytes() + growthBytes > quotaBytes ? full : null
  }
}

/** Notes each call, and fails none. */
function noteCalls(calls: DiskCall[]): FaultPlan {
  return (call) => {
    calls.push(call)
    return null
  }
}

/** A way in which the disk failed. */
export interface Fault {
  readonly mode: FaultMode | 'quota'
  /** Which call failed, counted from 0; of a quota, how many bytes the disk took. */
  readonly at: number
  /** How often the upgrade was tried on the same connection. */
  readonly attempts: number
}

const quotaStepBytes = 4096

/** What a run asks of the disk when nothing fails. */
export interface CleanRun {
  readonly calls: readonly DiskCall[]
  readonly milestones: Milestones
  /** What the files take together before. */
  readonly startBytes: number
  /** The most that the files take together at any time. */
  readonly peakBytes: number
}

/**
 * Runs the upgrade where nothing fails.
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
  const note = noteCalls(calls)
  const failure: FaultPlan = (call, disk) => {
    peakBytes = Math.max(peakBytes, disk.usedBytes() + call.growthBytes)
    return note(call, disk)
  }
  simulateUpgrade(simulator, { plan, upgrade, files, failure, milestones })
  const startBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  return { calls, milestones, startBytes, peakBytes }
}

/** Every way in which the disk can fail in such a run, with one attempt each. */
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

export function planOf({ mode, at }: Fault): FaultPlan {
  return mode === 'quota' ? limitTo(at) : failAt(mode, at)
}
