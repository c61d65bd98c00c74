import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Connection, Engine, SqlRow } from 'migration-proof'
import { connectionOf } from 'migration-proof'
import init336 from 'sqljs-3.36'
import init338 from 'sqljs-3.38'
import { withoutWal } from './without-wal.ts'

const { resolve } = createRequire(import.meta.url)

/** SQLite 3.36 and 3.38, the neighbours of the version that brought `unixepoch()`, as sql.js compiled them to WASM. */
export async function loadSqlJsEngines(): Promise<Engine[]> {
  const sqlJs336 = await init336({ wasmBinary: readFileSync(resolve('sqljs-3.36/dist/sql-wasm.wasm')) })
  const sqlJs338 = await init338({ wasmBinary: readFileSync(resolve('sqljs-3.38/dist/sql-wasm.wasm')) })
  return [engineOf('sql.js 1.6.2', sqlJs336), engineOf('sql.js 1.7.0', sqlJs338)]
}

function engineOf(name: string, sqlJs: SqlJs): Engine {
  return {
    name,
    open: (file) => {
      const database = new sqlJs.Database(withoutWal(file))
      return {
        connection: connect(sqlJs, database),
        save: () => database.export(),
        [Symbol.dispose]: () => database.close(),
      }
    },
  }
}

function connect(sqlJs: SqlJs, database: SqlJsDatabase): Connection {
  return connectionOf({
    run: (sql) => readRows(database.prepare(sql)),
    openMemory: () => connect(sqlJs, new sqlJs.Database()),
    close: () => database.close(),
  })
}

function readRows(statement: SqlJsStatement): SqlRow[] {
  try {
    const names = statement.getColumnNames()
    const rows: SqlRow[] = []
    while (statement.step()) {
      const values = statement.get(null, { useBigInt: true })
      rows.push(Object.fromEntries(names.map((name, place) => [name, values[place] ?? null])))
    }
    return rows
  } finally {
    statement.free()
  }
}
