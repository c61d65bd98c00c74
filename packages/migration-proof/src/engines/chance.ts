/** The run of a migration, which has random numbers of its own. */
export interface MigrationRun {
  readonly version: number
}

/** By this name: what a config imports is another bundle than the command that runs its migrations. */
const key = Symbol.for('migration-proof run of a migration')

/** The migration that runs in this thread; null for none. */
export function currentRun(): MigrationRun | null {
  const run: MigrationRun | null | undefined = Reflect.get(globalThis, key)
  return run ?? null
}

/** Says which migration runs from now on, where a tool runs them by itself. */
export function enterRun(run: MigrationRun | null): void {
  Reflect.set(globalThis, key, run)
}

/** Does the work of a migration, in which another one may run. */
export function duringRun<Result>(run: MigrationRun, work: () => Result): Result {
  const outer = currentRun()
  enterRun(run)
  try {
    return work()
  } finally {
    enterRun(outer)
  }
}
