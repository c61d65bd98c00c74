// Goal: a mutant that starts from the version before its fault, which it shares with others, has the databases that its
// migrations build from nothing, on a connection of its own and one version at a time.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { modelsOf } from '../../src/behaviour/index.ts'
import { readUserContent } from '../../src/checks/check.ts'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { migrate } from '../../src/index.ts'
import { tryUpgrade } from '../../src/mutation/checks/databases.ts'
import { type MutantContext, openContext } from '../../src/mutation/checks/mutant-check.ts'
import type { Mutant } from '../../src/mutation/model.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import type { Connection } from '../../src/sql/connection.ts'
import { forum as suite } from '../support/forum.ts'

let context: MutantContext

beforeAll(async () => {
  context = await openContext({ suite, models: modelsOf(suite.facts.tables) })
})
afterAll(() => context.close())

function fromNothing<Result>(work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

const contentOf =
  ({ plan }: Mutant) =>
  (connection: Connection) =>
    readUserContent(connection, plan).contentHash

/** One of each operator and version. */
const mutants = [
  ...new Map(
    listMutants(suite)
      .filter((mutant) => mutant.migrate === migrate)
      .map((mutant) => [`${mutant.operator} ${mutant.version}`, mutant]),
  ).values(),
]

it.for(mutants.map((mutant) => [mutant.id, mutant] as const))('%s', ([, mutant]) => {
  const read = contentOf(mutant)
  const { databases } = context
  for (const { version } of mutant.plan.migrations.slice(mutant.version - 1)) {
    const expected = fromNothing((connection) => {
      tryUpgrade(mutant, connection, version)
      return read(connection)
    })
    const stepped = fromNothing((connection) => {
      for (let target = 1; target <= version; target++) tryUpgrade(mutant, connection, target)
      return read(connection)
    })
    expect(databases.withFresh(mutant, version, read)).toBe(expected)
    expect(stepped).toBe(expected)
  }
})
