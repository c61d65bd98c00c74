/**
 * One value as SQL text. A bigint becomes an INTEGER, a number a REAL, bytes a BLOB. Text with NUL inside is written
 * in hexadecimal, since most readers of SQL end at the NUL.
 *
 * @param {null | bigint | number | string | Uint8Array} value
 */
function literal(value) {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return realLiteral(value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (value.includes('\0')) return `CAST(x'${Buffer.from(value).toString('hex')}' AS TEXT)`
  return `'${value.replaceAll("'", "''")}'`
}

/** @param {number} value */
function realLiteral(value) {
  if (value === Number.POSITIVE_INFINITY) return '9e999'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** @param {string} table @param {Record<string, null | bigint | number | string | Uint8Array>} row */
const insertOf = (table, row) =>
  `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(literal).join(', ')});`

/**
 * The whole text of a rows file: the headline, then each table's rows, then what was deleted at the end.
 *
 * @param {{ headline: string, tables: Map<string, Record<string, any>[]>, deletions: { why: string, sql: string }[] }} world
 */
export function sqlOf({ headline, tables, deletions }) {
  const sections = [...tables].map(([table, rows]) => rows.map((row) => insertOf(table, row)).join('\n'))
  const last = deletions.map(({ why, sql }) => `-- ${why}\n${sql}`)
  return `-- ${headline}\n\n${[...sections, ...last].join('\n\n')}\n`
}
