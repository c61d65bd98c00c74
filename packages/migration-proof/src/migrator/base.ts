import type { Connection } from '../sql/connection.ts'
import type { MigrationConnection } from './migration.ts'
import { transact } from './transaction.ts'

/** What precedes the first migration: the objects and rows that a database of version 0 has. */
export interface Base {
  /** The path of the file that says it. */
  readonly file: string
  /** What makes it in an empty database, inside of a transaction. */
  readonly statements: readonly string[]
}

/**
 * Whether a database is empty though its history has a base, so that it is not even at version 0 yet. One that notes its version
 * in the header may have no object any more.
 */
export function lacksBase(connection: MigrationConnection, { base }: { readonly base?: Base }): boolean {
  if (base === undefined) return false
  const isEmpty = connection.all('SELECT 1 FROM main.sqlite_schema LIMIT 1').length === 0
  return isEmpty && connection.all('PRAGMA main.user_version')[0]?.user_version === 0n
}

/**
 * Makes the base of a history, where it has one and the database is empty: what is empty becomes version 0. Everything that
 * builds a version from nothing begins here.
 *
 * @param observed the same connection, for what changes the database
 */
export function layBase(
  connection: Connection,
  plan: { readonly base?: Base },
  observed: Connection = connection,
): void {
  if (!lacksBase(connection, plan)) return
  const lay = () => {
    // Another process may have been faster before the lock was taken.
    const statements = lacksBase(connection, plan) ? plan.base?.statements : []
    for (const statement of statements ?? []) observed.exec(statement)
  }
  if (connection.inTransaction) lay()
  else transact(observed, lay)
}
