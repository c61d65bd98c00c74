import type { MessagePort } from 'node:worker_threads'
import type { SqlRow, SqlValue } from '../sql/connection.ts'

/** What a process is asked for that runs an engine. Its databases are numbered from 0. */
export type EngineRequest =
  | {
      readonly kind: 'load'
      /** The engine: the name of a module that its runtime has, or of a package. */
      readonly engine: string
      /** The path of the package's entry; null for a module of the runtime. */
      readonly entry: string | null
      /** What the project passes to the constructor of the driver. */
      readonly options: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'open'; readonly path: string }
  | { readonly kind: 'run'; readonly database: number; readonly sql: string }
  | {
      readonly kind: 'batch'
      readonly database: number
      readonly statements: readonly string[]
      /** Whether all of them are one transaction. */
      readonly isTransaction: boolean
    }
  | { readonly kind: 'in-transaction'; readonly database: number }
  | { readonly kind: 'close'; readonly database: number }

/** What each of them is answered with; a request that fails, with the engine's own words and code. */
export interface EngineAnswers {
  readonly load: { readonly runtime: string }
  readonly open: number
  readonly run: readonly EncodedRow[]
  /** The rows of each statement. */
  readonly batch: readonly (readonly EncodedRow[])[]
  /** Null where the driver does not know. */
  readonly 'in-transaction': boolean | null
  readonly close: null
}

export type EngineReply =
  | { readonly value: EngineAnswers[EngineRequest['kind']] }
  | {
      readonly failure: {
        readonly message: string
        readonly code: string | null
        /** The number of the statement of a batch that failed, from 0. */
        readonly index?: number | null
      }
    }

/** What the thread beside a process is given, and what it passes on: lines of JSON. */
export interface EngineThreadData {
  readonly command: readonly [program: string, ...parameters: string[]]
  /** The working directory of the process. */
  readonly folder: string
  readonly port: MessagePort
  readonly signals: Int32Array
}

export type FromEngineThread =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ended'; readonly how: string; readonly lastWords: string }

/** A value in JSON, which has neither integers of 64 bits nor bytes, nor all real numbers. */
export type EncodedValue =
  | null
  | string
  | { readonly integer: string }
  | { readonly real: string }
  | { readonly blob: string }

export type EncodedRow = Readonly<Record<string, EncodedValue>>

/** Writes a value as an engine's process sends it. A `bigint` is an INTEGER, a number a REAL. */
export function encodeValue(value: SqlValue): EncodedValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint') return { integer: value.toString() }
  if (typeof value === 'number') return { real: Object.is(value, -0) ? '-0' : String(value) }
  return { blob: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
}

export function decodeRow(row: EncodedRow): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, decodeValue(value)]))
}

function decodeValue(value: EncodedValue): SqlValue {
  if (value === null || typeof value === 'string') return value
  if ('integer' in value) return BigInt(value.integer)
  if ('real' in value) return Number(value.real)
  return Buffer.from(value.blob, 'base64')
}
