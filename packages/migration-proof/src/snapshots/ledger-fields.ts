import { LedgerError } from './errors.ts'

/** A value of parsed JSON, and where it stands, such as `$.snapshots[2].version`. */
export class Field {
  readonly #file: string
  readonly #path: string
  readonly #value: unknown

  constructor(file: string, path: string, value: unknown) {
    this.#file = file
    this.#path = path
    this.#value = value
  }

  /** The field of this name. */
  get(name: string): Field {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.unlike('an object')
    const entry = Object.entries(value).find(([key]) => key === name)
    return new Field(this.#file, `${this.#path}.${name}`, entry?.[1])
  }

  /** Every element, in order. */
  map<Result>(read: (element: Field) => Result): Result[] {
    const value = this.#value
    if (!Array.isArray(value)) throw this.unlike('an array')
    return value.map((element, place) => read(new Field(this.#file, `${this.#path}[${place}]`, element)))
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.unlike('a text')
    return this.#value
  }

  /** A whole number, 0 or more. */
  count(): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw this.unlike('a whole number')
    return value
  }

  /** A SHA-256 in hexadecimal digits. */
  hash(): string {
    const text = this.text()
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.unlike('64 hexadecimal digits')
    return text
  }

  /** The error that this value is not what it must be. */
  unlike(expected: string, remedy = 'restore the ledger from version control'): LedgerError {
    const actual = this.#value === undefined ? 'nothing' : shorten(JSON.stringify(this.#value))
    return new LedgerError({ where: `${this.#file}, ${this.#path}`, expected, actual, remedy })
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
