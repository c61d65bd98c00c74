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

/**
 * A value that looks like those of a column with this name and type.
 *
 * @param number values of different numbers differ; so do those of different columns of a table
 */
export function typicalValue(column: ValueColumn, number: number): SqlValue {
  const { name, type, position } = column
  const affinity = affinityOf(type)
  const serial = BigInt(number)
  const distinct = BigInt(position + 1) * 100n + serial
  if (/^(is|has|can|should)_|enabled$|disabled$|flag$/i.test(name) && affinity !== 'TEXT') return serial % 2n
  if (/BOOL/i.test(type)) return serial % 2n
  const isMoment =
    /(_at|_on|time|date|expir\w*|created|updated|modified|seen|since|until|opened|closed|started|ended|due)$/i.test(
      name,
    )
  if (affinity === 'INTEGER') return isMoment ? second + distinct * 60n : distinct
  if (/DATE|TIME/i.test(type)) return momentText(type, name, distinct)
  if (affinity === 'REAL' || affinity === 'NUMERIC') return Number(distinct) + 0.5
  if (affinity === 'BLOB' && type !== '') return bytesOf(distinct, /uuid|guid/i.test(name) ? 16 : 8)
  return cut(textFor(name, number, position, distinct, isMoment), type, distinct)
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

/** Values that programs get wrong: quotes, other scripts, NUL, empty and very long text, integers that no double holds. */
export function awkwardValues({ type, position }: ValueColumn): readonly SqlValue[] {
  switch (affinityOf(type)) {
    case 'INTEGER':
      return [
        2n ** 53n + 1n + BigInt(position),
        -1n - BigInt(position),
        0n,
        2n ** 63n - 1n - BigInt(position),
      ]
    case 'REAL':
    case 'NUMERIC':
      return [0.1 + position, -0, -1.5 - position, 1e300, 2 ** 53]
    case 'BLOB':
      return [new Uint8Array(), new Uint8Array([0, 255, position]), `O'Neil ${position}`]
    case 'TEXT':
      return rotate(
        [
          `O'Neil's "row"`,
          'two\nlines\tand a tab',
          'emoji 🙂 é',
          'שלום, عالم',
          'nul\0inside',
          '',
          'long '.repeat(400),
          ' spaces around ',
          '0012',
          'NULL',
        ],
        position,
      )
  }
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

/** JSON as programs keep it: an object with quotes and a deep value in it, and a list. */
export const jsonShapes = [
  `{"name":"O'Neil \\"the\\" 🙂","tags":["a",null,{"deep":[1.5,true]}]}`,
  '[{"id":1},{"id":2,"note":""}]',
]

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

/** What a text column holds, from its name; the first that fits. */
const looks: readonly (readonly [RegExp, (serial: string, distinct: bigint) => string])[] = [
  [/e?mail/i, (serial) => `person${serial}@example.com`],
  [
    /(^|_)(uuid|guid)$/i,
    (_, distinct) => `9f2c4e1a-7b3d-4c5e-8f60-${distinct.toString(16).padStart(12, '0')}`,
  ],
  [/(^|_)did$/i, (_, distinct) => `did:plc:${distinct.toString(36).padStart(24, 'a')}`],
  [/ur[il]$|link$|website$/i, (serial) => `https://example.com/page/${serial}`],
  [/json|metadata|settings|payload|(^|_)data$/i, (serial) => `{"number":${serial.replace(/\D/g, '')}}`],
  [/(^|_)ip(_?addr\w*)?$/i, (_, distinct) => `192.0.2.${distinct % 250n}`],
  [/phone|fax/i, (_, distinct) => `+1 555 010 ${distinct}`],
  [/currency/i, (_, distinct) => ['EUR', 'USD', 'JPY', 'CHF', 'GBP'][Number(distinct % 5n)] ?? 'EUR'],
  [/(^|_)country(_?code)?$/i, (_, distinct) => ['AT', 'BR', 'CA', 'DK', 'EG'][Number(distinct % 5n)] ?? 'AT'],
  [/lang(uage)?$|locale$/i, (_, distinct) => ['en', 'de', 'pt', 'ja', 'he'][Number(distinct % 5n)] ?? 'en'],
  [/version$/i, (_, distinct) => `1.${distinct / 1000n}.${distinct % 1000n}`],
  [/hash|digest|checksum|sha/i, (_, distinct) => distinct.toString(16).padStart(40, '0')],
]

function textFor(
  name: string,
  number: number,
  position: number,
  distinct: bigint,
  isMoment: boolean,
): string {
  if (isMoment) return momentText('DATETIME', name, distinct)
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
