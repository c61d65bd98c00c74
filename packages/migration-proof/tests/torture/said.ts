import type { Run } from './command.ts'

/** What an upgrade says of itself, read from its text or its JSON. */
export interface Said {
  readonly outcome: 'upgraded' | 'up-to-date' | 'rehearsed' | null
  readonly backup: string | null
  /** Where a restore says that it put the file that was there. */
  readonly replaced: string | null
}

const nothingSaid: Said = { outcome: null, backup: null, replaced: null }

export function readSaid(run: Run): Said {
  return run.parameters.includes('--json') ? readJson(run.stdout) : readText(run.stdout)
}

function readText(stdout: string): Said {
  const [, subject] = /^(.+): upgraded from version \d+ to \d+, and proven/m.exec(stdout) ?? []
  const [, backup = null] = /^ *To go back: .+ restore .+ '?(.+?\.backup)'?$/m.exec(stdout) ?? []
  const [, replaced = null] = /What was there is (.+?)(:|, | and |\.?$)/m.exec(stdout) ?? []
  if (subject !== undefined) {
    return { outcome: subject.includes('private copy') ? 'rehearsed' : 'upgraded', backup, replaced }
  }
  return {
    outcome: /up to date|^Another process has brought /m.test(stdout) ? 'up-to-date' : null,
    backup,
    replaced,
  }
}

function readJson(stdout: string): Said {
  try {
    const value = JSON.parse(stdout)
    const outcome = ['upgraded', 'up-to-date', 'rehearsed'].find(
      (name) => name === value.outcome,
    ) as Said['outcome']
    return {
      outcome: outcome ?? null,
      backup: value.report?.backup ?? null,
      replaced: value.replaced ?? null,
    }
  } catch {
    return nothingSaid
  }
}

/** What is wrong with how a command ended and what it said, whatever it did. */
export function judgeManners(
  run: Run,
): { kind: 'hanging' | 'bad-json' | 'unclear-error' | 'wrong-exit-code'; text: string }[] {
  const { exitCode, signal, stdout, stderr, fault } = run
  if (run.isHanging) return [{ kind: 'hanging', text: 'it did not end within two minutes' }]
  const stack = /^ {4}at .+$/m.exec(stderr + stdout)
  if (stack !== null) return [{ kind: 'unclear-error', text: `a stack trace: ${lastLines(stderr)}` }]
  if (signal !== null) {
    if (isExpectedSignal(run)) return []
    return [{ kind: 'wrong-exit-code', text: `ended by ${signal}: ${lastLines(stderr)}` }]
  }
  if (exitCode === null || exitCode > 2) {
    return [{ kind: 'wrong-exit-code', text: `exit code ${exitCode}: ${lastLines(stderr)}` }]
  }
  const breaksStdout = fault.kind === 'output' && fault.how.includes('stdout')
  const breaksStderr = fault.kind === 'output' && fault.how.includes('stderr')
  if (run.parameters.includes('--json') && !breaksStdout && !isJson(stdout)) {
    return [{ kind: 'bad-json', text: `exit code ${exitCode}, standard output: ${lastLines(stdout)}` }]
  }
  if (exitCode !== 0 && !breaksStderr) {
    // Where the work succeeded and its result could not be printed, that is all that is said.
    const beginnings = breaksStdout ? ['Error: ', 'Warning: The standard output: '] : ['Error: ']
    const isSaid = (line: string) => beginnings.some((beginning) => line.startsWith(beginning))
    const errors = stderr.split('\n').filter(isSaid)
    const isSentence =
      errors.length >= 1 && errors.every((line) => line.endsWith('.')) && stderr.endsWith('.\n')
    if (errors.filter((line) => line.startsWith('Error: ')).length > 1)
      return [{ kind: 'unclear-error', text: `two errors: ${lastLines(stderr)}` }]
    if (!isSentence) return [{ kind: 'unclear-error', text: `exit code ${exitCode}: ${lastLines(stderr)}` }]
  }
  return []
}

function isExpectedSignal({ fault, signal }: Run): boolean {
  if (fault.kind === 'kill-at-call') return signal === 'SIGKILL'
  return fault.kind === 'signal' && fault.signal === signal
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export function lastLines(text: string): string {
  return text === '' ? '(nothing)' : text.trim().split('\n').slice(-6).join(' ⏎ ')
}

/** The error that a command printed, or nothing. */
export function errorOf({ stderr }: Run): string {
  return stderr.split('\n').find((line) => line.startsWith('Error: ')) ?? ''
}
