import { betterSqliteConnection, openMemory } from '../../../engines/better-sqlite3.ts'
import { runUp } from '../../../migrator/run-up.ts'
import type { Connection } from '../../../sql/connection.ts'
import type { Mutant, Symptom } from '../../model.ts'

/** Each migration runs once on the database, and foreign keys are what they were. */
export function probeSingleRun(mutant: Mutant): readonly Symptom[] {
  const connection = betterSqliteConnection(openMemory())
  try {
    connection.exec('PRAGMA foreign_keys = ON')
    const runs = countRuns(mutant, connection)
    const wrong = mutant.plan.migrations.filter(({ version }) => runs.get(version) !== 1)
    const isOn = connection.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n
    return [
      ...wrong.map(({ version }) => ({
        object: `version ${version}`,
        expected: 'one run',
        actual: `${runs.get(version) ?? 0} runs`,
      })),
      ...(isOn ? [] : [{ object: 'foreign keys', expected: 'on, as before', actual: 'off' }]),
    ]
  } finally {
    connection.close()
  }
}

/** How often each migration ran on the database itself, and not on one that was made to compare with. */
function countRuns({ plan, migrate }: Mutant, connection: Connection): ReadonlyMap<number, number> {
  const runs = new Map<number, number>()
  let memories = 0
  const watched: Connection = {
    exec: (sql) => connection.exec(sql),
    all: (sql, parameters) => connection.all(sql, parameters),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => {
      const memory = connection.openMemory()
      memories += 1
      return {
        exec: (sql) => memory.exec(sql),
        all: (sql, parameters) => memory.all(sql, parameters),
        get inTransaction() {
          return memory.inTransaction
        },
        openMemory: () => memory.openMemory(),
        close: () => {
          memories -= 1
          memory.close()
        },
      }
    },
    close: () => connection.close(),
  }
  const migrations = plan.migrations.map((migration) => ({
    ...migration,
    up: (inner: Parameters<typeof migration.up>[0]) => {
      if (memories === 0) runs.set(migration.version, (runs.get(migration.version) ?? 0) + 1)
      runUp(migration, inner)
    },
  }))
  migrate(watched, { ...plan, migrations })
  return runs
}
