import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import type { Connection } from '../sql/connection.ts'
import type { ByteSink } from './byte-sink.ts'
import { bindValue, type RowReader } from './wasm-statement.ts'

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
 * Opens a database on SQLite's WASM build, on whatever disk is mounted.
 *
 * @throws {WasmSqliteError} when SQLite cannot open it
 */
export function wasmConnection(sqlite3: Sqlite3Static, reader: RowReader, file: string): WasmConnection {
  const { capi, wasm } = sqlite3
  const target = wasm.allocPtr(1)
  const database = openDatabase(sqlite3, file, target)

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
        for (const [place, value] of parameters.entries())
          check(bindValue(sqlite3, statement, place + 1, value))
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

function errorOf({ capi }: Sqlite3Static, database: number, code: number): WasmSqliteError {
  const extended = database === 0 ? code : capi.sqlite3_extended_errcode(database)
  const name = capi.sqlite3_js_rc_str(extended === 0 ? code : extended)
  return new WasmSqliteError(name, database === 0 ? name : capi.sqlite3_errmsg(database))
}
