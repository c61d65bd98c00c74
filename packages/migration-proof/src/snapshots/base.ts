import { existsSync, statSync } from 'node:fs'
import { betterSqliteConnection, openImage, openMemory } from '../engines/better-sqlite3.ts'
import { DiagnosedError, type Diagnosis, errorMessage, shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import { type Base, BaseError, layBase } from '../migrator/base.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { VersionStore } from '../migrator/version-store.ts'
import { parentsFirst } from '../rows/generate.ts'
import type { Connection } from '../sql/connection.ts'
import { splitStatements } from '../sql/split.ts'
import { createsTrigger } from './build.ts'
import { withStillClock } from './clock.ts'
import { type Content, diffContent, readContent } from './content-hash.ts'
import { dumpSchema } from './draft-schema.ts'
import { withoutWal } from './open.ts'
import { readBytes } from './paths.ts'
import { ordinaryTables, undumpableTable } from './tables.ts'
import { dumpRows } from './typed-rows.ts'

/**
 * Reads what precedes the first migration: SQL text, or a database, which is known by its first bytes. Text runs once, in memory,
 * with foreign keys off, as the shell of SQLite runs it; the clock stands still, so that it makes the same rows each time.
 *
 * @param path absolute
 * @param versions where a database keeps its version, which must be 0
 * @throws {BaseError} when the file is missing, cannot be read or run, or holds what cannot be kept
 */
export function readBase(path: string, versions: VersionStore): Base {
  const where = shownPath(path)
  const bytes = readFile(path, where)
  return withStillClock(() => {
    const made = isDatabase(bytes) ? openDatabase(path, where, bytes) : runText(where, bytes)
    try {
      requireUsable(made, where, versions)
      const base = { file: path, statements: listStatements(made) }
      requireSame(made, base, where)
      return base
    } finally {
      made.close()
    }
  })
}

/** What a base holds: the same however its file says it. */
export function contentOfBase(plan: Pick<MigrationPlan, 'base'>): Content {
  const memory = betterSqliteConnection(openMemory())
  try {
    layBase(memory, plan)
    return readContent(memory)
  } finally {
    memory.close()
  }
}

const aBase = 'a file of SQL, or a database, that precedes the first migration'

function readFile(path: string, where: string): Buffer {
  const fix = 'correct `base` in the config, which leads from its folder'
  const refuse = (actual: string, options?: ErrorOptions) =>
    new BaseError({ where, expected: aBase, actual, fix }, options)
  let bytes: Buffer | null
  try {
    bytes = readBytes(path)
  } catch (cause) {
    throw refuse(`the error '${errorMessage(cause)}'`, { cause })
  }
  if (bytes === null) throw refuse('no file')
  if (bytes.length === 0) throw refuse('an empty file')
  return bytes
}

/** https://www.sqlite.org/fileformat2.html#magic_header_string */
function isDatabase(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 16) === 'SQLite format 3\0'
}

function openDatabase(path: string, where: string, bytes: Buffer): Connection {
  for (const sidecar of [`${path}-wal`, `${path}-journal`]) {
    if (!existsSync(sidecar) || statSync(sidecar).size === 0) continue
    throw new BaseError({
      where,
      expected: 'a database that is whole by itself',
      actual: `${shownPath(sidecar)} beside it, which holds a part of it`,
      fix: 'stop what uses it, open and close it with the sqlite3 shell, and let no process write to it',
    })
  }
  const expected = 'a database that SQLite can read'
  const fix = 'replace it by a whole copy'
  try {
    const connection = betterSqliteConnection(openImage(withoutWal(bytes)))
    const found = String(connection.all('PRAGMA integrity_check(1)')[0]?.integrity_check)
    if (found === 'ok') return connection
    connection.close()
    throw new BaseError({ where, expected, actual: `the error '${found.replaceAll(/\s+/g, ' ')}'`, fix })
  } catch (cause) {
    if (cause instanceof BaseError) throw cause
    throw new BaseError({ where, expected, actual: `the error '${errorMessage(cause)}'`, fix }, { cause })
  }
}

function runText(where: string, bytes: Buffer): Connection {
  const text = decode(where, bytes)
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = OFF')
  let position = 0
  for (const statement of splitStatements(text)) {
    position = text.indexOf(statement, position)
    try {
      connection.exec(statement)
    } catch (cause) {
      connection.close()
      const line = text.slice(0, position).split('\n').length
      const actual = `the error '${errorMessage(cause)}'`
      const fix = 'correct the statement, or name another file as `base` in the config'
      const diagnosis = { where: `${where}, line ${line}`, expected: 'SQL that SQLite runs', actual, fix }
      throw new BaseError(diagnosis, { cause })
    }
    position += statement.length
  }
  if (!connection.inTransaction) return connection
  connection.close()
  const actual = 'BEGIN without COMMIT'
  throw new BaseError({ where, expected: 'transactions that end', actual, fix: 'add COMMIT at its end' })
}

