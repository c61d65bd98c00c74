import { createHash } from 'node:crypto'
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { providedFunctions, type SqlFunction } from '../engines/better-sqlite3.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'

/** The type code of a text that is not a value of a row; SQLite's own codes begin with 1. */
const outsideOfRows = 0

/** Collects bytes in a buffer that grows as needed. */
export class ByteSink {
  #buffer = new Uint8Array(1 << 16)
  #length = 0

  /** A hash of the collected bytes. */
  hash(): string {
    return createHash('sha256').update(this.#buffer.subarray(0, this.#length)).digest('hex')
  }

  clear(): void {
    this.#length = 0
  }

  /** Appends a value: its type, its length, so that two values cannot be confused with one, and its bytes. */
  append(type: number, bytes: Uint8Array): void {
    this.#reserve(5 + bytes.length)
    this.#buffer[this.#length++] = type
    for (let shift = 0; shift < 32; shift += 8) this.#buffer[this.#length++] = bytes.length >>> shift
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Appends a text that is not a value of a row. */
  appendText(text: string): void {
    this.append(outsideOfRows, encoder.encode(text))
  }

  #reserve(count: number) {
    if (this.#length + count <= this.#buffer.length) return
    const buffer = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count))
    buffer.set(this.#buffer)
    this.#buffer = buffer
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Binds a value to the parameter at a position, counted from 1; returns SQLite's result code. */
function bindValue(
  { capi, wasm }: Sqlite3Static,
  statement: number,
  position: number,
  value: SqlValue,
): number {
  // An unbound parameter is NULL.
  if (value === null) return capi.SQLITE_OK
  if (typeof value === 'bigint') return capi.sqlite3_bind_int64(statement, position, value)
  if (typeof value === 'number') return capi.sqlite3_bind_double(statement, position, value)
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  // An address of 0 would mean NULL, so that an empty value gets a byte, too.
  const address = wasm.alloc(bytes.length + 1)
  wasm.heap8u().set(bytes, address)
  return typeof value === 'string'
    ? capi.sqlite3_bind_text(statement, position, address, bytes.length, capi.SQLITE_WASM_DEALLOC)
    : capi.sqlite3_bind_blob(statement, position, address, bytes.length, capi.SQLITE_WASM_DEALLOC)
}

/** Reads the current row of a statement. */
export function makeRowReader({ capi, wasm }: Sqlite3Static) {
  const functions: RowFunctions = wasm.exports

  /** Text may contain NUL characters, so that functions for C strings cannot read it. */
  const viewBytes = (statement: number, position: number): Uint8Array => {
    const address = functions.sqlite3_column_blob(statement, position)
    return wasm.heap8u().subarray(address, address + functions.sqlite3_column_bytes(statement, position))
  }

  const readValue = (statement: number, position: number): SqlValue => {
    switch (functions.sqlite3_column_type(statement, position)) {
      case capi.SQLITE_NULL:
        return null
      case capi.SQLITE_INTEGER:
        return functions.sqlite3_column_int64(statement, position)
      case capi.SQLITE_FLOAT:
        return functions.sqlite3_column_double(statement, position)
      case capi.SQLITE_TEXT:
        return decoder.decode(viewBytes(statement, position))
      default:
        return viewBytes(statement, position).slice()
    }
  }

  return {
    /** Steps to the next row; returns SQLite's result code. */
    step: (statement: number): number => functions.sqlite3_step(statement),

    readColumnNames: (statement: number): string[] =>
      Array.from({ length: functions.sqlite3_column_count(statement) }, (_, position) =>
        capi.sqlite3_column_name(statement, position),
      ),

    readRow: (statement: number, columns: readonly string[]): SqlRow => {
      const row: Record<string, SqlValue> = {}
      for (const [position, column] of columns.entries()) row[column] = readValue(statement, position)
      return row
    },

    /** Appends type and bytes of each value of the row. */
    dumpRow: (statement: number, sink: ByteSink): void => {
      const count = functions.sqlite3_column_count(statement)
      for (let position = 0; position < count; position++) {
        const type = functions.sqlite3_column_type(statement, position)
        const bytes =
          type === capi.SQLITE_FLOAT
            ? bytesOfReal(functions.sqlite3_column_double(statement, position))
            : viewBytes(statement, position)
        sink.append(type, bytes)
      }
    },
  }
}

export type RowReader = ReturnType<typeof makeRowReader>

function bytesOfReal(value: number): Uint8Array {
  return new Uint8Array(Float64Array.of(value).buffer)
}

/** A connection on SQLite's WASM build. */
export interface WasmConnection extends Connection {
  /** Runs a query and appends type and bytes of every value of every row. */
  dump(sql: string, sink: ByteSink): void
}

/** An error of SQLite's WASM build; `code` is the name of the extended result code. */
export class WasmSqliteError extends Error {
  override readonly name = 'WasmSqliteError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Opens a database on SQLite's WASM build, on the mounted disk.
 *
 * @throws {WasmSqliteError} when SQLite cannot open it
 */
export function wasmConnection(sqlite3: Sqlite3Static, reader: RowReader, file: string): WasmConnection {
  const { capi, wasm } = sqlite3
  const target = wasm.allocPtr(1)
  const database = openDatabase(sqlite3, file, target)
  for (const [name, work] of providedFunctions()) defineFunction(sqlite3, database, name, work)

  const check = (code: number, expected: number = capi.SQLITE_OK) => {
    if (code !== expected) throw errorOf(sqlite3, database, code)
  }

  const withStatement = <Result>(sql: string, work: (statement: number) => Result): Result => {
    check(capi.sqlite3_prepare_v2(database, sql, -1, target, 0))
    const statement = wasm.peekPtr(target)
    try {
      return work(statement)
    } finally {
      capi.sqlite3_finalize(statement)
    }
  }

  const forEachRow = (statement: number, take: () => void) => {
    let code = reader.step(statement)
    for (; code === capi.SQLITE_ROW; code = reader.step(statement)) take()
    check(code, capi.SQLITE_DONE)
  }

  return {
    exec: (sql) => check(capi.sqlite3_exec(database, sql, 0, 0, 0)),
    all: (sql, parameters = []) =>
      withStatement(sql, (statement) => {
        for (const [position, value] of parameters.entries())
          check(bindValue(sqlite3, statement, position + 1, value))
        const columns = reader.readColumnNames(statement)
        const rows: ReturnType<Connection['all']> = []
        forEachRow(statement, () => rows.push(reader.readRow(statement, columns)))
        return rows
      }),
    dump: (sql, sink) => {
      withStatement(sql, (statement) => forEachRow(statement, () => reader.dumpRow(statement, sink)))
    },
    get inTransaction() {
      return capi.sqlite3_get_autocommit(database) === 0
    },
    openMemory: () => wasmConnection(sqlite3, reader, ':memory:'),
    close: () => {
      capi.sqlite3_close_v2(database)
      wasm.dealloc(target)
    },
  }
}

function openDatabase(sqlite3: Sqlite3Static, file: string, target: number): number {
  const { capi, wasm } = sqlite3
  const code = capi.sqlite3_open_v2(file, target, capi.SQLITE_OPEN_READWRITE | capi.SQLITE_OPEN_CREATE, 0)
  const database = wasm.peekPtr(target)
  if (code !== capi.SQLITE_OK) {
    const error = errorOf(sqlite3, database, code)
    capi.sqlite3_close_v2(database)
    wasm.dealloc(target)
    throw error
  }
  capi.sqlite3_extended_result_codes(database, 1)
  return database
}

/** The addresses of the functions, which all connections share, by their works. */
const addresses = new WeakMap<SqlFunction, number>()

/** Defines a function of the config, as the driver does. */
function defineFunction(sqlite3: Sqlite3Static, database: number, name: string, work: SqlFunction): void {
  const { capi, wasm } = sqlite3
  const call = (context: number, count: number, values: number): void => {
    try {
      const result = work(
        ...Array.from({ length: count }, (_, position) => {
          const address = wasm.peekPtr(values + position * wasm.ptrSizeof)
          const value = capi.sqlite3_value_to_js(address)
          return (
            typeof value === 'number' && capi.sqlite3_value_type(address) === capi.SQLITE_INTEGER
              ? BigInt(value)
              : value
          ) as SqlValue
        }),
      )
      capi.sqlite3_result_js(context, result)
    } catch (error) {
      capi.sqlite3_result_error_js(context, error instanceof Error ? error : new Error(String(error)))
    }
  }
  const address = addresses.get(work) ?? wasm.installFunction('v(pip)', call)
  addresses.set(work, address)
  // The types know no more than the encoding.
  const flags = (capi.SQLITE_UTF8 | capi.SQLITE_DETERMINISTIC) as typeof capi.SQLITE_UTF8
  const count = work.length === 0 ? -1 : work.length
  capi.sqlite3_create_function_v2(database, name, count, flags, 0, address, 0, 0, 0)
}

function errorOf({ capi }: Sqlite3Static, database: number, code: number): WasmSqliteError {
  const extended = database === 0 ? code : capi.sqlite3_extended_errcode(database)
  const name = capi.sqlite3_js_rc_str(extended === 0 ? code : extended)
  return new WasmSqliteError(name, database === 0 ? name : capi.sqlite3_errmsg(database))
}

/**
 * The C functions of SQLite's WASM build that run for each row. The build also wraps them for JavaScript, but the
 * wrappers convert and check arguments that are already numbers, which takes most of the time.
 */
export interface RowFunctions {
  sqlite3_step(statement: number): number
  sqlite3_column_count(statement: number): number
  sqlite3_column_type(statement: number, position: number): number
  sqlite3_column_int64(statement: number, position: number): bigint
  sqlite3_column_double(statement: number, position: number): number
  /** The address of a text or blob; of a number, the address of its text. */
  sqlite3_column_blob(statement: number, position: number): number
  sqlite3_column_bytes(statement: number, position: number): number
}
