import { type Connection, connectionOf, type Engine, EngineError, type SqlRow } from 'migration-proof'
import initSqlite, { type Database, type PreparedStatement, type Sqlite3Static } from 'sqlite-wasm-3.50'
import { withoutWal } from './without-wal.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** SQLite 3.50.4, the version that the server embeds, as SQLite's own project compiled it to WASM. */
export async function loadOfficialWasmEngine(): Promise<Engine> {
  // It prints each statement that a constraint refuses, and every refusal here is one that was asked for.
  Object.assign(globalThis, { sqlite3ApiConfig: { warn: () => {} } })
  const sqlite3 = await initSqlite()
  return {
    name: `SQLite's own WASM build`,
    open: (file) => {
      const database = openFile(sqlite3, withoutWal(file))
      return {
        connection: connect(sqlite3, database),
        save: () => sqlite3.capi.sqlite3_js_db_export(database),
        [Symbol.dispose]: () => database.close(),
      }
    },
  }
}

function openFile(sqlite3: Sqlite3Static, file: Uint8Array): Database {
  const database = new sqlite3.oo1.DB(':memory:', 'c')
  if (file.length === 0) return database
  const { capi, wasm } = sqlite3
  const code = capi.sqlite3_deserialize(
    database,
    'main',
    wasm.allocFromTypedArray(file),
    file.length,
    file.length,
    capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE,
  )
  database.checkRc(code)
  return database
}

function connect(sqlite3: Sqlite3Static, database: Database): Connection {
  return connectionOf({
    run: (sql) => runCoded(sqlite3, () => readRows(sqlite3, database, sql)),
    isInTransaction: () => isInTransaction(sqlite3, database),
    openMemory: () => connect(sqlite3, new sqlite3.oo1.DB(':memory:', 'c')),
    close: () => database.close(),
  })
}

/** Its types lack https://www.sqlite.org/c3ref/get_autocommit.html */
function isInTransaction({ capi }: Sqlite3Static, database: Database): boolean {
  const getAutocommit: unknown = Reflect.get(capi, 'sqlite3_get_autocommit')
  if (typeof getAutocommit !== 'function') throw new TypeError('sqlite3_get_autocommit is no function')
  return getAutocommit(database.pointer) === 0
}

function runCoded<Result>(sqlite3: Sqlite3Static, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof sqlite3.SQLite3Error)) throw error
    const code = sqlite3.capi.sqlite3_js_rc_str(error.resultCode)
    throw new EngineError(code ?? 'SQLITE_ERROR', error.message)
  }
}

function readRows(sqlite3: Sqlite3Static, database: Database, sql: string): SqlRow[] {
  const statement = database.prepare(sql)
  try {
    const names = statement.columnCount > 0 ? statement.getColumnNames() : []
    const rows: SqlRow[] = []
    while (statement.step()) {
      rows.push(Object.fromEntries(names.map((name, place) => [name, readValue(sqlite3, statement, place)])))
    }
    return rows
  } finally {
    statement.finalize()
  }
}

/** Read by its type: a small integer is the same JavaScript number as a real, and text may begin with U+FEFF. */
function readValue({ capi }: Sqlite3Static, statement: PreparedStatement, place: number): SqlRow[string] {
  const type = capi.sqlite3_column_type(statement, place)
  if (type === capi.SQLITE_NULL) return null
  if (type === capi.SQLITE_INTEGER) return readInteger(statement, place)
  if (type === capi.SQLITE_FLOAT) return capi.sqlite3_column_double(statement, place)
  const bytes = statement.getBlob(place) ?? new Uint8Array()
  return type === capi.SQLITE_TEXT ? decoder.decode(bytes) : bytes
}

function readInteger(statement: PreparedStatement, place: number): bigint {
  const value = statement.get(place)
  if (typeof value === 'bigint') return value
  return BigInt(Number(value))
}
