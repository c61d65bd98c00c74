import type { MessagePort } from 'node:worker_threads'
import type { SqlRow, SqlValue } from '../../sql/connection.ts'
import type { Refusal } from './errors.ts'

/** What a thread of tasks is given when it starts. */
export interface ThreadData {
  /** The URL of the module whose exports are the tasks. */
  readonly module: string
  readonly folder: string
  readonly clock: Clock
  readonly port: MessagePort
  readonly signals: Int32Array
}

/** Whether time passes in a thread, and whether chance differs from call to call. */
export type Clock = 'still' | 'real'

export interface TaskCall {
  readonly id: number
  readonly task: string
  readonly argument: unknown
}

/** What a statement of a task asks the harness for. */
export type Request =
  | { readonly kind: 'exec'; readonly sql: string }
  | { readonly kind: 'all'; readonly sql: string; readonly values: readonly SqlValue[] }
  | {
      readonly kind: 'run'
      readonly sql: string
      readonly values: readonly SqlValue[]
      readonly changesRows: boolean
    }
  /** The rows of a query as arrays, where the names of its columns do not show them all. */
  | { readonly kind: 'lists'; readonly sql: string; readonly values: readonly SqlValue[] }
  /** Whether SQLite compiles the statement, and how many columns its rows have. */
  | { readonly kind: 'compile'; readonly sql: string }
  | { readonly kind: 'columns'; readonly sql: string }
  | { readonly kind: 'in-transaction' }

/** A column as better-sqlite3 describes it. */
export interface Column {
  readonly name: string
  readonly column: string | null
  readonly table: string | null
  readonly database: string | null
  readonly type: string | null
}

/** What `run` of better-sqlite3 returns. */
export interface RunResult {
  readonly changes: bigint
  readonly lastInsertRowid: bigint
}

/** The answer to each request. */
export interface Answers {
  readonly exec: null
  readonly all: readonly SqlRow[]
  readonly run: RunResult
  readonly lists: readonly (readonly SqlValue[])[]
  /** No columns for a statement that returns no rows. */
  readonly compile: { readonly columns: number }
  readonly columns: { readonly columns: readonly Column[]; readonly isReadonly: boolean }
  readonly 'in-transaction': boolean
}

export type Reply = ({ readonly value: Answers[Request['kind']] } | { readonly failure: FailedRequest }) & {
  /** The version of the migration that runs, as far as the harness knows; null for none. */
  readonly version: number | null
}

/** An error of the engine, or one with which the harness stops the task. */
export interface FailedRequest {
  /** By which the harness finds its own error again. */
  readonly id: number
  readonly kind: 'sqlite' | 'type' | 'range' | 'stop'
  readonly message: string
  readonly code: string | null
}

/** An error that a task has thrown. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | null
  readonly code: string | null
  readonly cause: SentError | null
  /** Set for an error that the harness has sent itself. */
  readonly failedRequest: number | null
  readonly refusal: Refusal | null
}

/** How a task ended. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: SentError }
  /** What no error can hide that the code of a project catches. */
  | { readonly refusal: Refusal }

export type FromThread =
  /** The module of the tasks is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'settled'; readonly id: number; readonly outcome: Outcome }
  /** What an earlier task did after it had settled. */
  | { readonly kind: 'late'; readonly id: number; readonly refusal: Refusal }
  | { readonly kind: 'ended' }
