/** What the tests use of sql.js 1.6 and 1.7, which bring no types of their own. */
interface SqlJsStatement {
  bind(values: readonly never[]): boolean
  step(): boolean
  getColumnNames(): string[]
  get(parameters: null, options: { useBigInt: true }): (null | bigint | number | string | Uint8Array)[]
  free(): boolean
}

interface SqlJsDatabase {
  prepare(sql: string): SqlJsStatement
  export(): Uint8Array
  close(): void
}

interface SqlJs {
  Database: new (file?: Uint8Array) => SqlJsDatabase
}

declare module 'sqljs-3.36' {
  export default function initSqlJs(options: { wasmBinary: Uint8Array }): Promise<SqlJs>
}

declare module 'sqljs-3.38' {
  export default function initSqlJs(options: { wasmBinary: Uint8Array }): Promise<SqlJs>
}
