import type { Column } from '../schema/model.ts'
import type { SqlValue } from '../sql/connection.ts'

/** How SQLite prefers to store a column: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC'

/** The affinity of a declared type. */
export function affinityOf(type: string): Affinity {
  if (/INT/i.test(type)) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/i.test(type)) return 'TEXT'
  if (type === '' || /BLOB/i.test(type)) return 'BLOB'
  return /REAL|FLOA|DOUB/i.test(type) ? 'REAL' : 'NUMERIC'
}

/** A column, and a number of its own in the whole schema, by which its values differ from those of other columns. */
export interface ValueColumn extends Pick<Column, 'name' | 'type'> {
  readonly position: number
}

const second = 1_700_000_000n

/** What the values of a column look like, from its type and its name. */
type Look =
  | 'flag'
  | 'integer'
  | 'integer of a moment'
  | 'text of a moment'
  | 'real'
  | 'number'
  | 'bytes'
  | 'json'
  | 'text'

function lookOf({ name, type }: Pick<Column, 'name' | 'type'>): Look {
  const affinity = affinityOf(type)
  if (/^(is|has|can|should)_|enabled$|disabled$|flag$/i.test(name) && affinity !== 'TEXT') return 'flag'
  if (/BOOL|^TINYINT\(1\)/i.test(type)) return 'flag'
  const isMoment =
    /(_at|_on|time|date|expir\w*|created|updated|modified|seen|since|until|opened|closed|started|ended|due)$/i.test(
      name,
    )
  if (affinity === 'INTEGER') return isMoment ? 'integer of a moment' : 'integer'
  if (/DATE|TIME/i.test(type)) return 'text of a moment'
  if (/^JSON/i.test(type)) return 'json'
  if (affinity === 'REAL') return 'real'
  if (affinity === 'NUMERIC') return 'number'
  if (affinity === 'BLOB' && type !== '') return 'bytes'
  if (isMoment) return 'text of a moment'
  return looks.find(([pattern]) => pattern.test(name))?.[0] === jsonName ? 'json' : 'text'
}

/**
 * A value that looks like those of a column with this name and type.
 *
 * @param number values of different numbers differ; so do those of different columns of a table
 */
export function typicalValue(column: ValueColumn, number: number): SqlValue {
  const { name, type, position } = column
  const serial = BigInt(number)
  const distinct = BigInt(position + 1) * 100n + serial
  switch (lookOf(column)) {
    case 'flag':
      return serial % 2n
    case 'integer':
      return distinct
    case 'integer of a moment':
      return second + distinct * 60n
    case 'text of a moment':
      return /DATE|TIME/i.test(type)
        ? momentText(type, name, distinct)
        : cut(momentText('DATETIME', name, distinct), type, distinct)
    case 'real':
    case 'number':
      return Number(distinct) + 0.5
    case 'bytes':
      return bytesOf(distinct, /uuid|guid/i.test(name) ? 16 : 8)
    case 'json':
      return cut(jsonText(`${number}${position === 0 ? '' : position}`), type, distinct)
    case 'text':
      return cut(textFor(column, number, distinct), type, distinct)
  }
}

/** A text as some collations and functions find it equal to itself: in other letters, and with a space after it. */
export function* similarTexts(text: string): Generator<string> {
  yield text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
  yield `${text} `
}

/** The forms of a value that a column without a type may hold, and which are equal: of 1 also 1.0. */
export function formsOf(value: SqlValue): readonly SqlValue[] {
  if (typeof value === 'bigint') {
    const real = Number(value)
    return BigInt(real) === value ? [value, real, ...(value === 0n ? [-0] : [])] : [value]
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) return [value]
  return value === 0 ? [0, -0, 0n] : Math.abs(value) < 2 ** 63 ? [value, BigInt(value)] : [value]
}

