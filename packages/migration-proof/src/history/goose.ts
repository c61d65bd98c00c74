import { dirname } from 'node:path'
import { shownPath } from '../errors.ts'
import { quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import {
  byNumber,
  type History,
  HistoryError,
  listFolder,
  numberOf,
  readSqlFile,
  requireSome,
  resolveFolder,
  type SqlFile,
  type SqlMigration,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readNotes } from './version-notes.ts'

/**
 * The folder of goose: files that begin with a number, each with a part after `-- +goose Up`.
 *
 * Each is a transaction with its version, unless it says `-- +goose NO TRANSACTION`. What stands between `StatementBegin` and
 * `StatementEnd` is one statement. The rules are emulated, and were not checked against the tool.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `-table` names; `foreignKeys` what the connection string says
 * @throws {HistoryError} when the folder or a file cannot be read, or a migration is written in Go
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { goose } from 'migration-proof/goose'
 *
 * export default defineConfig({ name: 'shop', ...goose('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function goose(
  folder: string | URL = 'migrations',
  {
    table = 'goose_db_version',
    foreignKeys = 'off',
  }: { readonly table?: string; readonly foreignKeys?: 'on' | 'off' } = {},
): History {
  const path = resolveFolder(folder)
  const what = 'files such as 00001_add_notes.sql'
  const names = listFolder(path, what)
  const inGo = names.find((name) => /^\d+_.*(?<!_test)\.go$/.test(name))
  if (inGo !== undefined) {
    throw new HistoryError({
      where: shownPath(path),
      expected: 'migrations in SQL',
      actual: `${inGo}, which is written in Go and cannot run here`,
      fix: 'write what it does in SQL, or prove the migrations around it by themselves',
    })
  }
  const files = byNumber(
    path,
    requireSome(
      path,
      what,
      names.filter((name) => /^\d+_.*\.sql$/.test(name)),
    ),
  )
  const texts = files.map((name) => readUp(readSqlFile(path, name)))
  const ids = texts.map(({ id }) => id)
  const name = quoteName(table)
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: {
      late: 'goose refuses to go on, unless `-allow-missing` is given',
      unknown: 'goose goes on',
    },
    create: (connection) => {
      connection.exec(`CREATE TABLE IF NOT EXISTS ${name} (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version_id INTEGER NOT NULL,
        is_applied INTEGER NOT NULL,
        tstamp TIMESTAMP DEFAULT (datetime('now'))
      )`)
      connection.exec(
        `INSERT INTO ${name} (version_id, is_applied) SELECT 0, 1 WHERE NOT EXISTS (SELECT 1 FROM ${name})`,
      )
    },
    // The last note of a version says whether it is applied: a migration may have been taken back.
    list: (connection) => {
      const rows = readNotes(connection, table, 'version_id, is_applied', 'id')
      const last = new Map(rows.map((row) => [`${row.version_id}`, row.is_applied === 1n]))
      return [...last].flatMap(([id, isApplied]) => (isApplied && id !== '0' ? [{ id }] : []))
    },
    note: (connection, index) => {
      connection.all(`INSERT INTO ${name} (version_id, is_applied) VALUES (?, 1)`, [BigInt(ids[index] ?? 0)])
    },
  })
  return {
    migrations: toMigrations(texts, foreignKeys),
    versions,
    runner: { tool: 'goose', transaction: 'each', foreignKeys },
  }
}

function readUp({ name, path, text }: SqlFile): SqlMigration {
  const up = /^--\s*\+goose\s+Up\s*$/im.exec(text)
  if (up === null) {
    throw new HistoryError({
      where: shownPath(path),
      expected: 'the line `-- +goose Up`',
      actual: 'none',
      fix: 'add it: goose refuses the file without it',
    })
  }
  const rest = text.slice(up.index + up[0].length)
  const down = /^--\s*\+goose\s+Down\s*$/im.exec(rest)
  const sql = rest.slice(0, down?.index)
  const id = `${numberOf(dirname(path), name)}`
  const migration = { id, name, sql, file: path, statements: splitAtMarks(sql) }
  return /^--\s*\+goose\s+NO\s+TRANSACTION\s*$/im.test(text)
    ? { ...migration, transaction: 'none' }
    : migration
}

function splitAtMarks(sql: string): string[] {
  const parts = sql.split(/^--\s*\+goose\s+Statement(?:Begin|End)\s*$/im)
  return parts.flatMap((part, index) =>
    index % 2 === 1 ? [part.trim().replace(/;$/, '')] : splitStatements(part),
  )
}
