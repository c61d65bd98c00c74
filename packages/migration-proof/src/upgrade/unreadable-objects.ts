import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import type { SchemaObject } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { UpgradeRefusedError } from './errors.ts'

/**
 * Refuses the user's own objects that keep SQLite from proving that every row is kept, or from writing to a table of the
 * application: they need a function or collation that only another program has. What merely cannot be checked, such as
 * an index on a table of one's own, is no reason. SQLite compiles the statements, and runs none.
 *
 * @param extras the user's own objects
 * @throws {UpgradeRefusedError}
 */
export function refuseUnreadable(
  connection: Connection,
  path: string,
  extras: readonly SchemaObject[],
): void {
  const own = new Set(extras.filter(({ type }) => type === 'table').map(({ name }) => foldName(name)))
  for (const { type, name } of extras) if (type === 'table') refuseUnreadableTable(connection, path, name)
  const guests = extras.filter(
    ({ type, table }) => (type === 'index' || type === 'trigger') && !own.has(foldName(table)),
  )
  for (const table of new Set(guests.map(({ table }) => table))) {
    const names = guests.filter((guest) => guest.table === table).map(({ type, name }) => `${type} ${name}`)
    refuseUnwritableTable(connection, path, table, names)
  }
}

function refuseUnreadableTable(connection: Connection, path: string, table: string) {
  const name = `main.${quoteName(table)}`
  const found = findMissing(connection, `SELECT * FROM ${name} LIMIT 0`)
  // A virtual table stores its rows in other tables, which can be read.
  if (found === null || found.includes('module')) return
  // Of a table without a rowid, only a count says which collation its key needs.
  const reason = findMissing(connection, `SELECT count(*) FROM ${name}`) ?? found
  const fix = 'let the program that has what it needs export the table and drop it, and run again'
  throw refusal(`${path}, table ${table}`, 'a table that this SQLite can read', reason, fix)
}

function refuseUnwritableTable(
  connection: Connection,
  path: string,
  table: string,
  guests: readonly string[],
) {
  for (const statement of listWrites(connection, table)) {
    const reason = findMissing(connection, `EXPLAIN ${statement}`)
    if (reason === null) continue
    const which = guests.length === 1 ? guests.join() : `what needs it of ${guests.join(', ')}`
    const fix = `drop ${which}, run again, and make it again afterwards`
    throw refusal(`${path}, table ${table}`, 'a table that this SQLite can write to', reason, fix)
  }
}

/** Together they use every index and fire every trigger. A view has INSTEAD OF triggers only. */
function listWrites(connection: Connection, table: string): string[] {
  const name = `main.${quoteName(table)}`
  const columns = connection
    .all(`PRAGMA main.table_xinfo(${quoteName(table)})`)
    .filter(({ hidden }) => hidden === 0n)
    .map((column) => quoteName(String(column.name)))
  const assignments = columns.map((column) => `${column} = ${column}`).join(', ')
  return [
    `INSERT INTO ${name} DEFAULT VALUES`,
    `DELETE FROM ${name} WHERE 1 = 0`,
    ...(columns.length === 0 ? [] : [`UPDATE ${name} SET ${assignments}`]),
  ]
}

/** Why SQLite cannot compile a statement, where it is for lack of what another program has; null else. */
function findMissing(connection: Connection, statement: string): string | null {
  try {
    connection.all(statement)
    return null
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_ERROR') !== true) throw error
    const reason = errorMessage(error)
    return /\b((no such|unknown) (function|module|collation)|no query solution)/.test(reason) ? reason : null
  }
}

function refusal(where: string, expected: string, actual: string, fix: string) {
  return new UpgradeRefusedError('unreadable-schema', { where, expected, actual: `'${actual}'`, fix })
}