function decode(where: string, bytes: Buffer): string {
  const refuse = (actual: string, options?: ErrorOptions) => {
    const fix = 'name the SQL text or the database as `base` in the config'
    return new BaseError({ where, expected: 'SQL in UTF-8, or a database of SQLite', actual, fix }, options)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refuse('bytes that are neither', { cause })
  }
  // SQLite would read no further.
  if (text.includes('\0')) throw refuse('a text with a byte of zero')
  return text
}

function requireUsable(made: Connection, where: string, versions: VersionStore): void {
  const refuse = (diagnosis: Omit<Diagnosis, 'where'>, options?: ErrorOptions) =>
    new BaseError({ where, ...diagnosis }, options)
  if (made.all('SELECT 1 FROM sqlite_schema LIMIT 1').length === 0)
    throw refuse({
      expected: 'a table, or more',
      actual: 'none',
      fix: 'leave `base` out of the config, or name another file',
    })
  const virtual = undumpableTable(made)
  if (virtual !== undefined)
    throw refuse({
      expected: 'tables whose rows can be written out',
      actual: `the virtual table ${virtual}`,
      fix: 'let the first migration make it',
    })
  const [orphan] = made.all('PRAGMA foreign_key_check')
  if (orphan !== undefined)
    throw refuse({
      expected: 'every row to have its parent',
      actual: `table ${orphan.table}, row ${orphan.rowid ?? 'without a rowid'} without its parent in ${orphan.parent}`,
      fix: 'add the parent, or remove the row',
    })
  const noted = readNoted(made, versions)
  if (noted === null) return
  throw refuse({ expected: 'a database that has had none of the migrations', ...noted })
}

/** What a database notes of migrations, and what to do; null for none of them. */
function readNoted(made: Connection, versions: VersionStore): Pick<Diagnosis, 'actual' | 'fix'> | null {
  const where = versions.tables[0] === undefined ? '' : ` by its table ${versions.tables[0]}`
  const fix = 'name the schema as it was before the first migration: a dump of a newer one is no base'
  try {
    const { current, exact, problem } = versions.read(made)
    if (problem !== undefined) return { actual: `notes of ${problem.ids.join(', ')}${where}`, fix }
    if (current === 0) return null
    const [freeze, verify] = [
      howToRun('freeze', '--from', 'FILE', '--name', `v${current}`),
      howToRun('verify', '--against', 'FILE'),
    ]
    return {
      actual: `version ${exact ?? current}${where}`,
      fix: `leave \`base\` out where the migrations make that version: \`${freeze}\` makes a snapshot of this file, and \`${verify}\` proves its upgrade; where they no longer make it, name a copy without these notes`,
    }
  } catch (error) {
    const actual =
      error instanceof DiagnosedError
        ? `${error.diagnosis.where}: ${error.diagnosis.actual}`
        : `a version that cannot be read${where}: the error '${errorMessage(error)}'`
    return { actual, fix }
  }
}

/** What makes the same database in an empty one: triggers come last, since the rows are those that they have left. */
function listStatements(made: Connection): string[] {
  const schema = splitStatements(dumpSchema(made))
  const rows = dumpRows(made, parentsFirst(made, ordinaryTables(made)))
  const application = made.all('PRAGMA application_id')[0]?.application_id ?? 0n
  return [
    'PRAGMA defer_foreign_keys = ON',
    ...schema.filter((statement) => !createsTrigger(statement)),
    ...splitStatements(rows),
    ...schema.filter(createsTrigger),
    ...(application === 0n ? [] : [`PRAGMA application_id = ${application}`]),
    'PRAGMA defer_foreign_keys = OFF',
  ]
}

/** What is made of it must be what it holds: otherwise something else would be proven. */
function requireSame(made: Connection, base: Base, where: string): void {
  const [difference] = differencesOf(made, base)
  if (difference === undefined) return
  throw new BaseError({
    where,
    expected: 'a schema and rows that can be written out as SQL',
    actual: `another result of that: ${difference}`,
    fix: 'let the first migration make what differs',
  })
}

function differencesOf(made: Connection, base: Base): string[] {
  try {
    return diffContent(readContent(made), contentOfBase({ base }))
  } catch (error) {
    return [`the error '${errorMessage(error)}'`]
  }
}
