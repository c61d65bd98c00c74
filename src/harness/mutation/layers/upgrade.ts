import type { Connection } from '../../sql/connection.ts'
import type { Mutant } from '../model.ts'

/**
 * Brings a database to a version. An upgrade that fails is no matter of most layers: they look at what it
 * has left behind.
 *
 * @returns the error; null for an upgrade that ended well
 */
export function tryUpgrade({ plan, migrate }: Mutant, connection: Connection, target: number): unknown {
  try {
    migrate(connection, plan, { target })
    return null
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    return error ?? 'an error'
  }
}
