import { type CallFault, type DiskCall, type FaultPlan, ioError } from './io-call.ts'

/** A way in which a disk fails from some call on. */
export type FaultMode = 'eio-once' | 'eio-for-good' | 'full-once' | 'full-for-good'

export const faultModes: readonly FaultMode[] = ['eio-once', 'eio-for-good', 'full-once', 'full-for-good']

/** A disk that is full takes no more bytes; half of the write that found out still arrives. */
const full: CallFault = { code: 'SQLITE_FULL', writtenShare: 0.5 }

/** Whether a call can fail in a mode at all: only a write finds a disk full. */
export function canFail(mode: FaultMode, { kind }: DiskCall): boolean {
  return mode === 'eio-once' || mode === 'eio-for-good' || kind === 'write'
}

/** Fails the call at a place, counted from 0 over all calls, and in the modes `for-good` those after it too. */
export function failAt(mode: FaultMode, place: number): FaultPlan {
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
export function limitTo(quotaBytes: number): FaultPlan {
  return ({ growthBytes }, disk) => {
    if (growthBytes === 0) return null
    return disk.usedBytes() + growthBytes > quotaBytes ? full : null
  }
}

/** Notes each call, and fails none. */
export function noteCalls(calls: DiskCall[]): FaultPlan {
  return (call) => {
    calls.push(call)
    return null
  }
}
