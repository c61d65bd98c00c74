import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'

/** What a version store does with the version after the latest: it notes and reads it, or refuses the one or the other. */
export type NewerVersion = 'read' | 'refused when it is read' | 'refused when it is noted'

const answers = new WeakMap<MigrationPlan, NewerVersion>()

/** Tries what the version store of a plan does with the version after the latest. */
export function tryNewerVersion(plan: MigrationPlan): NewerVersion {
  const answer = answers.get(plan) ?? ask(plan)
  answers.set(plan, answer)
  return answer
}

function ask(plan: MigrationPlan): NewerVersion {
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, plan)
    if (!succeeds(() => plan.versions.record(connection, latestVersionOf(plan) + 1)))
      return 'refused when it is noted'
    return succeeds(() => plan.versions.read(connection)) ? 'read' : 'refused when it is read'
  } finally {
    connection.close()
  }
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
