import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import type { UpgradeFunction } from './upgrade.ts'

/** What an upgrade asks a connection. */
export interface Operation {
  readonly kind: 'exec' | 'all'
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export type Answer = { readonly rows: SqlRow[] } | { readonly error: unknown }

/** All that an upgrade asked, in order, and what it was answered. */
export interface Recording {
  readonly operations: readonly RecordedOperation[]
}

interface RecordedOperation extends Operation {
  readonly answer: Answer
  /** Whether a transaction was open after it. */
  readonly inTransaction: boolean
  /** How many calls the disk had had before it. */
  readonly callsBefore: number
}

/** A connection whose operations go through a function. */
export function intercept(
  connection: Connection,
  handle: (operation: Operation, ask: () => Answer) => Answer,
): Connection {
  return {
    exec: (sql) => {
      give(handle({ kind: 'exec', sql, parameters: [] }, () => answerOf(() => execute(connection, sql))))
    },
    all: (sql, parameters = []) =>
      give(handle({ kind: 'all', sql, parameters }, () => answerOf(() => connection.all(sql, parameters)))),
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
}

function execute(connection: Connection, sql: string): SqlRow[] {
  connection.exec(sql)
  return []
}

function answerOf(work: () => SqlRow[]): Answer {
  try {
    return { rows: work() }
  } catch (error) {
    return { error }
  }
}

function give(answer: Answer): SqlRow[] {
  if ('error' in answer) throw answer.error
  return answer.rows
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
  const operations: RecordedOperation[] = []
  const record = (connection: Connection) =>
    intercept(connection, ({ kind, sql, parameters }, ask) => {
      const callsBefore = countCalls()
      const answer = ask()
      const { inTransaction } = connection
      const copies = { parameters: parameters.map(copyValue), answer: copyAnswer(answer) }
      operations.push({ kind, sql, ...copies, inTransaction, callsBefore })
      return answer
    })
  return { upgrade: (connection) => upgrade(record(connection)), recording: { operations } }
}

/** What an upgrade was answered is its own, which it may change. */
function copyAnswer(answer: Answer): Answer {
  return 'error' in answer ? answer : { rows: answer.rows.map(copyRow) }
}

function copyRow(row: SqlRow): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, copyValue(value)]))
}

function copyValue(value: SqlValue): SqlValue {
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}

/** Why an upgrade gets no answer; what it makes of it does not count. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError'
}

export interface Prefix {
  readonly recording: Recording
  /** How many operations are not done. */
  readonly length: number
  /** Called for each one that is done. */
  readonly handle: (operation: Operation, ask: () => Answer, index: number) => Answer
}

/** An upgrade whose first operations are not done: they get the answers of a recording. */
export function skipPrefix(
  upgrade: UpgradeFunction,
  { recording: { operations }, length, handle }: Prefix,
): {
  readonly upgrade: UpgradeFunction
  /** Whether it asked something else than in the recording, so that it was not answered. */
  hasDeviated(): boolean
} {
  let index = 0
  let hasDeviated = false
  const deviate = () => {
    hasDeviated = true
    return new CutOffError('The upgrade asks something else than before.')
  }
  const answerAsBefore = (operation: Operation): Answer => {
    const recorded = operations[index]
    if (hasDeviated || recorded === undefined || !isSame(recorded, operation)) return { error: deviate() }
    index++
    return copyAnswer(recorded.answer)
  }
  const isSkipping = () => hasDeviated || index < length
  const skipOn = (connection: Connection): Connection => {
    const { exec, all, close } = intercept(connection, (operation, ask) =>
      isSkipping() ? answerAsBefore(operation) : handle(operation, ask, index++),
    )
    return {
      exec,
      all,
      close,
      get inTransaction() {
        return isSkipping() ? (operations[index - 1]?.inTransaction ?? false) : connection.inTransaction
      },
      openMemory: () => {
        if (isSkipping()) throw deviate()
        return connection.openMemory()
      },
    }
  }
  return {
    upgrade: (connection) => upgrade(skipOn(connection)),
    hasDeviated: () => isSkipping(),
  }
}

function isSame(left: Operation, right: Operation): boolean {
  return (
    left.kind === right.kind &&
    left.sql === right.sql &&
    left.parameters.length === right.parameters.length &&
    left.parameters.every((value, position) => isSameValue(value, right.parameters[position]))
  )
}

function isSameValue(left: SqlValue, right: SqlValue | undefined): boolean {
  if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array)) return Object.is(left, right)
  return Buffer.compare(left, right) === 0
}

/**
 * An operation and its answer as text, which differs where one of them does. Of an error only counts that there is one: what
 * the upgrade makes of it shows in what it asks next.
 */
export function describeOperation({ kind, sql, parameters }: Operation, answer: Answer): string {
  const answered =
    'error' in answer
      ? 'an error'
      : answer.rows.map((row) => Object.entries(row).map(([column, value]) => [column, describeValue(value)]))
  return JSON.stringify([kind, sql, parameters.map(describeValue), answered])
}

function describeValue(value: SqlValue): string {
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : `${typeof value} ${value}`
}
