import { UpgradeCancelledError } from './errors.ts'
import type { Observer } from './model.ts'

/**
 * Runs the work, and then what cleans up after it, whether the work succeeded or not. An error of the clean-up is
 * thrown only when the work succeeded: it must never stand in place of the error that came first.
 */
export function withCleanUp<Result>(work: () => Result, cleanUp: () => void): Result {
  let result: Result
  try {
    result = work()
  } catch (error) {
    tryToCleanUp(cleanUp)
    throw error
  }
  cleanUp()
  return result
}

/** As {@link withCleanUp}, for work that is waited for. */
export async function withAsyncCleanUp<Result>(
  work: () => Promise<Result>,
  cleanUp: () => void,
): Promise<Result> {
  let result: Result
  try {
    result = await work()
  } catch (error) {
    tryToCleanUp(cleanUp)
    throw error
  }
  cleanUp()
  return result
}

/** Cleans up as far as that can be done. */
export function tryToCleanUp(cleanUp: () => void): void {
  try {
    cleanUp()
  } catch {
    // The caller throws the error that came first.
  }
}

/** @throws {UpgradeCancelledError} when the person who started the work wants it to stop */
export function refuseCancelled(path: string, observer: Observer): void {
  if (observer.isCancelled()) throw new UpgradeCancelledError(path)
}

/** The migrator tells whatever stops a statement as a failure of its migration; this tells it as what it is. */
export function explainCancellation<Result>(path: string, observer: Observer, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const isCancellation = error instanceof Error && error.cause instanceof UpgradeCancelledError
    throw isCancellation && observer.isCancelled() ? new UpgradeCancelledError(path) : error
  }
}
