import { MigrationRefusedError } from './errors.ts'
import type { Migration, MigrationConnection } from './migration.ts'

/**
 * Runs what a migration does. All that runs a migration goes through here: what an `up` does after it has returned
 * would run outside of the transaction, and after the version is noted.
 *
 * @throws {MigrationRefusedError} when `up` returns a promise; whatever it still does with its connection is refused
 * @throws whatever the migration or the engine throws
 */
export function runUp(migration: Migration, connection: MigrationConnection): void {
  let hasReturned = false
  const during = <Result>(work: () => Result): Result => {
    if (hasReturned) throw asynchronous(migration, 'a statement after it had returned')
    return work()
  }
  const lent: MigrationConnection = {
    exec: (sql) => during(() => connection.exec(sql)),
    all: (sql, parameters) => during(() => connection.all(sql, parameters)),
  }
  let returned: unknown
  try {
    returned = migration.up(lent)
  } finally {
    hasReturned = true
  }
  if (!isThenable(returned)) return
  // It will fail at its next statement, which is no failure of the process.
  Promise.resolve(returned).catch(() => {})
  throw asynchronous(migration, 'a promise')
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const canHold = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canHold && 'then' in value && typeof value.then === 'function'
}

function asynchronous(migration: Migration, actual: string) {
  return new MigrationRefusedError('asynchronous', migration, {
    expected: 'an up that has done its work when it returns',
    actual,
    remedy: 'let it run its statements without await',
  })
}