/** Values at the edges of what a column may hold. Of each list, the first that its constraints accept is enough. */
export interface EdgeValues {
  /** Nothing, and yet not NULL: an empty text, 0, an empty list, a moment before 1970. */
  readonly low: readonly SqlValue[]
  /** All that can be lost of a value: its end, its case, its spaces, its digits. */
  readonly high: readonly SqlValue[]
  /** Below zero, and what programs get wrong besides. */
  readonly other: readonly SqlValue[]
}

/**
 * The edges of a column that looks like this one: a statement that cuts, trims, folds, rounds, limits, converts or replaces
 * values changes one of them.
 *
 * @param isJson whether the column holds JSON, whatever it is called
 */
export function edgeValues(column: ValueColumn, isJson = false): EdgeValues {
  const { name, type, position } = column
  const serial = BigInt(position)
  switch (isJson ? 'json' : lookOf(column)) {
    case 'flag':
      return { low: [0n], high: [1n], other: [] }
    case 'integer':
      // An odd number above 2^53, which no double holds, and of which sums stay below 2^63.
      return {
        low: [0n],
        high: [2n ** 53n + 1n + 2n * serial, 2n ** 63n - 1n - serial],
        other: [-1n, -1n - serial],
      }
    case 'integer of a moment':
      return { low: [0n], high: [4_102_444_799n], other: [-1n] }
    case 'text of a moment':
      return momentEdges(/DATE|TIME/i.test(type) ? type : 'DATETIME', name)
    case 'real':
      return {
        low: [0, -0],
        high: [123_456.789_012 + position, 1e300, 2 ** 53],
        other: [-1.987_654_321 - position],
      }
    case 'number':
      return decimalEdges(type, position)
    case 'bytes':
      return {
        low: [new Uint8Array()],
        high: [300, 64, 32, 16, 8].map((length) =>
          new Uint8Array(length).map((_, index) => index * 255 + position),
        ),
        other: [new Uint8Array([0, 255, position]), `O'Neil ${position}`],
      }
    case 'json':
      return {
        low: ['[{"id":1},{"id":2,"note":""}]', '{}', '[]'],
        high: [
          JSON.stringify(deepJson(position), null, 2),
          JSON.stringify(deepJson(position)),
          '{"a":[1.50]}',
        ],
        other: ['{}', 'null'],
      }
    case 'text':
      return {
        low: [''],
        high: [...richTexts(`${name} ${position}`), ...richTexts(`${typicalValue(column, 0)}`, '')],
        other: rotate(
          ['nul\0inside', 'two\nlines', 'e\u0301 🧑🏽‍🚀', '0012', '1e3', 'NULL', `; DROP TABLE "x" --`],
          position,
        ),
      }
  }
}

/** JSON as programs keep it: with deep values, quotes, and numbers that a program writes in another way. */
function deepJson(position: number) {
  return {
    name: `O'Neil "the" 🙂 ${position}`,
    tags: ['a', null, { deep: [1.5, true, -0.25, ''] }],
    text: ` ${'Mixed Case '.repeat(24)}`,
    empty: {},
  }
}

/** Texts of which a statement loses something, the longest first: with spaces at both ends, without, and of letters alone. */
function richTexts(name: string, start = ' '): string[] {
  const whole = `${start}O'Neil "Ünï 🙂"\n\tשלום ${name}, Two  Words \\ 100 % ${'Mixed Case, '.repeat(30)}`
  const letters = `${name.replace(/[^a-z0-9]/gi, '')}MixedCase`.padEnd(300, 'AbcDef')
  const lengths = [300, 120, 60, 30, 15, 8]
  const cutTo = (text: string, length: number) => [...text].slice(0, length).join('')
  return [
    ...lengths.flatMap((length) => [`${cutTo(whole, length - 1)} `, `${cutTo(whole.trim(), length - 1)}.`]),
    ...lengths.map((length) => cutTo(letters, length)),
  ]
}

