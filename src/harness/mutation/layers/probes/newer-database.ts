import Database from 'better-sqlite3'
import { migrate } from '../../../migrator/migrate.ts'
import { latestVersionOf } from '../../../migrator/plan.ts'
import { diffContent, readContent } from '../../../snapshots/content-hash.ts'
import { betterSqliteConnection } from '../../../sql/better-sqlite.ts'
import type { Mutant, Symptom } from '../../model.ts'

/** A database that newer software made is reported and left alone. */
export function probeNewerDatabase(mutant: Mutant): readonly Symptom[] {
  const connection = betterSqliteConnection(new Database(':memory:'))
  try {
    migrate(connection, mutant.plan)
    mutant.plan.versions.record(connection, latestVersionOf(mutant.plan) + 1)
    const before = readContent(connection)
    const { outcome } = mutant.migrate(connection, mutant.plan)
    const changes = diffContent(before, readContent(connection))
    return [
      ...(outcome === 'unknown-version'
        ? []
        : [{ object: 'a newer database', expected: 'unknown-version', actual: outcome }]),
      ...changes.map((change) => ({ object: 'a newer database', expected: 'no change', actual: change })),
    ]
  } finally {
    connection.close()
  }
}
