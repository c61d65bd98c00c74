import { quoteName } from '../sql/names.ts'
import {
  byNumber,
  findNames,
  type History,
  numberOf,
  readSqlFile,
  resolveFolder,
  toMigrations,
} from './sql-folder.ts'
import { noteOfLast, readNotes } from './version-notes.ts'

/**
 * The folder of golang-migrate: files such as `000001_add_notes.up.sql`.
 *
 * Each is a transaction. The database notes the last one alone, and whether it failed: a migration that is merged later with a
 * lower number is never applied, and no one sees it. The rules are emulated, and were not checked against the tool.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `x-migrations-table` names; `foreignKeys` what the connection string says
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { golangMigrate } from 'migration-proof/golang-migrate'
 *
 * export default defineConfig({ name: 'shop', ...golangMigrate('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function golangMigrate(
  folder: string | URL = 'migrations',
  {
    table = 'schema_migrations',
    foreignKeys = 'off',
  }: { readonly table?: string; readonly foreignKeys?: 'on' | 'off' } = {},
): History {
  const path = resolveFolder(folder)
  const what = 'files such as 000001_add_notes.up.sql'
  const names = byNumber(
    path,
    findNames(path, what, (name) => /^\d+_.*\.up\.sql$/.test(name)),
  )
  const ids = names.map((name) => `${numberOf(path, name)}`)
  const files = names.map((name) => readSqlFile(path, name))
  const name = quoteName(table)
  const versions = noteOfLast({
    tables: [table],
    ids,
    consequences: {
      unknown: 'golang-migrate refuses to go on',
      unfinished: 'golang-migrate refuses to go on before the version is forced',
    },
    create: (connection) =>
      connection.exec(`CREATE TABLE IF NOT EXISTS ${name} (version uint64,dirty bool);
        CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON ${name} (version)`),
    read: (connection) => {
      const [row] = readNotes(connection, table, 'version, dirty', 'version')
      return row === undefined ? null : { id: `${row.version}`, isDone: row.dirty !== 1n }
    },
    note: (connection, index) => {
      connection.exec(`DELETE FROM ${name}`)
      connection.all(`INSERT INTO ${name} (version, dirty) VALUES (?, 0)`, [BigInt(ids[index] ?? 0)])
    },
  })
  return {
    migrations: toMigrations(
      files.map((file, index) => ({
        id: ids[index] ?? '',
        name: file.name,
        sql: file.text,
        file: file.path,
      })),
      foreignKeys,
    ),
    versions,
    runner: { tool: 'golang-migrate', transaction: 'each', foreignKeys },
  }
}
