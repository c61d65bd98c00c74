import { DiagnosedError, errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { everyStepOf, type MigrationPlan } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import type { Suite } from '../proof/suite.ts'

/** Thrown instead of any other error that a project's version store throws. */
class VersionStoreError extends DiagnosedError {
  override readonly name = 'VersionStoreError'
}

/**
 * A suite whose version store throws only errors that name it: with a mutant, these are results like errors of the
 * engine, and not bugs in a check. Where the project has changed its tool, mutants are made of what an old file has, version by
 * version, and not of the baseline that makes new ones.
 */
export function guardSuite(suite: Suite): Suite {
  const whole = everyStepOf(suite.plan)
  const plan: MigrationPlan = { ...whole, versions: guardStore(whole.versions) }
  return { ...suite, plan, snapshots: suite.snapshots.filter(({ form }) => form !== 'fresh') }
}

// A store may be an instance of a class, whose methods a spread would not copy.
function guardStore(store: VersionStore): VersionStore {
  return {
    tables: store.tables,
    create: (connection) => guard('create', () => store.create(connection)),
    read: (connection) => guard('read', () => store.read(connection)),
    record: (connection, version) =>
      guard(`record of version ${version}`, () => store.record(connection, version)),
  }
}

function guard<Result>(work: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (errorCode(error) !== null || error instanceof DiagnosedError) throw error
    throw new VersionStoreError(
      {
        where: `The version store, ${work}`,
        expected: 'no error',
        actual: `the error '${errorMessage(error)}'`,
        fix: 'fix the version store of the suite',
      },
      { cause: error },
    )
  }
}
