import { shownPath } from '../errors.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens, type Token, tokenize, unquote } from '../sql/tokens.ts'
import {
  findNames,
  type History,
  HistoryError,
  readSqlFile,
  resolveFolder,
  type SqlFile,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/**
 * The folder of Cloudflare D1, which `wrangler d1 migrations apply` applies.
 *
 * Each file is one batch with its note. Foreign keys are on and cannot be switched off: a rebuild deletes the rows of children,
 * whatever the order, and `PRAGMA defer_foreign_keys` only defers errors. What D1 refuses fails as it does there. Seen with
 * wrangler 4.86 on a local database.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `table` is what `migrations_table` of the wrangler file names
 * @throws {HistoryError} when the folder or a file cannot be read, or is one that wrangler cannot apply
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
        `CREATE TABLE IF NOT EXISTS ${table}(\n\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,\n\t\tname       TEXT UNIQUE,\n\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL\n)`,
      ),
    list: (connection) => readIds(connection, table, 'name', 'id'),
    note: (connection, index) => {
      connection.all(`INSERT INTO ${name} (name) VALUES (?)`, [ids[index] ?? ''])
    },
  })
  const texts = ids.map((id) => readSqlFile(path, id))
  return {
    migrations: toMigrations(
      texts.map((file) => ({
        id: file.name,
        name: file.name,
        sql: file.text,
        file: file.path,
        statements: readStatements(file),
      })),
    ),
    versions,
    runner: { tool: 'wrangler', transaction: 'each', foreignKeys: 'on', refuses: refusalOf },
  }
}

/**
 * The statements that wrangler makes of a file, without their comments. It appends its note to the text of the file, so that what
 * a file leaves open takes the note in.
 *
 * @throws {HistoryError} when wrangler fails with the file, or does not note it
 */
function readStatements({ path, name, text }: SqlFile): string[] {
  const wrong = (expected: string, actual: string, fix: string) =>
    new HistoryError({ where: shownPath(path), expected, actual, fix })
  if (name.includes("'"))
    throw wrong(
      'a file name without a quote',
      'one with it, with which the note of wrangler is a syntax error',
      'rename the file',
    )
  // The statements that dumps begin and end with, in just these letters.
  const isDump = text.includes(begin)
  const sql = isDump ? text.replace(begin, '').replace('COMMIT;', '') : text
  if (sql.includes('BEGIN TRANSACTION'))
    throw wrong('no transaction of its own', 'several, which wrangler refuses', 'remove them')
  const tokens = [...tokenize(sql)]
  const isOpen = ({ kind, text: comment }: Token) =>
    kind === 'comment' && comment.startsWith('/*') && !comment.endsWith('*/')
  if (tokens.some(isOpen))
    throw wrong(
      'comments that end',
      'one that does not, so that wrangler applies the file and never notes it',
      'end the comment',
    )
  const last = significantTokens(sql).at(-1)
  if (last !== undefined && last.text !== ';')
    throw wrong(
      'a semicolon at the end',
      'none, so that the note of wrangler is a syntax error',
      'add a semicolon',
    )
  return splitStatements(sql).map(withoutComments)
}

const begin = 'BEGIN TRANSACTION;'

function withoutComments(statement: string): string {
  return [...tokenize(statement)].map(({ kind, text }) => (kind === 'comment' ? '' : text)).join('')
}

const controls = new Set(['begin', 'commit', 'end', 'rollback', 'savepoint', 'release'])
const functions = new Set(
  `ceiling json_error_position json_pretty log10 power sqlite_compileoption_get sqlite_compileoption_used sqlite_log
  sqlite_source_id sqlite_version subtype`.split(/\s+/),
)

/** The pragmas that D1 lets run, by what may follow their names: nothing, a value, or an argument in parentheses. */
const pragmas: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    `case_sensitive_like defer_foreign_keys foreign_keys ignore_check_constraints legacy_alter_table optimize
    recursive_triggers reverse_unordered_selects`
      .split(/\s+/)
      .map((name) => [name, /^(?:=|$)/]),
  ),
  ...Object.fromEntries(
    ['foreign_key_list', 'index_info', 'index_list', 'index_xinfo', 'table_info', 'table_xinfo'].map(
      (name) => [name, /^[=(]/],
    ),
  ),
  ...Object.fromEntries(['foreign_key_check', 'quick_check', 'table_list'].map((name) => [name, /^/])),
  data_version: /^$/,
}

/** Why D1 refuses a statement that SQLite would run. */
function refusalOf(sql: string): string | null {
  const tokens = significantTokens(sql)
  const [first = '', second = '', third = ''] = tokens.map(({ text }) => foldName(text))
  if (controls.has(first)) return 'it has no BEGIN, COMMIT, ROLLBACK or SAVEPOINT of a migration'
  if (first === 'attach' || first === 'detach') return 'not authorized'
  if (first === 'create' && (second === 'temp' || second === 'temporary')) return 'not authorized'
  if (first === 'pragma' && pragmas[second]?.test(third) !== true) return `not authorized: PRAGMA ${second}`
  const isName = ({ kind }: Token) => kind === 'word' || kind === 'name'
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'parameter') return 'a parameter without a value'
    if (!isName(token)) continue
    const name = foldName(unquote(token))
    if (name.startsWith('_cf_')) return `not authorized: the name ${unquote(token)}`
    if (functions.has(name) && tokens[index + 1]?.text === '(')
      return `not authorized to use function: ${name}`
  }
  return null
}
