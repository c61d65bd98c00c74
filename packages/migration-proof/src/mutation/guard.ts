import { DiagnosedError, errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import type { Suite } from '../proof/suite.ts'

/** Thrown in place of whatever a project's own version store throws. */
class VersionStoreError extends DiagnosedError {
  override readonly name = 'VersionStoreError'
}

/**
 * A suite whose version store throws nothing but errors that name it: on a mutant they are an outcome, as those of
 * the engine are, and no defect of a check.
 */
export function guardSuite(suite: Suite): Suite {
  const plan: MigrationPlan = { ...suite.plan, versions: guardStore(suite.plan.versions) }
  return { ...suite, plan }
}

// A store may be an object of a class, of which a spread would take nothing.
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
        remedy: 'fix the version store of the suite',
      },
      { cause: error },
    )
  }
}
