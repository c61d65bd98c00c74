/** A generated value as JSON. Integers and bytes, which JSON lacks, are `{ "$integer" }` and `{ "$bytes" }`. */
export type EncodedValue =
  | null
  | boolean
  | number
  | string
  | readonly EncodedValue[]
  | { readonly [name: string]: EncodedValue }

/** @throws {TypeError} when the value is more than plain data, integers and bytes */
export function encodeValue(value: unknown): EncodedValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint') return { $integer: `${value}` }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(encodeValue)
  if (isPlain(value)) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined)
    return Object.fromEntries(entries.map(([name, part]) => [name, encodeValue(part)]))
  }
  throw new TypeError(`A ${typeof value} cannot be kept as JSON`)
}

/** The value that was encoded. */
export function decodeValue(value: EncodedValue): unknown {
  if (Array.isArray(value)) return value.map(decodeValue)
  if (!isPlain(value)) return value
  const { $integer, $bytes } = value
  if (typeof $integer === 'string') return BigInt($integer)
  if (typeof $bytes === 'string') return new Uint8Array(Buffer.from($bytes, 'hex'))
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, decodeValue(part as EncodedValue)]),
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
