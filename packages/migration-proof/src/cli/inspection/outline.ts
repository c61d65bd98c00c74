import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'

/**
 * Every object of a schema with its normalised SQL. Two equal outlines mean equal schemas; where they are not
 * equal, the SQL must be parsed to know. That they need no parser is what lets the command start fast.
 */
export type Outline = ReadonlyMap<string, string>

export function readOutline(connection: Connection): Outline {
  const objects = connection.all(
    'SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY name',
  )
  return new Map(
    objects
      .filter(({ name }) => !String(name).startsWith('sqlite_'))
      .map(({ type, name, tbl_name, sql }) => [
        `${type} ${foldName(String(name))} ${foldName(String(tbl_name))}`,
        normaliseSql(String(sql)),
      ]),
  )
}

/** How many objects of the first are missing from the second, or are others there. */
export function countUnlike(expected: Outline, actual: Outline): number {
  return [...expected].filter(([object, sql]) => actual.get(object) !== sql).length
}

export function isSameOutline(expected: Outline, actual: Outline): boolean {
  return expected.size === actual.size && countUnlike(expected, actual) === 0
}
