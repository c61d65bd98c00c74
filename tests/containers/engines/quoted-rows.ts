import type { SqlRow, SqlValue } from 'migration-proof'

/** What a shell printed for one statement: the rows, and the error that ended it, if one did. */
export interface ShellAnswer {
  readonly rows: readonly SqlRow[]
  readonly error: string | null
}

interface Literal {
  readonly value: SqlValue
  readonly end: number
}

const blob = /x'([0-9a-f]*)'/iy
const number = /-?(?:Inf\b|\d+(?:\.\d*)?(?:e[+-]?\d+)?)/iy
const text = /'(?:[^']|'')*'/y
const escapedText = /unistr\(('(?:[^']|'')*')\)/y
const escapes = /\\(?:\\|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\+([0-9a-fA-F]{6}))/g

/**
 * Reads what the sqlite3 shell prints in `.mode quote` with `.headers on`: values as SQL literals, the names
 * of the columns first. Errors come on the same stream, anywhere, and are what is no literal.
 * See https://www.sqlite.org/cli.html#changing_output_formats
 */
export function readShellAnswer(printed: string): ShellAnswer {
  const records: SqlValue[][] = []
  let record: SqlValue[] = []
  let place = 0
  while (place < printed.length) {
    const literal = readLiteral(printed, place)
    const separator = literal === null ? undefined : printed[literal.end]
    if (literal === null || (separator !== ',' && separator !== '\n')) {
      return { rows: toRows(records), error: errorFrom(printed, literal?.end ?? place) }
    }
    record.push(literal.value)
    if (separator === '\n') {
      records.push(record)
      record = []
    }
    place = literal.end + 1
  }
  return { rows: toRows(records), error: null }
}

function toRows([names = [], ...records]: readonly SqlValue[][]): SqlRow[] {
  return records.map((values) =>
    Object.fromEntries(values.map((value, column) => [String(names[column]), value])),
  )
}

/** `Runtime error near line 12: NOT NULL constraint failed: t.b (19)` says where in the script, which is no help. */
function errorFrom(printed: string, place: number): string {
  const [line = ''] = printed.slice(place).split('\n')
  return line.replace(
    /^(?:Parse error|Runtime error|Error):? (?:near line \d+: )?(?:stepping, |in prepare, )?/,
    '',
  )
}

function readLiteral(printed: string, place: number): Literal | null {
  if (printed.startsWith('NULL', place)) return { value: null, end: place + 4 }
  return readBlob(printed, place) ?? readNumber(printed, place) ?? readText(printed, place)
}

function readBlob(printed: string, place: number): Literal | null {
  const found = matchAt(blob, printed, place)
  return found === null ? null : { value: Buffer.from(found[1] ?? '', 'hex'), end: blob.lastIndex }
}

/** A number with a point or an exponent is REAL, all others are INTEGER. */
function readNumber(printed: string, place: number): Literal | null {
  const digits = matchAt(number, printed, place)?.[0]
  if (digits === undefined) return null
  const isInteger = /^-?\d+$/.test(digits)
  return {
    value: isInteger ? BigInt(digits) : Number(digits.replace('Inf', 'Infinity')),
    end: number.lastIndex,
  }
}

function readText(printed: string, place: number): Literal | null {
  const plain = matchAt(text, printed, place)
  if (plain !== null) return { value: contentOf(plain[0]), end: text.lastIndex }
  const escaped = matchAt(escapedText, printed, place)
  if (escaped === null) return null
  return {
    value: decodeEscapes(contentOf(escaped[1] ?? '')),
    end: escapedText.lastIndex,
  }
}

/** What a quoted text says: https://www.sqlite.org/lang_expr.html#literal_values_constants_ */
function contentOf(quoted: string): string {
  return quoted.slice(1, -1).replaceAll("''", "'")
}

/** The shell of 3.50 and later writes control characters so: https://www.sqlite.org/lang_corefunc.html#unistr */
function decodeEscapes(content: string): string {
  return content.replaceAll(escapes, (_, four, eight, six) => {
    const digits = four ?? eight ?? six
    return digits === undefined ? '\\' : String.fromCodePoint(Number.parseInt(digits, 16))
  })
}

function matchAt(pattern: RegExp, printed: string, place: number): RegExpExecArray | null {
  pattern.lastIndex = place
  return pattern.exec(printed)
}
