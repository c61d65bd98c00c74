import { duringRun } from '../engines/chance.ts'
import { foldName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens } from '../sql/tokens.ts'
import { MigrationRefusedError } from './errors.ts'
import { noteLateStatement } from './late-statements.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import { findTransactionControl } from './transaction.ts'

let haveReadRows = false

/** Whether a migration has read rows in this thread: what the code of its project throws later may hold their values. */
export function haveMigrationsReadRows(): boolean {
  return haveReadRows
}

/** What is known of the transaction that a migration runs in. */
export interface Surroundings {
  readonly inTransaction: boolean
  /** Whether the migration may begin and end transactions, as the tool of its project lets it. */
  readonly mayControl?: boolean
}

/**
 * Runs what a migration does. All that runs a migration goes through here: what an `up` does after it has returned
 * would run outside of the transaction, and after the version is noted; so would what follows a COMMIT of its own.
 *
 * @param surroundings the connection itself, where a transaction is open that must be open afterwards
 * @throws {MigrationRefusedError} when `up` returns a promise or a generator; whatever it still does with its connection is
 *   refused
 * @throws {MigrationRefusedError} when `up` would begin or end a transaction, or has ended it
 * @throws whatever the migration or the engine throws
 */
export function runUp(
  migration: Migration,
  connection: MigrationConnection,
  surroundings: Surroundings = { inTransaction: false },
): void {
  let hasReturned = false
  let isAsynchronous = false
  // A migration may swallow the error; the refusal stays.
  let refusal: MigrationRefusedError | null = null
  const mustStayOpen = surroundings.inTransaction && surroundings.mayControl !== true

  // In the place of a transaction of its own, which one may have that asks its tool for none, stands that of the migrator. There
  // SQLite runs no VACUUM, which changes nothing that a migration may rely on.
  const isLeftOut = (sql: string) =>
    migration.transaction === 'none' &&
    surroundings.mayControl !== true &&
    (/^(?:BEGIN|COMMIT|END)$/.test(findTransactionControl(sql) ?? '') || isVacuum(sql))

  const during = <Result>(sql: string, work: () => Result): Result => {
    if (hasReturned) {
      const error = late(migration)
      // One that returned a promise was refused already.
      if (!isAsynchronous) noteLateStatement(error)
      throw error
    }
    const control = surroundings.mayControl === true ? null : findTransactionControl(sql)
    if (control !== null)
      refusal ??= controlsTransaction(migration, `the statement ${control}, which did not run`)
    if (refusal !== null) throw refusal
    try {
      return work()
    } finally {
      // INSERT OR ROLLBACK, RAISE(ROLLBACK), a disk that fails: each ends the transaction, and throws.
      if (mustStayOpen && !surroundings.inTransaction)
        refusal ??= controlsTransaction(migration, 'a statement that ended it, and an up that went on')
    }
  }
  const lent: MigrationConnection = {
    exec: (sql) => {
      // A text of several statements may have its BEGIN and COMMIT among them.
      const parts = migration.transaction === 'none' ? splitStatements(sql) : [sql]
      for (const part of parts) if (!isLeftOut(part)) during(part, () => connection.exec(part))
    },
    all: (sql, parameters) => {
      if (isLeftOut(sql)) return []
      const rows = during(sql, () => connection.all(sql, parameters))
      if (rows.length > 0) haveReadRows = true
      return rows
    },
  }
  let returned: unknown
  try {
    returned = duringRun({ version: migration.version }, () => migration.up(lent))
  } finally {
    hasReturned = true
  }
  isAsynchronous = isThenable(returned)
  if (isAsynchronous) {
    // It will fail at its next statement, which is no failure of the process.
    Promise.resolve(returned).catch(() => {})
    throw asynchronous(migration)
  }
  if (isGenerator(returned)) throw generator(migration)
  if (refusal !== null) throw refusal
}

/** Whether a statement writes the database itself again, and no other file. */
export function isVacuum(sql: string): boolean {
  const words = significantTokens(sql).map(({ text }) => foldName(text))
  return words[0] === 'vacuum' && !words.includes('into')
}

/** A generator function runs nothing before the first `next`. */
function isGenerator(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const isIterator = 'next' in value && typeof value.next === 'function'
  return isIterator && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const canHold = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canHold && 'then' in value && typeof value.then === 'function'
}

function controlsTransaction(migration: Migration, actual: string) {
  return new MigrationRefusedError('transaction', migration, {
    expected: 'an up that leaves its transaction to the migrator',
    actual,
    fix: "let the migration not begin, commit or roll back, nor use the savepoints v1, v2 …; one that was released so may have `transaction: 'none'`",
  })
}

const expectedOfUp = 'an up that has done its work when it returns'

function asynchronous(migration: Migration) {
  return new MigrationRefusedError('asynchronous', migration, {
    expected: expectedOfUp,
    actual: 'a promise',
    fix: 'let it run its statements without await',
  })
}

function generator(migration: Migration) {
  return new MigrationRefusedError('asynchronous', migration, {
    expected: expectedOfUp,
    actual: 'a generator, which has run nothing',
    fix: 'let it be a function without *',
  })
}

function late(migration: Migration) {
  return new MigrationRefusedError('late-statement', migration, {
    expected: expectedOfUp,
    actual: 'a statement after it had returned',
    fix: 'let it run all its statements before it returns',
  })
}
