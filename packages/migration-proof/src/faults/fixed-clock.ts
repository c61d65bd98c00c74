import { withFixedDate } from '../snapshots/clock.ts'

/** 2026-01-01T00:00:00Z, the time on every simulated disk. */
export const nowMilliseconds = Date.UTC(2026, 0, 1)

/**
 * Runs the work while the clock of JavaScript stands still, as that of SQLite does on a simulated disk: a version
 * store that writes `Date.now()` then writes the same bytes in each run.
 */
export function withFixedClock<Result>(work: () => Result): Result {
  return withFixedDate(nowMilliseconds, work)
}
