import Database from 'better-sqlite3'

/** One use of the driver. */
export interface Step {
  readonly sql: string
  readonly method:
    | 'run'
    | 'get'
    | 'all'
    | 'iterate'
    | 'columns'
    | 'facts'
    | 'exec'
    | 'transaction'
    | 'immediate'
    | 'failing transaction'
    | 'pragma'
    | 'simple pragma'
  readonly shape: 'pluck' | 'raw' | 'expand' | null
  readonly isSafe: boolean
  readonly isBound: boolean
  readonly given: readonly unknown[]
}

/** What it returned, or what it threw, and the state of the connection. */
export type StepResult = readonly [result: unknown, inTransaction: boolean]

export function runSteps(database: Database.Database, steps: readonly Step[]): StepResult[] {
  return steps.map((step) => [resultOf(database, step), database.inTransaction])
}

export function steps({ steps: given }: { readonly steps: readonly Step[] }): StepResult[] {
  const database = new Database('steps.db')
  return runSteps(database, given)
}

function resultOf(database: Database.Database, step: Step): unknown {
  try {
    return plain(use(database, step))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { thrown: error.name, message: error.message, code: Reflect.get(error, 'code') }
  }
}

function use(database: Database.Database, { sql, method, shape, isSafe, isBound, given }: Step): unknown {
  const failing = () => {
    database.exec(sql)
    throw new Error('a failure on purpose')
  }
  switch (method) {
    case 'exec':
      return database.exec(sql) === database
    case 'transaction':
      return database.transaction(() => database.exec(sql) === database)()
    case 'immediate':
      return database.transaction(() => database.exec(sql) === database).immediate()
    case 'failing transaction':
      return database.transaction(failing)()
    case 'pragma':
      return database.pragma(sql)
    case 'simple pragma':
      return database.pragma(sql, { simple: true })
  }
  const statement = database.prepare<unknown[]>(sql)
  if (method === 'facts') return [statement.reader, statement.readonly, statement.source, statement.busy]
  if (isSafe) statement.safeIntegers()
  if (shape !== null) statement[shape]()
  if (method === 'columns') return statement.columns()
  if (isBound) statement.bind(...given)
  const rest = isBound ? [] : given
  return method === 'iterate' ? [...statement.iterate(...rest)] : statement[method](...rest)
}

/** Buffers lose their class between threads. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return { buffer: [...value] }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).map(([key, each]) => [key, plain(each)])
}
