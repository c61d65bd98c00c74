import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import type { UpgradeFunction } from './upgrade.ts'

/** What an upgrade asked a connection, and what it was answered. */
interface Operation {
  readonly kind: 'exec' | 'all'
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly answer: Answer
  /** Whether a transaction was open after it. */
  readonly inTransaction: boolean
  /** How many calls the disk had had before it. */
  readonly callsBefore: number
}

type Answer = { readonly rows: readonly SqlRow[] } | { readonly error: unknown }

/** All that an upgrade asked, in order. */
export interface Recording {
  readonly operations: readonly Operation[]
}

/**
 * An upgrade that is recorded.
 *
 * @param countCalls how many calls the disk has had
 */
export function recordOperations(
  upgrade: UpgradeFunction,
  countCalls: () => number,
): { readonly upgrade: UpgradeFunction; readonly recording: Recording } {
  const operations: Operation[] = []
  const record = (connection: Connection): Connection => {
    const note = (
      kind: Operation['kind'],
      sql: string,
      parameters: readonly SqlValue[],
      work: () => SqlRow[],
    ): SqlRow[] => {
      const callsBefore = countCalls()
      const answer = answerOf(work)
      const { inTransaction } = connection
      operations.push({
        kind,
        sql,
        parameters: parameters.map(copyValue),
        answer: 'rows' in answer ? { rows: copyRows(answer.rows) } : answer,
        inTransaction,
        callsBefore,
      })
      return give(answer)
    }
    return {
      exec: (sql) => {
        note('exec', sql, [], () => {
          connection.exec(sql)
          return []
        })
      },
      all: (sql, parameters = []) => note('all', sql, parameters, () => connection.all(sql, parameters)),
      get inTransaction() {
        return connection.inTransaction
      },
      openMemory: () => connection.openMemory(),
      close: () => connection.close(),
    }
  }
  return { upgrade: (connection) => upgrade(record(connection)), recording: { operations } }
}

function answerOf(work: () => SqlRow[]) {
  try {
    return { rows: work() }
  } catch (error) {
    return { error }
  }
}

function give(answer: { readonly rows: SqlRow[] } | { readonly error: unknown }): SqlRow[] {
  if ('error' in answer) throw answer.error
  return answer.rows
}

/** Rows that the upgrade may change, as it may those of a driver. */
function copyRows(rows: readonly SqlRow[]): SqlRow[] {
  return rows.map((row) => {
    const copy = { ...row }
    for (const [column, value] of Object.entries(row)) if (value instanceof Uint8Array) copy[column] = value.slice()
    return copy
  })
}

function copyValue(value: SqlValue): SqlValue {
  return value instanceof Uint8Array ? value.slice() : value
}

/** The upgrade asked something else than in its recording. */
class DeviationError extends Error {
  override readonly name = 'DeviationError'
}

export interface Prefix {
  readonly recording: Recording
  /** How many operations are answered from the recording. */
  readonly length: number
  /** Called before one that is done. */
  readonly onOperation: (index: number) => void
}

/**
 * An upgrade whose first operations are not done: their answers are those of a recording.
 */
export function skipPrefix(
  upgrade: UpgradeFunction,
  { recording, length, onOperation }: Prefix,
): { readonly upgrade: UpgradeFunction; readonly hasDeviated: () => boolean } {
  const { operations } = recording
  let index = 0
  let hasDeviated = false
  const deviate = (): never => {
    hasDeviated = true
    throw new DeviationError('The upgrade asked something else than before.')
  }
  const take = (kind: Operation['kind'], sql: string, parameters: readonly SqlValue[]): SqlRow[] => {
    const operation = operations[index]
    if (hasDeviated || operation === undefined || !isSame(operation, kind, sql, parameters)) return deviate()
    index++
    const { answer } = operation
    return give('rows' in answer ? { rows: copyRows(answer.rows) } : answer)
  }
  const isSkipping = () => hasDeviated || index < length
  const skipOn = (connection: Connection): Connection => ({
    exec: (sql) => {
      if (isSkipping()) take('exec', sql, [])
      else {
        onOperation(index++)
        connection.exec(sql)
      }
    },
    all: (sql, parameters = []) => {
      if (isSkipping()) return take('all', sql, parameters)
      onOperation(index++)
      return connection.all(sql, parameters)
    },
    get inTransaction() {
      return isSkipping() ? (operations[index - 1]?.inTransaction ?? false) : connection.inTransaction
    },
    openMemory: () => (isSkipping() ? deviate() : connection.openMemory()),
    close: () => connection.close(),
  })
  return {
    upgrade: (connection) => upgrade(skipOn(connection)),
    hasDeviated: () => hasDeviated || index < length,
  }
}

function isSame(
  operation: Operation,
  kind: Operation['kind'],
  sql: string,
  parameters: readonly SqlValue[],
): boolean {
  return (
    operation.kind === kind &&
    operation.sql === sql &&
    operation.parameters.length === parameters.length &&
    operation.parameters.every((value, position) => isSameValue(value, parameters[position]))
  )
}

function isSameValue(left: SqlValue, right: SqlValue | undefined): boolean {
  if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array)) return Object.is(left, right)
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
