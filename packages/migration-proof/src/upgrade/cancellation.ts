import { UpgradeCancelledError } from './errors.ts'
import type { Observer } from './model.ts'

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
