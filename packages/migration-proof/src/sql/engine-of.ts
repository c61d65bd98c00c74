import type { Connection } from './connection.ts'

const known = new WeakMap<Connection, string | null>()

/** The version of the engine of a connection, with its build; null of one that does not say which it is, as D1. */
export function engineOf(connection: Connection): string | null {
  const found = known.get(connection)
  if (found !== undefined) return found
  const engine = readEngine(connection)
  known.set(connection, engine)
  return engine
}

function readEngine(connection: Connection): string | null {
  try {
    const [row] = connection.all("SELECT sqlite_version() || ' ' || sqlite_source_id() AS engine")
    return String(row?.engine)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_ERROR') return null
    throw error
  }
}
