import { type Database, openMemory } from '../engines/better-sqlite3.ts'
import type { SqlValue } from '../sql/connection.ts'

/** SQLite's functions of date and time, each with the place of its time value among the arguments. */
const timeFunctions: Readonly<Record<string, number>> = {
  date: 0,
  time: 0,
  datetime: 0,
  julianday: 0,
  unixepoch: 0,
  timediff: 0,
  strftime: 1,
}
const alwaysNow = ['current_date', 'current_time', 'current_timestamp']
const alwaysRandom = ['random', 'randomblob']

/**
 * Makes a connection refuse to read the clock or to draw random numbers, so that the same statements always
 * write the same rows. Functions of date and time still work on the values they are given.
 * See https://www.sqlite.org/lang_datefunc.html
 *
 * @returns a function that frees what this needs; call it after the connection is closed
 */
export function forbidClock(database: Database.Database): () => void {
  const original = openMemory()
  const options = { varargs: true, deterministic: true }
  for (const [name, timeValue] of Object.entries(timeFunctions)) {
    database.function(name, options, (...values: SqlValue[]) => {
      if (readsClock(values, timeValue)) throw refusal(name)
      const call = original.prepare(`SELECT ${name}(${values.map(() => '?').join(', ')})`)
      return call
        .pluck()
        .safeIntegers()
        .get(...values)
    })
  }
  for (const name of [...alwaysNow, ...alwaysRandom]) {
    database.function(name, options, () => {
      throw refusal(name)
    })
  }
  return () => {
    original.close()
  }
}

/** A call without a time value means now; so does one whose time value is missing but for a modifier. */
function readsClock(values: readonly SqlValue[], timeValue: number): boolean {
  const words = values.map((value) => String(value).toLowerCase())
  const first = words[timeValue]
  return first === undefined || /^subsec(ond)?$/.test(first) || words.includes('now')
}

function refusal(name: string): Error {
  return new Error(
    `${name}() reads the clock or chance, which are never twice the same: write the value itself`,
  )
}
