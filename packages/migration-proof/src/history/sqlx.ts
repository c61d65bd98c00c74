import { createHash } from 'node:crypto'
import {
  byNumber,
  findNames,
  type History,
  numberOf,
  readSqlFile,
  resolveFolder,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

const table = '_sqlx_migrations'
const stops = 'the application does not start'

/**
 * The folder of sqlx: files such as `20260131120000_add_notes.sql` or `….up.sql`.
 *
 * Each is a transaction with its note, unless its first line is `-- no-transaction`. The database notes the SHA-384 of the bytes
 * of each file, which is compared at every start: an edited comment stops the application. The rules are emulated, and were not
 * checked against the tool.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { sqlx } from 'migration-proof/sqlx'
 *
 * export default defineConfig({ name: 'shop', ...sqlx('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function sqlx(folder: string | URL = 'migrations'): History {
  const path = resolveFolder(folder)
  const what = 'files such as 20260131120000_add_notes.sql'
  const names = byNumber(
    path,
    findNames(path, what, (name) => /^\d+_.*\.sql$/.test(name) && !name.endsWith('.down.sql')),
  )
  const files = names.map((name) => readSqlFile(path, name))
  const ids = names.map((name) => `${numberOf(path, name)}`)
  const checksums = files.map(({ bytes }) => createHash('sha384').update(bytes).digest())
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: {
      late: 'sqlx applies it after the others',
      unknown: stops,
      unfinished: 'the application does not start before the row is removed',
      changed: stops,
    },
    create: (connection) => connection.exec(createTable),
    list: (connection) =>
      readNotes(connection, table, 'version, success, checksum', 'version').map(
        ({ version, success, checksum }) => {
          const expected = checksums[ids.indexOf(`${version}`)]
          const isSame = checksum instanceof Uint8Array && expected !== undefined && expected.equals(checksum)
          return { id: `${version}`, isDone: success === 1n, isSame }
        },
      ),
    note: (connection, index) => {
      const description = (names[index] ?? '')
        .replace(/^\d+_/, '')
        .replace(/(?:\.up)?\.sql$/, '')
        .replaceAll('_', ' ')
      connection.all(
        `INSERT INTO ${table} (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, ?, -1)`,
        [BigInt(ids[index] ?? 0), description, checksums[index] ?? null],
      )
    },
  })
  const migrations = toMigrations(
    files.map(({ name, text, path: file }, index) => {
      const value = checksums[index]?.toString('hex') ?? ''
      const checksum = { algorithm: 'sha384', value, consequence: stops }
      const migration = { id: ids[index] ?? '', name, sql: text, file, checksum }
      return text.startsWith('-- no-transaction') ? { ...migration, transaction: 'none' } : migration
    }),
  )
  return { migrations, versions, runner: { tool: 'sqlx', transaction: 'each', foreignKeys: 'on' } }
}

const createTable = `CREATE TABLE IF NOT EXISTS ${table} (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)`
