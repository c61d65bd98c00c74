import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import type { ByteSink } from './byte-sink.ts'
import type { RowFunctions } from './wasm-exports.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Binds a value to the parameter at a place, counted from 1; returns SQLite's result code. */
export function bindValue(
  { capi, wasm }: Sqlite3Static,
  statement: number,
  place: number,
  value: SqlValue,
): number {
  // A parameter that nothing was bound to is NULL.
  if (value === null) return capi.SQLITE_OK
  if (typeof value === 'bigint') return capi.sqlite3_bind_int64(statement, place, value)
  if (typeof value === 'number') return capi.sqlite3_bind_double(statement, place, value)
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  // An address of 0 would mean NULL, so that nothing gets a byte as well.
  const address = wasm.alloc(bytes.length + 1)
  wasm.heap8u().set(bytes, address)
  return typeof value === 'string'
    ? capi.sqlite3_bind_text(statement, place, address, bytes.length, capi.SQLITE_WASM_DEALLOC)
    : capi.sqlite3_bind_blob(statement, place, address, bytes.length, capi.SQLITE_WASM_DEALLOC)
}

/** Reads the row that a statement stands on. */
export function makeRowReader({ capi, wasm }: Sqlite3Static) {
  const functions: RowFunctions = wasm.exports

  /** Text may hold NUL characters, so that no function for C strings reads it. */
  const viewBytes = (statement: number, place: number): Uint8Array => {
    const address = functions.sqlite3_column_blob(statement, place)
    return wasm.heap8u().subarray(address, address + functions.sqlite3_column_bytes(statement, place))
  }

  const readValue = (statement: number, place: number): SqlValue => {
    switch (functions.sqlite3_column_type(statement, place)) {
      case capi.SQLITE_NULL:
        return null
      case capi.SQLITE_INTEGER:
        return functions.sqlite3_column_int64(statement, place)
      case capi.SQLITE_FLOAT:
        return functions.sqlite3_column_double(statement, place)
      case capi.SQLITE_TEXT:
        return decoder.decode(viewBytes(statement, place))
      default:
        return viewBytes(statement, place).slice()
    }
  }

  return {
    /** Steps to the next row; returns SQLite's result code. */
    step: (statement: number): number => functions.sqlite3_step(statement),

    readColumnNames: (statement: number): string[] =>
      Array.from({ length: functions.sqlite3_column_count(statement) }, (_, place) =>
        capi.sqlite3_column_name(statement, place),
      ),

    readRow: (statement: number, columns: readonly string[]): SqlRow => {
      const row: Record<string, SqlValue> = {}
      for (const [place, column] of columns.entries()) row[column] = readValue(statement, place)
      return row
    },

    /** Appends type and bytes of each value of the row. */
    dumpRow: (statement: number, sink: ByteSink): void => {
      const count = functions.sqlite3_column_count(statement)
      for (let place = 0; place < count; place++) {
        const type = functions.sqlite3_column_type(statement, place)
        const bytes =
          type === capi.SQLITE_FLOAT
            ? bytesOfReal(functions.sqlite3_column_double(statement, place))
            : viewBytes(statement, place)
        sink.append(type, bytes)
      }
    },
  }
}

export type RowReader = ReturnType<typeof makeRowReader>

function bytesOfReal(value: number): Uint8Array {
  return new Uint8Array(Float64Array.of(value).buffer)
}
