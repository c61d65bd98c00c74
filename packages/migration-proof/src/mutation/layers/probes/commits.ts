import { betterSqliteConnection, openMemory } from '../../../engines/better-sqlite3.ts'
import { expectedSchema } from '../../../migrator/expected-schema.ts'
import { readVersion } from '../../../migrator/versions.ts'
import { diffSchemas } from '../../../schema/diff.ts'
import { readSchema } from '../../../schema/read.ts'
import type { Connection } from '../../../sql/connection.ts'
import type { Mutant, Symptom } from '../../model.ts'

/**
 * Whatever is committed is one whole version: a start that finds less or more can often go on from there,
 * since statements that create only what is missing run twice, but one that changes rows must not.
 */
export function probeCommits(mutant: Mutant): readonly Symptom[] {
  const connection = betterSqliteConnection(openMemory())
  try {
    const symptoms: Symptom[] = []
    const look = () => {
      if (!connection.inTransaction && symptoms.length === 0) symptoms.push(...compare(mutant, connection))
    }
    mutant.migrate(connection, mutant.plan, { beforeStatement: look })
    look()
    return symptoms
  } finally {
    connection.close()
  }
}

function compare({ plan }: Mutant, connection: Connection): Symptom[] {
  const version = readVersion(connection, plan)
  return diffSchemas(expectedSchema(connection, plan, version), readSchema(connection)).map(
    ({ object, aspect, expected, actual }) => ({
      object: `version ${version} as it was committed, ${object.type} ${object.name}, ${aspect}`,
      expected,
      actual,
    }),
  )
}
