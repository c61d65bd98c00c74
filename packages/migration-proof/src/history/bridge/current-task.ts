import { AsyncLocalStorage } from 'node:async_hooks'
import type { BridgeFailure, Refusal } from './errors.ts'

/** A call that this thread was given. */
export interface CurrentTask {
  readonly id: number
  /** Whether its promise has settled: nothing that it does afterwards may reach a database. */
  hasSettled: boolean
  /** Settles the call at once, whatever its code still does. */
  readonly refuse: (refusal: Refusal) => void
}

/** An error that names what a task does wrong. It is one of the harness, whatever the code between makes of it. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    const { expected, actual, fix } = refusal
    super(`expected ${expected}, found ${actual}; ${fix}`)
    this.refusal = refusal
  }
}

/** Which call a statement belongs to: what an earlier one has left running keeps its own. */
const owners = new AsyncLocalStorage<CurrentTask>()
let current: CurrentTask | null = null
/** What the code of a task may catch, and the call fails with all the same. */
let refused: Refusal | null = null

type ReportLate = (id: number, refusal: Refusal) => void
let reportLate: ReportLate = () => {}

/** @param report is given what a task does after it has settled */
export function onLate(report: ReportLate): void {
  reportLate = report
}

/** Runs a task as the current one. */
export function runAsCurrent<Result>(task: CurrentTask, work: () => Result): Result {
  current = task
  refused = null
  return owners.run(task, work)
}

/** The call that is running; null between two. */
export function currentTask(): CurrentTask | null {
  return current
}

/** Ends the current call. @returns what was refused in it */
export function settleCurrent(): Refusal | null {
  if (current !== null) current.hasSettled = true
  current = null
  const refusal = refused
  refused = null
  return refusal
}

/** Refuses what the current call does; it fails with it even if its code catches the error. */
export function refuseInTask(refusal: Refusal): never {
  refused ??= refusal
  throw new RefusalError(refusal)
}

/** Refuses a feature that the imitation does not have. A tool that can do without it may catch the error. */
export function refuseFeature(
  reason: Extract<BridgeFailure, 'not-supported'>,
  feature: string,
  fix: string,
): never {
  throw new RefusalError({
    reason,
    expected: 'a migration of statements alone, since they run in the connection of the harness',
    actual: feature,
    fix,
  })
}

/** @throws {RefusalError} where the code that runs belongs to a call that has settled */
export function requireCurrent(sql: string): void {
  const owner = owners.getStore() ?? current
  if (owner !== null && owner === current && !owner.hasSettled) return
  const shown = sql.replaceAll(/\s+/g, ' ').trim()
  const refusal: Refusal = {
    reason: 'late-statement',
    expected: 'all statements before its promise settles',
    actual: `the statement '${shown.length > 80 ? `${shown.slice(0, 79)}…` : shown}' after that, which did not run`,
    fix: 'await every promise that it makes',
  }
  reportLate(owner?.id ?? -1, refusal)
  throw new RefusalError(refusal)
}
