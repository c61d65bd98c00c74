import { type Database, openMemory } from '../engines/better-sqlite3.ts'
import type { SqlValue } from '../sql/connection.ts'

/** SQLite's functions of date and time, each with the index of its time value among the arguments. */
const timeFunctions: Readonly<Record<string, number>> = {
  date: 0,
  time: 0,
  datetime: 0,
  julianday: 0,
  unixepoch: 0,
  timediff: 0,
  strftime: 1,
}
/** Each with the function that gives the same of a time value. */
const alwaysNow = { current_date: 'date', current_time: 'time', current_timestamp: 'datetime' } as const
const alwaysRandom = ['random', 'randomblob']

/** Thrown where the clock or chance would decide what is written. */
class UnrepeatableError extends Error {}

/** Whether an error says, by itself or by its cause, that the clock or chance would decide what is written. */
export function isUnrepeatable(error: unknown): boolean {
  return error instanceof UnrepeatableError || (error instanceof Error && isUnrepeatable(error.cause))
}

/**
 * Makes a connection refuse to read the clock or to draw random numbers, so that the same statements always
 * write the same rows. Functions of date and time still work on the values they are given.
 * See https://www.sqlite.org/lang_datefunc.html
 *
 * @returns a function that frees what this needs; call it after the connection is closed
 */
export function forbidClock(database: Database.Database): () => void {
  return replaceClock(database, null)
}

/**
 * Makes the clock of a connection, and that of JavaScript while the work runs, stand still. Random numbers are refused,
 * and so are local times, which are others on other machines.
 */
export function atInstant<Result>(
  database: Database.Database,
  milliseconds: number,
  work: () => Result,
): Result {
  const release = replaceClock(database, new Date(milliseconds).toISOString())
  try {
    return withFixedDate(milliseconds, work)
  } finally {
    release()
  }
}

/** Runs the work while the clock of JavaScript stands still. */
export function withFixedDate<Result>(milliseconds: number, work: () => Result): Result {
  const { Date: real } = globalThis
  globalThis.Date = new Proxy(real, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [milliseconds] : values, newTarget),
    apply: () => new real(milliseconds).toString(),
    get: (target, key) => (key === 'now' ? () => milliseconds : Reflect.get(target, key)),
  })
  try {
    return work()
  } finally {
    globalThis.Date = real
  }
}

/** @param instant what `now` means, as a time value of SQLite; null where it is refused */
function replaceClock(database: Database.Database, instant: string | null): () => void {
  const original = openMemory()
  const options = { varargs: true, deterministic: true }
  const call = (name: string, values: readonly SqlValue[]) =>
    original
      .prepare(`SELECT ${name}(${values.map(() => '?').join(', ')})`)
      .pluck()
      .safeIntegers()
      .get(...values)
  for (const [name, index] of Object.entries(timeFunctions)) {
    database.function(name, options, (...values: SqlValue[]) => {
      if (!readsClock(values, index)) return call(name, values)
      if (instant === null || values.includes('localtime')) throw refusal(name)
      return call(name, withInstant(values, index, instant))
    })
  }
  for (const [name, same] of Object.entries(alwaysNow)) {
    database.function(name, options, () => {
      if (instant === null) throw refusal(name)
      return call(same, [instant])
    })
  }
  for (const name of alwaysRandom) {
    database.function(name, options, () => {
      throw refusal(name)
    })
  }
  return () => {
    original.close()
  }
}

/** A call without a time value means now; so does one whose time value is missing but for a modifier. */
function readsClock(values: readonly SqlValue[], index: number): boolean {
  return lacksTime(values, index) || values.some(isNow)
}

function withInstant(values: readonly SqlValue[], index: number, instant: string): SqlValue[] {
  if (lacksTime(values, index)) return values.toSpliced(index, 0, instant)
  return values.map((value) => (isNow(value) ? instant : value))
}

function lacksTime(values: readonly SqlValue[], index: number): boolean {
  return values.length <= index || /^subsec(ond)?$/i.test(String(values[index]))
}

function isNow(value: SqlValue): boolean {
  return String(value).toLowerCase() === 'now'
}

function refusal(name: string): Error {
  return new UnrepeatableError(
    `${name}() reads the clock or chance, which are never twice the same: write the value itself`,
  )
}
