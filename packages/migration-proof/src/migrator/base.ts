import { DiagnosedError, errorMessage, shownPath } from '../errors.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { errorCode, MigrationFailedError } from './errors.ts'
import type { Migration, MigrationConnection } from './migration.ts'
import { transact } from './transaction.ts'

/** Thrown when a file cannot precede the first migration. */
export class BaseError extends DiagnosedError {
  override readonly name = 'BaseError'
}

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

/** What SQLite says of a name that is taken; it has no code of its own for that. */
const taken = [
  /^(?:table|view|index|trigger) (?<object>.+) already exists$/,
  /^there is already (?:a table|an index) named (?<object>.+)$/,
  /^duplicate column name: (?<column>.+)$/,
]

/**
 * Why a migration failed, where the base has what it makes: a dump of a later schema was named.
 *
 * @returns null where that is not the reason
 */
export function explainByBase(
  error: unknown,
  connection: Connection,
  plan: { readonly base?: Base },
  { version, name }: Pick<Migration, 'version' | 'name'>,
): BaseError | null {
  if (plan.base === undefined || !(error instanceof MigrationFailedError)) return null
  const { cause } = error
  if (errorCode(cause) !== 'SQLITE_ERROR') return null
  const found = taken.map((pattern) => pattern.exec(errorMessage(cause))?.groups).find((groups) => groups)
  if (found === undefined || !holds(connection, plan, found, error.statement ?? '')) return null
  const what = found.object ?? `the column ${found.column}`
  return new BaseError(
    {
      where: shownPath(plan.base.file),
      expected: 'a schema without what the migrations make',
      actual: `${what}, which migration v${version} (${name}) makes`,
      fix: 'name as `base` the schema as it was before the first migration: a dump of a later one is none',
    },
    { cause: error },
  )
}

/** Whether the base has an object, or a column in a table that the statement names. */
function holds(
  connection: Connection,
  plan: { readonly base?: Base },
  { object, column = '' }: Readonly<Record<string, string>>,
  statement: string,
): boolean {
  const memory = connection.openMemory()
  try {
    layBase(memory, plan)
    if (object !== undefined)
      return memory.all('SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE', [object]).length > 0
    const words = new Set(significantTokens(statement).map((token) => foldName(unquote(token))))
    return memory
      .all(
        `SELECT s.name AS name FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS c
          WHERE s.type = 'table' AND c.name = ? COLLATE NOCASE`,
        [column],
      )
      .some(({ name }) => words.has(foldName(String(name))))
  } finally {
    memory.close()
  }
}
