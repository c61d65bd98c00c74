/** Ends each statement that this package runs for a migration beside those of the migration itself. A comment does nothing. */
const mark = ' /* of migration-proof */'
const listed = `\n) SELECT * FROM listed${mark}`

/** Marks a statement as one that a migration has not asked for, such as the question how many rows it has changed. */
export function ownStatement(sql: string): string {
  return `${sql}${mark}`
}

/** A statement of a migration that returns rows, with other names for its columns. */
export function withColumnNames(sql: string, names: readonly string[]): string {
  return `WITH listed(${names.join(', ')}) AS (${sql}${listed}`
}

/** The statement that the migration itself runs; null where it has asked for none. */
export function withoutOwn(sql: string): string | null {
  if (!sql.endsWith(mark)) return sql
  if (!sql.endsWith(listed)) return null
  return sql.slice(sql.indexOf(' AS (') + ' AS ('.length, -listed.length)
}
