import { type Database, openMemory, withPrepared } from '../engines/better-sqlite3.ts'
import { currentRun, type MigrationRun } from '../engines/chance.ts'
import type { SqlValue } from '../sql/connection.ts'
import { withTimeZone } from './time-zone.ts'

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
const alwaysRandom = ['random', 'randomblob'] as const

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
  return replaceClock(database, null, null)
}

/** What else than the clock may be another at each run. */
export interface Surroundings {
  /** Where random numbers start. */
  readonly seed: number
  /** The time zone, in minutes east of UTC. */
  readonly zone: number
}

/**
 * Makes the clock of a connection, and that of JavaScript while the work runs, stand still.
 *
 * @param surroundings without them, SQL refuses random numbers and the local time
 */
export function atInstant<Result>(
  database: Database.Database,
  milliseconds: number,
  work: () => Result,
  surroundings: Surroundings | null = null,
): Result {
  const chance = surroundings === null ? null : countFrom(surroundings.seed)
  const release = replaceClock(database, new Date(milliseconds).toISOString(), chance, surroundings?.zone)
  const ofJavaScript = () =>
    withFixedDate(milliseconds, () => (chance ? withFixedChance(chance, work) : work()))
  try {
    return surroundings === null ? ofJavaScript() : withTimeZone(surroundings.zone, ofJavaScript)
  } finally {
    release()
  }
}

/** When everything happens that is compared, in milliseconds since 1970. */
const stillInstant = 1_700_000_000_000

/**
 * Does some work with databases whose clock stands still, and whose random numbers are the same each time: otherwise two
 * upgrades that store either could not be compared.
 */
export function withStillClock<Result>(work: () => Result): Result {
  // It is never closed: opening one each time takes longer than some of the work.
  stillOriginal ??= openMemory()
  const original = stillOriginal
  const instant = new Date(stillInstant).toISOString()
  return withPrepared((database) => overrideClock(database, original, instant, chanceByMigration()), work)
}

let stillOriginal: Database.Database | undefined

/** The same for the clock and chance of JavaScript. */
export function withStillJavaScript<Result>(work: () => Result): Result {
  return withFixedDate(stillInstant, () => withFixedChance(countFrom(1), work))
}

/** The next of a row of numbers below 2^32, which look random and are the same for the same start. */
type Chance = () => number

/** https://en.wikipedia.org/wiki/Linear_congruential_generator */
function countFrom(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}

/**
 * Random numbers that are the same in each run of a migration, whichever ones ran before it on the same connection, and others
 * than those of the others: rows of two migrations may need different ids.
 */
function chanceByMigration(): Chance {
  const others = countFrom(1)
  const ofRuns = new WeakMap<MigrationRun, Chance>()
  return () => {
    const run = currentRun()
    if (run === null) return others()
    const chance = ofRuns.get(run) ?? countFrom(Math.imul(run.version, 2_654_435_761))
    ofRuns.set(run, chance)
    return chance()
  }
}

/** What stands for `Math.random`, by the same rule. */
export function stillChance(): () => number {
  const chance = chanceByMigration()
  return () => chance() / 2 ** 32
}

function withFixedChance<Result>(chance: Chance, work: () => Result): Result {
  const { random } = Math
  Math.random = () => chance() / 2 ** 32
  try {
    return work()
  } finally {
    Math.random = random
  }
}

/** By this name: what a config imports is another bundle than the command that has stopped the clock. */
const isStillKey = Symbol.for('migration-proof clock stands still')

/** Whether the clock of JavaScript stands still. */
export function isJavaScriptStill(): boolean {
  return Reflect.get(globalThis.Date, isStillKey) === true
}

/** Runs the work while the clock of JavaScript stands still. */
export function withFixedDate<Result>(milliseconds: number, work: () => Result): Result {
  const { Date: real } = globalThis
  globalThis.Date = new Proxy(real, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [milliseconds] : values, newTarget),
    apply: () => new real(milliseconds).toString(),
    get: (target, key) =>
      key === 'now' ? () => milliseconds : key === isStillKey ? true : Reflect.get(target, key),
  })
  try {
    return work()
  } finally {
    globalThis.Date = real
  }
}

/**
 * @param instant what `now` means, as a time value of SQLite; null where it is refused
 * @param chance what random numbers are made of; null where they are refused
 * @param zone in minutes east of UTC; null for that of this machine
 */
function replaceClock(
  database: Database.Database,
  instant: string | null,
  chance: Chance | null,
  zone: number | null = null,
): () => void {
  const original = openMemory()
  overrideClock(database, original, instant, chance, zone)
  return () => {
    original.close()
  }
}

/** @param original a database whose functions are those of SQLite */
function overrideClock(
  database: Database.Database,
  original: Database.Database,
  instant: string | null,
  chance: Chance | null,
  zone: number | null = null,
): void {
  const options = { varargs: true, deterministic: true }
  const varying = { varargs: true, deterministic: chance === null }
  const statements = new Map<string, Database.Statement>()
  const call = (name: string, values: readonly SqlValue[]) => {
    const sql = `SELECT ${name}(${values.map(() => '?').join(', ')})`
    const statement = statements.get(sql) ?? original.prepare(sql).pluck().safeIntegers()
    statements.set(sql, statement)
    return statement.get(...values)
  }
  for (const [name, index] of Object.entries(timeFunctions)) {
    database.function(name, options, (...values: SqlValue[]) => {
      const inZone = zone === null ? values : values.map((value) => shiftOf(value, zone))
      if (!readsClock(inZone, index)) return call(name, inZone)
      if (instant === null || (chance === null && values.some(isLocal))) throw refusal(name)
      return call(name, withInstant(inZone, index, instant))
    })
  }
  for (const [name, same] of Object.entries(alwaysNow)) {
    database.function(name, options, () => {
      if (instant === null) throw refusal(name)
      return call(same, [instant])
    })
  }
  const [number, bytes] = alwaysRandom
  database.function(number, varying, () => {
    if (chance === null) throw refusal(number)
    return BigInt.asIntN(64, (BigInt(chance()) << 32n) | BigInt(chance()))
  })
  database.function(bytes, varying, (length: SqlValue) => {
    if (chance === null) throw refusal(bytes)
    return Buffer.from(Array.from({ length: Math.max(1, Number(length)) }, () => chance() >>> 24))
  })
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

function isLocal(value: SqlValue): boolean {
  return String(value).toLowerCase() === 'localtime'
}

/** The modifier by which a time zone changes a time: https://www.sqlite.org/lang_datefunc.html#modifiers */
function shiftOf(value: SqlValue, zone: number): SqlValue {
  if (isLocal(value)) return `${zone} minutes`
  return String(value).toLowerCase() === 'utc' ? `${-zone} minutes` : value
}

function isNow(value: SqlValue): boolean {
  return String(value).toLowerCase() === 'now'
}

function refusal(name: string): Error {
  return new UnrepeatableError(
    `${name}() reads the clock or chance, which are never twice the same: write the value itself`,
  )
}
