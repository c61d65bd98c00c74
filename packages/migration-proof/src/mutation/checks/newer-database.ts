import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrate } from '../../migrator/migrate.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import { diffContent, readContent } from '../../snapshots/content-hash.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant } from '../model.ts'
import { tryNewerVersion } from '../operators/tables-at.ts'
import type { MutantCheck, MutantContext } from './mutant-check.ts'

/** A server that was rolled back opens the database of the newer release. */
export const newerDatabase: MutantCheck = {
  name: 'newer database',
  keptBecause: 'it alone gives a migrator a database that a newer release wrote',
  sites: ['data', 'migrator'],
  run: offerNewer,
}

/**
 * A database that a newer release wrote is reported and not changed. Where the version store of the suite cannot read
 * such a version, its error is the report; where it cannot record one, there is no such database.
 */
function offerNewer(mutant: Mutant, { subject: { suite } }: MutantContext): readonly Problem[] {
  const newer = tryNewerVersion(suite.plan)
  if (newer === 'refused when it is recorded') return []
  const expected = newer === 'read' ? 'unknown-version' : 'an error'
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, mutant.plan)
    mutant.plan.versions.record(connection, latestVersionOf(mutant.plan) + 1)
    const before = readContent(connection)
    const actual =
      newer === 'read' ? mutant.migrate(connection, mutant.plan).outcome : tryRefused(mutant, connection)
    const changes = diffContent(before, readContent(connection))
    return [
      ...(actual === expected ? [] : [problemOf(expected, actual)]),
      ...changes.map((change) => problemOf('no change', change)),
    ]
  } finally {
    connection.close()
  }
}

function problemOf(expected: string, actual: string): Problem {
  const subject = { type: 'database', name: 'a newer database' } as const
  return makeProblem('newer database', { subject, expected, actual })
}

function tryRefused(mutant: Mutant, connection: Connection): string {
  try {
    return mutant.migrate(connection, mutant.plan).outcome
  } catch {
    return 'an error'
  }
}
