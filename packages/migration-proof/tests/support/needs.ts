import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'

/** Something that a test needs of the machine. */
export interface Need {
  readonly isMet: boolean
  /** Why the tests are skipped, as part of their name. */
  readonly reason: string
}

const isCI = Boolean(process.env.CI)

/**
 * A need of some tests. At home they are skipped where it is not met, and say so; in CI they run, and fail.
 */
export function need(what: string, isMet: boolean): Need {
  if (isMet || isCI) return { isMet: true, reason: what }
  const reason = `needs ${what}`
  // Not through the console, which the test runner shows for failed tests only.
  writeSync(2, `Skipped: ${reason}.\n`)
  return { isMet: false, reason }
}

/** Whether a program is there and can do what it is asked. */
export function canRun(command: string, ...parameters: string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0
}

export const isRoot = process.getuid?.() === 0
