/** A stored value with its storage class. Text is kept as UTF-8 bytes: some engines cut text at a NUL. */
export type TypedValue =
  | { readonly type: 'null' }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'real'; readonly value: number }
  | { readonly type: 'text' | 'blob'; readonly value: Uint8Array }

/**
 * A value as an SQL literal that reads back as exactly this value and type, in a UTF-8 database.
 * See https://www.sqlite.org/lang_expr.html#literal_values_constants_
 */
export function toLiteral(typed: TypedValue): string {
  switch (typed.type) {
    case 'null':
      return 'NULL'
    case 'integer':
      return typed.value.toString()
    case 'real':
      return toRealLiteral(typed.value)
    case 'text':
      return toTextLiteral(Buffer.from(typed.value))
    case 'blob':
      return `x'${Buffer.from(typed.value).toString('hex')}'`
  }
}

/**
 * Text that a quoted literal cannot hold is written as bytes: a NUL ends the statement, a CR may be lost when line
 * endings are converted, and the bytes may not be valid UTF-8.
 */
function toTextLiteral(utf8: Buffer): string {
  const text = utf8.toString('utf8')
  const isPlain = !/[\0\r]/.test(text) && Buffer.from(text).equals(utf8)
  return isPlain ? `'${text.replaceAll("'", "''")}'` : `CAST(x'${utf8.toString('hex')}' AS TEXT)`
}

/** JavaScript writes the shortest digits that read back as the same double; digits without a point would be an INTEGER. */
function toRealLiteral(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '9e999' : '-9e999'
  const digits = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(digits) ? digits : `${digits}.0`
}
