import { MigrationRefusedError } from '../../migrator/errors.ts'
import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import type { Mutant } from '../model.ts'

/**
 * Brings a database to a version. An upgrade that fails is no matter of most checks: they look at what it
 * has left behind. Where the migrator refuses to fire a trigger of a user, this does what its error says: it drops the
 * trigger, upgrades, and creates it again.
 *
 * @returns the error; null for an upgrade that ended well
 */
export function tryUpgrade(mutant: Mutant, connection: Connection, target: number): unknown {
  const error = attempt(mutant, connection, target)
  if (!(error instanceof MigrationRefusedError) || error.reason !== 'trigger-fires') return error
  const triggers = error.objects.flatMap((name) => readTrigger(connection, name))
  // Those of the connection alone are not in the schema, and are not dropped.
  if (triggers.length === 0) return error
  for (const { name } of triggers) connection.exec(`DROP TRIGGER main.${quoteName(name)}`)
  const outcome = tryUpgrade(mutant, connection, target)
  for (const { sql } of triggers) attemptTo(() => connection.exec(sql))
  return outcome
}

function attempt({ plan, migrate }: Mutant, connection: Connection, target: number): unknown {
  try {
    migrate(connection, plan, { target })
    return null
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    return error ?? 'an error'
  }
}

function readTrigger(connection: Connection, trigger: string) {
  return connection
    .all("SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND name = ? COLLATE NOCASE", [
      trigger,
    ])
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
}

/** A mutant may have taken the table of a trigger: that the trigger is gone is for the checks to see. */
function attemptTo(work: () => void) {
  try {
    work()
  } catch {
    // It stays away.
  }
}
