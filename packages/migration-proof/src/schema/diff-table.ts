import { diffColumns } from './diff-columns.ts'
import { diffChecks, diffForeignKeys, diffPrimaryKeys, diffUniques } from './diff-constraints.ts'
import { compare, compareFlag, type Deviation } from './difference.ts'
import type { Table } from './model.ts'

/**
 * Compares two tables of the same name, their automatic indexes included. Where the SQL of either was not
 * understood, what pragmas hide is compared token by token, and the deviation says so.
 */
export function diffTables(expected: Table, actual: Table): Deviation[] {
  if (expected.module !== null || actual.module !== null) {
    return compare('module', expected.module, actual.module)
  }
  const isParsed = expected.isParsed && actual.isParsed
  return [
    ...compareFlag('strict', expected.strict, actual.strict, ['STRICT', 'not STRICT']),
    ...compareFlag('rowid', expected.withoutRowid, actual.withoutRowid, ['WITHOUT ROWID', 'a rowid']),
    ...diffColumns(expected.columns, actual.columns, isParsed),
    ...diffPrimaryKeys(expected, actual, isParsed),
    ...diffUniques(expected, actual),
    ...diffForeignKeys(expected, actual, isParsed),
    ...(isParsed ? diffChecks(expected, actual) : diffDefinitions(expected, actual)),
  ]
}

/** Compares two statements word by word, for lack of a better way. */
export function diffDefinitions(
  expected: { readonly definition: string },
  actual: { readonly definition: string },
): Deviation[] {
  return compare('definition, token by token', expected.definition, actual.definition)
}
