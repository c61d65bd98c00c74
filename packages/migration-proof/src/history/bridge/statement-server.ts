import { type Database, openMemory } from '../../engines/better-sqlite3.ts'
import { currentRun } from '../../engines/chance.ts'
import { errorMessage, readText } from '../../errors.ts'
import type { MigrationConnection } from '../../migrator/migration.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { ownStatement, withColumnNames } from '../../sql/own-statements.ts'
import { splitStatements } from '../../sql/split.ts'
import { tokenize } from '../../sql/tokens.ts'
import { isTransactionControl, NestedTransactions } from './nested-transactions.ts'
import type { Answers, FailedRequest, Reply, Request, RunResult } from './protocol.ts'

/** What a task's statements need of a connection, inside a transaction of the harness. */
export type TaskConnection = MigrationConnection

/** What they need where the task has transactions of its own. */
export type ObservedConnection = TaskConnection & Pick<Connection, 'inTransaction'>

/** Statements that leave alone which row was inserted last. */
const neverInserts =
  /^(?:SELECT|UPDATE|DELETE|PRAGMA|CREATE|ALTER|DROP|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i

/** Runs the statements of one call on the connection that the harness gave for it. */
export class StatementServer {
  readonly #connection: ObservedConnection | TaskConnection
  readonly #facts: TaskConnection
  readonly #nested: NestedTransactions | null
  readonly #errors: unknown[] = []
  /** Null where a statement may have changed it since it was read. */
  #lastRowId: bigint | null = null
  #stop: Extract<Reply, { readonly failure: FailedRequest }> | null = null

  /** @param facts where questions about the database are asked that are no statement of the task */
  constructor(
    connection: ObservedConnection | TaskConnection,
    mode: 'observe' | 'nested',
    facts: TaskConnection,
  ) {
    this.#connection = connection
    this.#facts = facts
    this.#nested = mode === 'nested' ? new NestedTransactions((sql) => connection.exec(sql)) : null
  }

  /** The error with which the harness has stopped the task; undefined where it has not. */
  get stopped(): unknown {
    return this.#stop === null ? undefined : this.errorOf(this.#stop.failure.id)
  }

  get hasStopped(): boolean {
    return this.#stop !== null
  }

  /** Whether the task has left a transaction open that is a savepoint of the harness. */
  get hasOpenTransaction(): boolean {
    return this.#nested?.isOpen === true
  }

  /** Undoes what the task has done since it began the transaction that it has left open. */
  undoOpenTransaction(): void {
    try {
      this.#nested?.undo()
    } catch {
      // What ended the transaction of the harness, such as a full disk, has ended this one, too.
    }
  }

  /** The error of a request that failed. */
  errorOf(id: number): unknown {
    return this.#errors[id]
  }

  answer(request: Request): Reply {
    // After an interruption nothing reaches the database: the code of the task still runs, and would tidy up.
    if (this.#stop !== null) return this.#stop
    try {
      const value = this.#answer(request)
      // A statement may have ended one.
      return { value, version: versionNow() }
    } catch (error) {
      const id = this.#errors.push(error) - 1
      const failure: FailedRequest = { id, ...describe(error) }
      const reply = { failure, version: versionNow() }
      if (failure.kind === 'stop') this.#stop = reply
      return reply
    }
  }

  #answer(request: Request): Answers[Request['kind']] {
    switch (request.kind) {
      case 'exec':
        for (const statement of splitStatements(request.sql)) this.#run(statement, [])
        return null
      case 'all':
        return this.#all(request.sql, request.values)
      case 'run':
        this.#run(request.sql, request.values)
        return this.#readResult(request.changesRows)
      case 'lists':
        return this.#readLists(request.sql, request.values)
      case 'compile':
        return { columns: this.#explain(request.sql) }
      case 'columns':
        return describeColumns(this.#facts, request.sql)
      case 'in-transaction':
        return this.#nested?.isOpen ?? ('inTransaction' in this.#connection && this.#connection.inTransaction)
    }
  }

  #run(sql: string, values: readonly SqlValue[]): void {
    if (!neverInserts.test(sql)) this.#lastRowId = null
    if (this.#nested !== null && isTransactionControl(sql)) this.#nested.run(sql)
    else if (values.length === 0) this.#connection.exec(sql)
    else this.#connection.all(sql, values)
  }

  #all(sql: string, values: readonly SqlValue[]): readonly SqlRow[] {
    if (!neverInserts.test(sql)) this.#lastRowId = null
    return this.#connection.all(sql, values)
  }

  /** Asks only where the answer is not known: the harness may follow what is asked. */
  #readResult(changesRows: boolean): RunResult {
    if (!changesRows && this.#lastRowId !== null) return { changes: 0n, lastInsertRowid: this.#lastRowId }
    const [row] = this.#facts.all(ownStatement('SELECT changes() AS changes, last_insert_rowid() AS id'))
    this.#lastRowId = toBigInt(row?.id)
    return { changes: changesRows ? toBigInt(row?.changes) : 0n, lastInsertRowid: this.#lastRowId }
  }

  /** How many columns the rows of a statement have; 0 for one that returns none. It is compiled, and not run. */
  #explain(sql: string): number {
    const isExplained = /^EXPLAIN\b/i.test(sql)
    const tokens = tokenize(isExplained ? sql : `EXPLAIN ${sql}`)
    const text = tokens.map((token) => (token.kind === 'parameter' ? '?' : token.text)).join('')
    const nulls = tokens.filter(({ kind }) => kind === 'parameter').map(() => null)
    const operations = this.#facts.all(ownStatement(text), nulls)
    if (isExplained) return Object.keys(operations[0] ?? {}).length
    return Number(operations.find(({ opcode }) => opcode === 'ResultRow')?.p2 ?? 0)
  }

  #readLists(sql: string, values: readonly SqlValue[]): SqlValue[][] {
    const names = Array.from({ length: this.#explain(sql) }, (_, index) => `c${index}`)
    const rows = this.#facts.all(withColumnNames(sql, names), values)
    return rows.map((row) => names.map((name) => row[name] ?? null))
  }
}

function versionNow(): number | null {
  return currentRun()?.version ?? null
}

function toBigInt(value: SqlValue | undefined): bigint {
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n
}

/** What the engine refuses is the task's to handle; whatever else is thrown stops it. */
function describe(error: unknown): Omit<FailedRequest, 'id'> {
  const code = readText(error, 'code')
  const message = errorMessage(error)
  if (code?.startsWith('SQLITE_') === true) return { kind: 'sqlite', message, code }
  if (error instanceof RangeError) return { kind: 'range', message, code }
  if (error instanceof TypeError) return { kind: 'type', message, code }
  return { kind: 'stop', message, code }
}

/** Compiles a statement in an empty copy of the database: connections do not say what the columns of a statement are. */
function describeColumns(facts: TaskConnection, sql: string): Answers['columns'] {
  const copy = openMemory()
  try {
    // The columns of a PRAGMA are the same in every database.
    if (!/^PRAGMA\b/i.test(sql)) copySchema(facts, copy)
    const statement = copy.prepare(sql)
    return { columns: statement.reader ? statement.columns() : [], isReadonly: statement.readonly }
  } finally {
    copy.close()
  }
}

function copySchema(facts: TaskConnection, copy: Database.Database): void {
  for (const { sql } of facts.all(ownStatement('SELECT sql FROM sqlite_schema ORDER BY rowid'))) {
    if (typeof sql !== 'string') continue
    try {
      copy.exec(sql)
    } catch {
      // Tables that a virtual table makes by itself are there already, and what SQLite keeps cannot be made.
    }
  }
}
