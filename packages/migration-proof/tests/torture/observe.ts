import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** What a database file holds, without its rows: counts, digests and names are enough to compare. */
export interface Content {
  readonly version: number
  /** The rows of the version table, oldest first. */
  readonly versionRows: readonly string[]
  /** Of each other table: how many rows, and the digest of their values. The rows with a mark do not count. */
  readonly tables: ReadonlyMap<string, string>
  /** The rows that servers and writers of the test have committed, by the number that each carries. */
  readonly marks: ReadonlySet<string>
  /** A line for each table, index, trigger and view, in the order of their names. */
  readonly schema: readonly string[]
}

export type Observation =
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly reason: string }
  | { readonly state: 'read'; readonly content: Content }

/** The key of a row that carries a mark begins with it. */
const markPrefix = 'mark:'

const endings = ['', '-wal', '-journal'] as const

/** Bytes of a database and of what belongs to it, as digests: a missing or empty log is the same as none. */
export function digestFiles(file: string): Readonly<Record<string, string>> {
  return Object.fromEntries(endings.map((ending) => [ending || 'file', digestOf(file + ending)]))
}

/** `'none'` for a file that is missing; empty files are `'none'`, too, except the digest of the database itself. */
function digestOf(path: string): string {
  if (!existsSync(path)) return 'none'
  const bytes = readFileSync(path)
  return bytes.length === 0 ? 'none' : digest(bytes)
}

export function digest(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

/** Reads database files by way of copies, so that looking at one changes nothing and takes no lock. */
export class Observer {
  readonly #scratch: string
  readonly #known = new Map<string, Observation>()

  constructor(parent: string) {
    this.#scratch = mkdtempSync(join(parent, 'observer-'))
  }

  observe(file: string): Observation {
    if (!existsSync(file)) return { state: 'missing' }
    const key = JSON.stringify(digestFiles(file))
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const observation = this.#read(file)
    if (this.#known.size > 500) this.#known.clear()
    this.#known.set(key, observation)
    return observation
  }

  #read(file: string): Observation {
    const folder = join(this.#scratch, 'copy')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    const copy = join(folder, 'data.db')
    for (const ending of endings) {
      if (existsSync(file + ending)) writeFileSync(copy + ending, readFileSync(file + ending))
    }
    try {
      return { state: 'read', content: readContent(copy) }
    } catch (error) {
      return { state: 'unreadable', reason: String(error) }
    }
  }
}

/** @throws when the file is no sound database */
function readContent(file: string): Content {
  const database = new Database(file)
  try {
    const soundness = database.pragma('integrity_check', { simple: true })
    if (soundness !== 'ok') throw new Error(`integrity_check: ${soundness}`)
    const names = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .pluck()
      .all()
      .map(String)
    const versionRows = names.includes('schema_version')
      ? rowsOf(database, 'SELECT * FROM schema_version ORDER BY version')
      : []
    const tables = names.filter((name) => name !== 'schema_version').map((name) => readTable(database, name))
    const marks = names.includes('member')
      ? database
          .prepare(
            `SELECT substr(email, ${markPrefix.length + 1}) FROM member WHERE email LIKE '${markPrefix}%'`,
          )
          .pluck()
          .all()
          .map(String)
      : []
    const version = versionRows.length === 0 ? 0 : Number(JSON.parse(versionRows.at(-1) ?? '[0]')[0])
    return {
      version,
      versionRows,
      tables: new Map(tables),
      marks: new Set(marks),
      schema: readSchema(database),
    }
  } finally {
    database.close()
  }
}

function readTable(database: Database.Database, name: string): [name: string, digest: string] {
  const unmarked = name === 'member' ? ` WHERE email NOT LIKE '${markPrefix}%'` : ''
  const rows = rowsOf(database, `SELECT * FROM "${name.replaceAll('"', '""')}"${unmarked}`).sort()
  return [name, `${rows.length} rows, ${digest(rows.join('\n'))}`]
}

function rowsOf(database: Database.Database, query: string): string[] {
  const rows = database.prepare(query).raw().safeIntegers().all()
  return rows.map((row) =>
    JSON.stringify(row, (_, value) =>
      typeof value === 'bigint' ? Number(value) : Buffer.isBuffer(value) ? value.toString('hex') : value,
    ),
  )
}

/** A line for each object of a schema, without its SQL where SQLite can describe it otherwise. */
export function readSchema(database: Database.Database): string[] {
  const objects = database
    .prepare("SELECT type, name, tbl_name AS 'table', sql FROM sqlite_schema ORDER BY type, name")
    .all() as { type: string; name: string; table: string; sql: string | null }[]
  return objects.map(({ type, name, table, sql }) => {
    const ask = (pragma: string) =>
      JSON.stringify(database.pragma(`${pragma}("${name.replaceAll('"', '""')}")`))
    if (type === 'index') return `index ${name} on ${table} ${digest(ask('index_xinfo'))}`
    if (type !== 'table') return `${type} ${name} ${digest(sql ?? '')}`
    if (sql?.startsWith('CREATE VIRTUAL')) return `table ${name} ${digest(sql)}`
    const rest = ask('foreign_key_list') + JSON.stringify(database.pragma(`table_list("${name}")`))
    return `table ${name} ${digest(ask('table_xinfo') + rest)}`
  })
}
