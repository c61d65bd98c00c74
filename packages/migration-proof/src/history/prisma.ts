import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MigrationConnection } from '../migrator/migration.ts'
import { sha256 } from '../snapshots/hash.ts'
import { findNames, type History, readSqlFile, resolveFolder, toMigrations } from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

const table = '_prisma_migrations'
const asksForReset = 'prisma migrate deploy goes on, and prisma migrate dev asks to reset the database'

/**
 * The folder of Prisma Migrate: a folder with `migration.sql` for each migration, which `prisma migrate deploy` applies.
 *
 * A file runs outside of any transaction, so that its `PRAGMA foreign_keys=OFF` works, and a file that is stopped leaves half of
 * it. The database notes the SHA-256 of each file. The table is as Prisma 6 makes it.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { prisma } from 'migration-proof/prisma'
 *
 * export default defineConfig({ name: 'shop', ...prisma('prisma/migrations'), fixtures: 'fixtures' })
 * ```
 */
export function prisma(folder: string | URL = 'prisma/migrations'): History {
  const path = resolveFolder(folder)
  const what = 'a folder with migration.sql for each migration'
  const names = findNames(path, what, (name) => existsSync(join(path, name, 'migration.sql')))
  const files = names.map((name) => ({
    ...readSqlFile(join(path, name), 'migration.sql'),
    name,
  }))
  const checksums = files.map(({ bytes }) => sha256(bytes))
  const migrations = toMigrations(
    files.map(({ name, text, path: file }, index) => ({
      id: name,
      name,
      sql: text,
      file,
      checksum: { algorithm: 'sha256', value: checksums[index] ?? '', consequence: asksForReset },
      transaction: 'none' as const,
    })),
  )
  const idOf = (index: number) => toUuid(sha256(`${names[index]} ${checksums[index]}`))
  const begin = (connection: MigrationConnection, index: number) => {
    connection.all(
      `INSERT INTO "${table}" ("id", "checksum", "migration_name", "started_at") VALUES (?, ?, ?, unixepoch() * 1000)`,
      [idOf(index), checksums[index] ?? '', names[index] ?? ''],
    )
  }
  const hasBegun = (connection: MigrationConnection, index: number) =>
    connection.all(`SELECT 1 FROM "${table}" WHERE "id" = ?`, [idOf(index)]).length > 0
  const versions = notesOfIds({
    tables: [table],
    ids: names,
    consequences: {
      late: 'prisma migrate deploy applies it after the others',
      unknown: asksForReset,
      unfinished: 'prisma migrate deploy applies nothing before it is resolved with prisma migrate resolve',
      changed: asksForReset,
    },
    create: (connection) => connection.exec(createTable),
    list: (connection) =>
      readNotes(
        connection,
        table,
        'migration_name, checksum, finished_at, rolled_back_at',
        'started_at, rowid',
      )
        .filter(({ rolled_back_at: rolledBack }) => rolledBack === null)
        .map(({ migration_name: name, checksum, finished_at: finished }) => ({
          id: `${name}`,
          isDone: finished !== null,
          isSame: checksums[names.indexOf(`${name}`)] === checksum,
        })),
    begin,
    fail: (connection, index, message) => {
      connection.all(`UPDATE "${table}" SET "logs" = ? WHERE "id" = ?`, [message, idOf(index)])
    },
    note: (connection, index) => {
      if (!hasBegun(connection, index)) begin(connection, index)
      connection.all(
        `UPDATE "${table}" SET "finished_at" = unixepoch() * 1000, "applied_steps_count" = 1 WHERE "id" = ?`,
        [idOf(index)],
      )
    },
  })
  return { migrations, versions, runner: { tool: 'prisma', transaction: 'none', foreignKeys: 'on' } }
}

/** The same for the same migration, where Prisma takes a random one. */
function toUuid(hex: string): string {
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return parts.join('-')
}

const createTable = `CREATE TABLE IF NOT EXISTS "${table}" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`
