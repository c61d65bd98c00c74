import { shownPath } from '../errors.ts'
import { quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { dbmateProgram } from './dbmate-program.ts'
import {
  findNames,
  type History,
  HistoryError,
  readSqlFile,
  resolveFolder,
  type SqlFile,
  type SqlMigration,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/**
 * The folder of dbmate: files that begin with digits, each with a part after `-- migrate:up`.
 *
 * Each is a transaction with its version, unless its mark says `transaction:false`. Foreign keys are off unless the URL of the
 * database switches them on. Whatever the database does not note is applied, older migrations too. Seen with dbmate 2.36. Where the
 * project has dbmate installed, `verify` lets it upgrade each snapshot, too, and compares the results.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `--migrations-table` names; `foreignKeys` what the URL says
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { dbmate } from 'migration-proof/dbmate'
 *
 * export default defineConfig({ name: 'shop', ...dbmate('db/migrations'), fixtures: 'fixtures' })
 * ```
 */
export function dbmate(
  folder: string | URL = 'db/migrations',
  {
    table = 'schema_migrations',
    foreignKeys = 'off',
  }: { readonly table?: string; readonly foreignKeys?: 'on' | 'off' } = {},
): History {
  const path = resolveFolder(folder)
  const what = 'files such as 20260131120000_add_notes.sql'
  const names = findNames(path, what, (name) => /^\d+.*\.sql$/.test(name))
  const texts = names.map((name) => readUp(readSqlFile(path, name)))
  const ids = texts.map(({ id }) => id)
  const name = quoteName(table)
  const versions = notesOfIds({
    tables: [table],
    ids,
    consequences: {
      late: 'dbmate applies it after the others',
      unknown: 'dbmate goes on',
    },
    create: (connection) =>
      connection.exec(`CREATE TABLE IF NOT EXISTS ${name} (version varchar(128) primary key)`),
    list: (connection) => readIds(connection, table, 'version'),
    note: (connection, index) => {
      connection.all(`INSERT INTO ${name} (version) VALUES (?)`, [ids[index] ?? ''])
    },
  })
  return {
    migrations: toMigrations(texts, foreignKeys),
    versions,
    runner: {
      tool: 'dbmate',
      transaction: 'each',
      foreignKeys,
      program: dbmateProgram({ files: texts.map(({ file }) => file), table, foreignKeys }),
    },
  }
}

function readUp({ name, path, text }: SqlFile): SqlMigration {
  const ups = [...text.matchAll(/^--\s*migrate:up([^\n]*)$/gm)]
  const downs = [...text.matchAll(/^--\s*migrate:down/gm)]
  const [up] = ups
  const [down] = downs
  if (up === undefined || down === undefined || ups.length > 1 || downs.length > 1 || down.index < up.index) {
    throw new HistoryError({
      where: shownPath(path),
      expected: 'the line `-- migrate:up`, and then `-- migrate:down`, each once',
      actual:
        [...ups, ...downs]
          .toSorted((left, right) => left.index - right.index)
          .map(([mark]) => mark.trim())
          .join(', ') || 'neither',
      fix: 'correct them: dbmate refuses the file, or reads it in another way',
    })
  }
  const [mark, options = ''] = up
  if (splitStatements(text.slice(0, up.index)).length > 0) {
    throw new HistoryError({
      where: shownPath(path),
      expected: 'nothing but comments before `-- migrate:up`',
      actual: 'a statement',
      fix: 'move it below: dbmate refuses the file',
    })
  }
  const sql = text.slice(up.index + mark.length, down.index)
  const [id = ''] = /^\d+/.exec(name) ?? []
  const migration = { id, name, sql, file: path }
  return /\btransaction:false\b/.test(options) ? { ...migration, transaction: 'none' } : migration
}
