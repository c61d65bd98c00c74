import { quoteName } from '../sql/names.ts'
import { findNames, type History, readSqlFile, resolveFolder, toMigrations } from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/**
 * The folder of Cloudflare D1, which `wrangler d1 migrations apply` applies.
 *
 * Each file is one batch with its note. Foreign keys are on and cannot be switched off: a rebuild deletes the rows of children,
 * whatever the order, and `PRAGMA defer_foreign_keys` only defers errors. Read from wrangler 4, `d1/migrations`.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `migrations_table` of the wrangler file names
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { d1 } from 'migration-proof/d1'
 *
 * export default defineConfig({ name: 'shop', ...d1('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function d1(
  folder: string | URL = 'migrations',
  { table = 'd1_migrations' }: { readonly table?: string } = {},
): History {
  const path = resolveFolder(folder)
  const names = findNames(path, 'a file of SQL', (name) => name.endsWith('.sql'))
  const numberOf = (name: string) => Number.parseInt(name, 10)
  // A file without a number is neither before nor after another one.
  const ids = names.toSorted((left, right) => {
    const difference = numberOf(left) - numberOf(right)
    return Number.isNaN(difference) ? 0 : difference
  })
  const name = quoteName(table)
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: { late: 'wrangler applies it after the others', unknown: 'wrangler goes on' },
    create: (connection) =>
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${name}(\n\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,\n\t\tname       TEXT UNIQUE,\n\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL\n)`,
      ),
    list: (connection) => readIds(connection, table, 'name', 'id'),
    note: (connection, index) => {
      connection.all(`INSERT INTO ${name} (name) VALUES (?)`, [ids[index] ?? ''])
    },
  })
  const texts = ids.map((id) => readSqlFile(path, id))
  return {
    migrations: toMigrations(
      texts.map((file) => ({ id: file.name, name: file.name, sql: file.text, file: file.path })),
    ),
    versions,
    runner: { tool: 'wrangler', transaction: 'each', foreignKeys: 'on' },
  }
}
