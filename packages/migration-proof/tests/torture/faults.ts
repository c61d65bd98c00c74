import { brokenOutputs, type Fault } from './command.ts'
import type { Random } from './random.ts'

/** The system calls by which a command changes a disk, and about how many of each an upgrade makes. */
const calls = {
  pwrite64: 250,
  fsync: 45,
  unlink: 16,
  rename: 2,
  ftruncate: 3,
  mkdir: 2,
  rmdir: 4,
  fchmod: 3,
  fdatasync: 4,
  link: 2,
  chmod: 3,
}
const usual: Fault = { kind: 'none' }

export interface FaultWeights {
  readonly none: number
  readonly kill: number
  readonly 'kill-at-call': number
  readonly stop: number
  readonly error: number
  readonly output: number
}

/** Draws what happens to an upgrade or a restore. */
export function drawFault(
  random: Random,
  weights: FaultWeights,
  hasLines: boolean,
  milliseconds: number,
): Fault {
  const kind = random.weigh({ ...weights })
  switch (kind) {
    case 'kill':
      return drawSignal(random, 'SIGKILL', hasLines, milliseconds)
    case 'stop': {
      const signal = random.pick(['SIGINT', 'SIGTERM'] as const)
      return { ...drawSignal(random, signal, hasLines, milliseconds), twice: random.chance(0.2) }
    }
    case 'kill-at-call':
      return { kind, ...drawCall(random) }
    case 'error': {
      const error = random.pick(['ENOSPC', 'ENOSPC', 'EIO'])
      return { kind: 'error-at-call', ...drawCall(random), error, isLasting: random.chance(0.3) }
    }
    case 'output':
      return { kind, how: random.pick(Object.keys(brokenOutputs) as (keyof typeof brokenOutputs)[]) }
    default:
      return usual
  }
}

function drawSignal(
  random: Random,
  signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM',
  hasLines: boolean,
  milliseconds: number,
) {
  const afterLine = hasLines && random.chance(0.7) ? random.between(1, 13) : 0
  const delay = afterLine > 0 ? random.between(0, 40) : random.between(20, milliseconds)
  return { kind: 'signal', signal, afterLine, milliseconds: delay, twice: false } as const
}

function drawCall(random: Random) {
  const call = random.weigh({
    pwrite64: 8,
    fsync: 6,
    unlink: 5,
    rename: 3,
    ftruncate: 2,
    mkdir: 2,
    rmdir: 1,
    fchmod: 1,
    fdatasync: 1,
    link: 2,
    chmod: 1,
  })
  return { call, count: random.between(1, calls[call]) }
}

/** Whether a run that failed so may be unable to remove its drafts. */
export function preventsRemoval(injected: string | null, isLasting: boolean): boolean {
  return injected !== null && (isLasting || /^\d+ +(unlink|rmdir|unlinkat)\(/.test(injected))
}

export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'none':
      return ''
    case 'signal': {
      const moment = fault.afterLine === 0 ? '' : ` after line ${fault.afterLine}`
      return `, ${fault.signal}${fault.twice ? ' twice' : ''} at ${fault.milliseconds} ms${moment}`
    }
    case 'kill-at-call':
      return `, SIGKILL at ${fault.call} ${fault.count}`
    case 'error-at-call':
      return `, ${fault.error} at ${fault.call} ${fault.count}${fault.isLasting ? ' and later' : ''}`
    case 'output':
      return `, ${fault.how}`
  }
}