function momentEdges(type: string, name: string): EdgeValues {
  if (/^DATE$/i.test(type)) return { low: ['1969-12-31'], high: ['2096-02-29'], other: ['0001-01-01'] }
  if (/^TIME$/i.test(type) && !/_at$/i.test(name))
    return { low: ['00:00:00'], high: ['23:59:59.999', '23:59:59'], other: ['12:00'] }
  return {
    low: ['1969-12-31 23:59:59', '1969-12-31T23:59:59Z', '1969-12-31'],
    high: ['2096-02-29T23:59:59.999Z', '2096-02-29 23:59:59.999', '2096-02-29 23:59:59', '2096-02-29'],
    other: ['9999-12-31 00:00:00', '9999-12-31T00:00:00Z'],
  }
}

/** Within the digits that a type such as DECIMAL(10, 2) names. SQLite itself ignores them. */
function decimalEdges(type: string, position: number): EdgeValues {
  const [, digits, scale] = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(type) ?? []
  if (digits === undefined)
    return { low: [0n], high: [123_456.789_012 + position, 1e300], other: [-1.987_654_321 - position] }
  const unit = 10 ** -Number(scale ?? 0)
  const rounded = (value: number) => Number(value.toFixed(Number(scale ?? 0)))
  const largest = 10 ** Math.min(15 - Number(scale ?? 0), Number(digits) - Number(scale ?? 0)) - unit
  return { low: [0n], high: [rounded(largest)], other: [rounded(-1 - unit * (position + 1))] }
}

/**
 * Texts that date functions read, and numbers: https://www.sqlite.org/lang_datefunc.html#time_values
 *
 * @param number 0 for those of one moment; each other number has a moment of its own
 */
export function moments(number: number): readonly SqlValue[] {
  const date = dateOf(number)
  const iso = date.toISOString()
  const [day, time] = [iso.slice(0, 10), iso.slice(11, 19)]
  const seconds = BigInt(date.getTime() / 1000)
  return [
    `${day} ${time}`,
    day,
    time,
    `${day}T${time}Z`,
    iso,
    `${day} ${time.slice(0, 5)}`,
    seconds,
    julianDay(date),
  ]
}

/** The next second, or the next day, in the form of a text; null for one that is no such time. */
export function laterMoment(text: string): string | null {
  const [, day = '', between = '', time = ''] =
    /^(\d{4}-\d\d-\d\d)(?:([ T])(\d\d:\d\d:\d\d))?/.exec(text) ?? []
  const before = Date.parse(`${day}T${time === '' ? '00:00:00' : time}Z`)
  if (Number.isNaN(before)) return null
  const later = new Date(before + (time === '' ? 86_400_000 : 1_000)).toISOString()
  const whole = `${day}${between}${time}`
  return `${later.slice(0, 10)}${between}${time === '' ? '' : later.slice(11, 19)}${text.slice(whole.length)}`
}

function dateOf(number: number): Date {
  return new Date(Date.UTC(2026, 2, 14, 15, 9, 26) + number * 90_061_000)
}

/** The same moments as strftime writes them, and an hour later: https://www.sqlite.org/lang_datefunc.html#strftime */
export function formattedMoments(format: string, number: number): readonly string[] {
  return [0, 3_600_000].map((later) => {
    const iso = new Date(dateOf(number).getTime() + later).toISOString()
    const values: Readonly<Record<string, string>> = {
      Y: iso.slice(0, 4),
      m: iso.slice(5, 7),
      d: iso.slice(8, 10),
      F: iso.slice(0, 10),
      H: iso.slice(11, 13),
      M: iso.slice(14, 16),
      S: iso.slice(17, 19),
      R: iso.slice(11, 16),
      T: iso.slice(11, 19),
      f: iso.slice(17, 23),
    }
    return format.replace(/%(.)/g, (whole, code: string) => values[code] ?? whole)
  })
}

function julianDay(date: Date): number {
  return date.getTime() / 86_400_000 + 2_440_587.5
}

/**
 * Texts of each type of JSON: https://www.sqlite.org/json1.html#jtype
 *
 * @param number 0 for the simplest ones; each other number has texts of its own
 */
