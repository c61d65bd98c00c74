import type { Connection } from '../sql/connection.ts'
import type { Check } from './check.ts'
import { namedRowsLimit } from './rows/model.ts'
import { countViolations, findNewViolations, unlessUncheckable } from './violations.ts'

/** Files in the field hold old orphans; an upgrade may bring none of its own. */
export const foreignKeys: Check = {
  name: 'foreign keys',
  proves: 'has no foreign key violation that it did not have before',
  needs: 'file',
  run: ({ upgraded, violationsBefore }) => ({
    detail: 'no new row without its parent',
    problems: findNewViolations(violationsBefore(), countViolations(upgraded)).map((problem) => {
      const rows = nameRows(upgraded, problem.subject.name)
      return rows.length === 0 ? problem : { ...problem, actual: `${problem.actual}: ${rows.join('; ')}` }
    }),
  }),
}

/** The first rows that lack their parent, of one foreign key. */
function nameRows(connection: Connection, reference: string): string[] {
  const sql = `SELECT rowid AS number FROM pragma_foreign_key_check
    WHERE "table" || ' → ' || parent = ? AND rowid IS NOT NULL LIMIT ${namedRowsLimit}`
  return (
    unlessUncheckable(() => connection.all(sql, [reference]).map(({ number }) => `rowid ${number}`)) ?? []
  )
}
