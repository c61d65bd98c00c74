import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What happens to a command while it runs. */
export type Fault =
  | { readonly kind: 'none' }
  /** A signal, so many milliseconds after the start or after a line of the standard error. */
  | {
      readonly kind: 'signal'
      readonly signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'
      readonly afterLine: number
      readonly milliseconds: number
      readonly twice: boolean
    }
  /** SIGKILL in place of the n-th system call of a name, in any of the command's threads and children. */
  | { readonly kind: 'kill-at-call'; readonly call: string; readonly count: number }
  /** The n-th system call of a name fails, or each from then on. */
  | {
      readonly kind: 'error-at-call'
      readonly call: string
      readonly count: number
      readonly error: string
      readonly isLasting: boolean
    }
  /** The standard output or error is closed, full, or its reader goes away. */
  | { readonly kind: 'output'; readonly how: keyof typeof brokenOutputs }

/** How a shell breaks the output of the command that its parameters are. */
export const brokenOutputs = {
  'stdout closed': '"$@" >&-',
  'stderr closed': '"$@" 2>&-',
  'stdout and stderr closed': '"$@" >&- 2>&-',
  'stdout full': '"$@" >/dev/full',
  'stderr full': '"$@" 2>/dev/full',
  'reader of stdout gone': 'set -o pipefail; "$@" | head -1',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that reads this variable.
  'reader of stderr gone': '{ "$@" 2>&3 | cat; exit "${PIPESTATUS[0]}"; } 3> >(head -1 >/dev/null)',
} as const

export interface Command {
  /** The program and its parameters. */
  readonly parameters: readonly string[]
  /** The folder that it runs in. */
  readonly folder: string
  /** TMPDIR of the command. */
  readonly temporary: string
  /** A folder for what strace writes. */
  readonly scratch: string
  readonly fault: Fault
}

/** How a command ended, and what it said. */
export interface Run {
  readonly parameters: readonly string[]
  readonly fault: Fault
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  /** The system call that was made to fail, as strace printed it; null where none was. */
  readonly injected: string | null
  /** It did not end by itself. */
  readonly isHanging: boolean
}

/** A command that takes as long as this hangs. It is ended, so that the test goes on. */
const patienceMilliseconds = 120_000

let runs = 0

/** Runs a command, breaks it as the fault says, and waits until its children have ended, too. */
export async function runCommand({ parameters, folder, temporary, scratch, fault }: Command): Promise<Run> {
  const log = join(scratch, `strace-${++runs}`)
  const [program = '', ...rest] = [...prefixOf(fault, log), ...parameters]
  const { NODE_OPTIONS: _, FORCE_COLOR: __, ...environment } = process.env
  const child = spawn(program, rest, {
    // A process group of its own, so that children that outlive it are found.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    env: { ...environment, TMPDIR: temporary, NO_COLOR: '1' },
  })
  const output = collect(child)
  let isHanging = false
  const guard = setTimeout(() => {
    isHanging = true
    signalGroup(child, 'SIGKILL')
  }, patienceMilliseconds)
  if (fault.kind === 'signal') scheduleSignal(child, fault)
  const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, end) => resolve([code, end]))
  })
  clearTimeout(guard)
  await endOfGroup(child)
  const injected = readInjected(log)
  return { parameters, fault, exitCode, signal, ...output(), injected, isHanging }
}

function prefixOf(fault: Fault, log: string): string[] {
  if (fault.kind === 'output') return ['bash', '-c', brokenOutputs[fault.how], 'bash']
  if (fault.kind !== 'kill-at-call' && fault.kind !== 'error-at-call') return []
  const what = fault.kind === 'kill-at-call' ? 'signal=KILL' : `error=${fault.error}`
  const when = `${fault.count}${fault.kind === 'error-at-call' && fault.isLasting ? '+' : ''}`
  const inject = `inject=${fault.call}:${what}:when=${when}`
  return [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-y',
    '-s',
    '0',
    '-o',
    log,
    '-e',
    `trace=${fault.call}`,
    '-e',
    inject,
  ]
}

function collect(child: ChildProcess) {
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
  child.stdout?.on('data', (chunk) => chunks.stdout.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.stderr.push(chunk))
  return () => ({
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
  })
}

function scheduleSignal(child: ChildProcess, fault: Fault & { readonly kind: 'signal' }) {
  const send = () => {
    child.kill(fault.signal)
    if (fault.twice) setTimeout(() => child.kill(fault.signal), 15)
  }
  if (fault.afterLine === 0) {
    setTimeout(send, fault.milliseconds)
    return
  }
  let lines = 0
  child.stderr?.on('data', (chunk: Buffer) => {
    const before = lines
    lines += chunk.toString().split('\n').length - 1
    if (before < fault.afterLine && lines >= fault.afterLine) setTimeout(send, fault.milliseconds)
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-(child.pid ?? Number.NaN), signal)
    return true
  } catch {
    return false
  }
}

/** A killed command may leave a child that still copies a file. */
async function endOfGroup(child: ChildProcess) {
  for (let waits = 0; signalGroup(child, 0) && waits < 1000; waits++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  signalGroup(child, 'SIGKILL')
}

function readInjected(log: string): string | null {
  if (!existsSync(log)) return null
  const line = readFileSync(log, 'utf8')
    .split('\n')
    .find((text) => text.includes('(INJECTED)'))
  rmSync(log)
  return line ?? null
}
