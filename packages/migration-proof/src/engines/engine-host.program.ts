import { readSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { SqlValue } from '../sql/connection.ts'
import {
  type EncodedRow,
  type EngineAnswers,
  type EngineReply,
  type EngineRequest,
  encodeValue,
} from './engine-protocol.ts'
import { printReply, waitForPipe } from './print-reply.ts'
import { nameOfCode } from './result-codes.ts'

/**
 * A program of its own, which Node or Bun runs: it loads one engine, and answers each line of its input, a request in JSON,
 * with a line of its output. It imports nothing but what both runtimes have.
 */

/** A database as one of the drivers opens it. */
interface Driver {
  /** Runs one statement; integers are `bigint`. */
  run(sql: string): readonly object[]
  /** Null where the driver does not know. */
  readonly inTransaction: boolean | null
  close(): void
}

type Open = (path: string) => Driver

/** The constructor of a driver, whose instances have these members; which of them, each kind of driver knows. */
type Constructor = new (path: string, options: object) => Database

interface Database {
  prepare(sql: string): Statement
  readonly inTransaction?: boolean
  readonly isTransaction?: boolean
  close(): void
}

interface Statement {
  readonly reader?: boolean
  all(): object[]
  get(): unknown
  run(): unknown
  safeIntegers?(toggle: boolean): unknown
  setReadBigInts?(toggle: boolean): void
  finalize?(): void
  close?(): void
}

/** How each driver gives the rows of a statement. */
const readers: Readonly<Record<string, (statement: Statement, sql: string) => readonly object[]>> = {
  'better-sqlite3': readRows,
  libsql: (statement, sql) => {
    const rows = readRows(statement).map(withoutMetadata)
    // The plan of a write counts as a write in progress, and forbids savepoints, until it is read past its end.
    if (statement.reader === true && /^\s*EXPLAIN/i.test(sql)) statement.get()
    return rows
  },
  'node:sqlite': (statement) => {
    statement.setReadBigInts?.(true)
    return statement.all()
  },
  'bun:sqlite': (statement) => {
    try {
      return statement.all()
    } finally {
      statement.finalize?.()
    }
  },
  turso: (statement) => {
    statement.safeIntegers?.(true)
    try {
      return statement.all()
    } finally {
      statement.close?.()
    }
  },
}

/**
 * Turso has the pragmas as tables, but they take no name of a schema. A connection of the harness has one database alone.
 * See https://github.com/tursodatabase/turso/blob/main/COMPAT.md
 */
function withoutSchema(sql: string): string {
  return sql.replaceAll(/(\bpragma_\w+\([^()]*?), *'main'\)/g, '$1)')
}

function readRows(statement: Statement): object[] {
  if (statement.reader === true) {
    statement.safeIntegers?.(true)
    return statement.all()
  }
  statement.run()
  return []
}

function withoutMetadata(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== '_metadata'))
}

/** The class of a driver; a package in CommonJS is its own class. */
async function importDriver(engine: string, entry: string | null): Promise<Constructor> {
  const exported: Readonly<Record<string, unknown>> = await import(
    entry === null ? engine : pathToFileURL(entry).href
  )
  const found = exported.DatabaseSync ?? exported.Database ?? exported.default
  if (!isConstructor(found)) throw new Error(`${engine} exports no class of databases`)
  return found
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === 'function'
}

async function load(
  engine: string,
  entry: string | null,
  given: Readonly<Record<string, unknown>>,
): Promise<Open> {
  const open = await importDriver(engine, entry)
  const read = readers[engine]
  if (read === undefined) throw new Error(`there is no engine ${engine}`)
  const options =
    engine === 'bun:sqlite' ? { readwrite: true, create: true, ...given, safeIntegers: true } : given
  return (path) => {
    const database = new open(path, options)
    return {
      run: (sql) => read(database.prepare(engine === 'turso' ? withoutSchema(sql) : sql), sql),
      get inTransaction() {
        return database.inTransaction ?? database.isTransaction ?? null
      },
      close: () => database.close(),
    }
  }
}

/** The extended code of an error; null where the driver gives none, so that it is found from the message. */
function codeOf(error: Error): string | null {
  if ('errcode' in error && typeof error.errcode === 'number') return nameOfCode(error.errcode)
  const code = 'code' in error ? error.code : null
  return typeof code === 'string' && /^SQLITE_/.test(code) && code !== 'SQLITE_CONSTRAINT' ? code : null
}

/** What Turso puts before the words that it shares with SQLite. */
const prefixes = /^(?:(?:step failed|prepare failed|Runtime error|Parse error|Transaction error): )+/

function toFailure(error: unknown): EngineReply {
  if (!(error instanceof Error)) return { failure: { message: String(error), code: null } }
  return { failure: { message: error.message.replace(prefixes, ''), code: codeOf(error) } }
}

function encodeRow(row: object): EncodedRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, encodeValue(toValue(value))]))
}

function toValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string') return value
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new Error(`the driver returned a value of type ${typeof value}`)
}

let open: Open | null = null
const databases = new Map<number, Driver>()
let count = 0

function openDatabase(path: string): number {
  if (open === null) throw new Error('no engine is loaded')
  databases.set(count, open(path))
  return count++
}

function databaseOf(number: number): Driver {
  const database = databases.get(number)
  if (database === undefined) throw new Error(`database ${number} is not open`)
  return database
}

async function answer(request: EngineRequest): Promise<EngineAnswers[EngineRequest['kind']]> {
  if (request.kind === 'load') {
    open = await load(request.engine, request.entry, request.options)
    return { runtime: process.versions.bun ?? process.versions.node }
  }
  if (request.kind === 'open') return openDatabase(request.path)
  const database = databaseOf(request.database)
  if (request.kind === 'run') return database.run(request.sql).map(encodeRow)
  if (request.kind === 'batch') throw new Error('an engine with transactions needs no batch')
  if (request.kind === 'in-transaction') return database.inTransaction
  database.close()
  databases.delete(request.database)
  return null
}

/** Waits for the next line of the input; null at its end. */
function readLine(): string | null {
  for (;;) {
    const end = unread.indexOf(10)
    if (end !== -1) {
      const line = unread.subarray(0, end).toString()
      unread = unread.subarray(end + 1)
      return line
    }
    const length = readMore()
    if (length === 0) return null
    unread = Buffer.concat([unread, buffer.subarray(0, length)])
  }
}

const buffer = Buffer.allocUnsafe(1 << 16)
let unread = Buffer.alloc(0)

function readMore(): number {
  for (;;) {
    try {
      return readSync(0, buffer)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      waitForPipe()
    }
  }
}

for (let line = readLine(); line !== null; line = readLine()) {
  try {
    printReply({ value: await answer(JSON.parse(line)) })
  } catch (error) {
    printReply(toFailure(error))
  }
}