export function jsonTexts(number: number): readonly string[] {
  if (number === 0) return ['{}', '[]', '{"a":1}', '[1,2]', '"text"', '7', '1.5', 'true', 'false', 'null']
  return [`{"number":${number}}`, `[${number}]`, `"text ${number}"`, `${number}`, `${number}.5`]
}

function rotate<Value>(values: readonly Value[], by: number): readonly Value[] {
  const start = by % values.length
  return [...values.slice(start), ...values.slice(0, start)]
}

function momentText(type: string, name: string, distinct: bigint): string {
  // Each has a day of its own, as far as there are days that look real.
  if (/^DATE$/i.test(type))
    return new Date(Number(second + (distinct % 9_000n) * 86_400n) * 1_000).toISOString().slice(0, 10)
  const text = new Date(Number(second + distinct * 3_661n) * 1_000).toISOString()
  if (/^TIME$/i.test(type) && !/_at$/i.test(name)) return text.slice(11, 19)
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`
}

function bytesOf(distinct: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setBigUint64(length - 8, distinct)
  if (length > 8) bytes[0] = 0x9f
  return bytes
}

/** The name of a column of JSON. */
const jsonName = /json|metadata|settings|payload|(^|_)data$/i

function jsonText(serial: string): string {
  return `{"number":${serial.replace(/\D/g, '')}}`
}

/** What a text column holds, from its name; the first that fits. */
const looks: readonly (readonly [RegExp, (serial: string, distinct: bigint) => string])[] = [
  [/e?mail/i, (serial) => `person${serial}@example.com`],
  [
    /(^|_)(uuid|guid)$/i,
    (_, distinct) => `9f2c4e1a-7b3d-4c5e-8f60-${distinct.toString(16).padStart(12, '0')}`,
  ],
  [/(^|_)did$/i, (_, distinct) => `did:plc:${distinct.toString(36).padStart(24, 'a')}`],
  [/ur[il]$|link$|website$/i, (serial) => `https://example.com/page/${serial}`],
  [jsonName, jsonText],
  [/(^|_)ip(_?addr\w*)?$/i, (_, distinct) => `192.0.2.${distinct % 250n}`],
  [/phone|fax/i, (_, distinct) => `+1 555 010 ${distinct}`],
  [/currency/i, (_, distinct) => ['EUR', 'USD', 'JPY', 'CHF', 'GBP'][Number(distinct % 5n)] ?? 'EUR'],
  [/(^|_)country(_?code)?$/i, (_, distinct) => ['AT', 'BR', 'CA', 'DK', 'EG'][Number(distinct % 5n)] ?? 'AT'],
  [/lang(uage)?$|locale$/i, (_, distinct) => ['en', 'de', 'pt', 'ja', 'he'][Number(distinct % 5n)] ?? 'en'],
  [/version$/i, (_, distinct) => `1.${distinct / 1000n}.${distinct % 1000n}`],
  [/hash|digest|checksum|sha/i, (_, distinct) => distinct.toString(16).padStart(40, '0')],
]

function textFor({ name, position }: ValueColumn, number: number, distinct: bigint): string {
  const serial = `${number}`
  const [, look] = looks.find(([pattern]) => pattern.test(name)) ?? []
  // Two columns of the same look differ by their position.
  return look === undefined
    ? `${name} ${distinct}`
    : look(`${serial}${position === 0 ? '' : `-${position}`}`, distinct)
}

/** Cuts text to the length that a type such as VARCHAR(20) names, with the number at its end. SQLite itself ignores it. */
function cut(text: string, type: string, number: bigint): string {
  const limit = Number(/\(\s*(\d+)\s*\)/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY)
  if (text.length <= limit || limit === 0) return text
  const serial = number.toString(36).slice(-limit)
  return text.replace(/[^a-z]/gi, 'x').slice(0, limit - serial.length) + serial
}
