import { countOf } from '../count.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { tablesAt } from '../proof/facts-at.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { Check } from './check.ts'
import {
  changesOf,
  countOrphans,
  declaredReferences,
  nameReference,
  orphansOf,
  presentReferences,
  type Reference,
  referenceBefore,
} from './references.ts'
import { namedRowsLimit } from './rows/model.ts'
import { withOriginal } from './rows/prove-rows-kept.ts'
import type { FileSubject } from './subject.ts'
import { countViolations, findNewViolations, unlessUncheckable } from './violations.ts'

/** Files in the field hold old orphans; an upgrade may bring none of its own. */
export const foreignKeys: Check = {
  name: 'foreign keys',
  proves: 'has no foreign key violation that it did not have before',
  needs: 'file',
  run: (subject) => {
    const { upgraded, violationsBefore, children } = subject
    const after = countViolations(upgraded, children?.() ?? null)
    const found = after.size === 0 ? [] : findNewViolations(violationsBefore(), after)
    const problems = found.map((problem) => {
      const rows = nameRows(upgraded, problem.subject.name)
      return rows.length === 0 ? problem : { ...problem, actual: `${problem.actual}: ${rows.join('; ')}` }
    })
    return {
      detail: 'no new row without its parent',
      problems: [...problems, ...findNewOrphans(subject)],
    }
  },
}

/** Of tables that are not new, and that no migration declares to change, the check of rows proves each value. */
function mayLoseParents({ suite, from, target }: FileSubject, { child, parent }: Reference): boolean {
  const known = new Set(tablesAt(suite.facts.tables, from).map(({ name }) => foldName(name)))
  const changed = new Set(
    changesOf(suite, from, target).flatMap(({ table, renamedTo = table }) =>
      [table, renamedTo].map(foldName),
    ),
  )
  return [child, parent].map(foldName).some((table) => changed.has(table) || !known.has(table))
}

/** The rows without a parent of references that are declared, and have no foreign key. */
function findNewOrphans(subject: FileSubject): Problem[] {
  const { suite, target, upgraded, original } = subject
  const declared = declaredReferences(suite, target).filter((reference) => mayLoseParents(subject, reference))
  if (declared.length === 0) return []
  const broken = presentReferences(upgraded, declared)
    .map((reference) => ({ reference, after: countOrphans(upgraded, 'main', reference) }))
    .filter(({ after }) => after > 0)
  if (broken.length === 0) return []
  return withOriginal(upgraded, original(), (schema) =>
    broken.flatMap(({ reference, after }) => {
      const old = referenceBefore(subject, schema, reference)
      const before = old === null ? 0 : countOrphans(upgraded, schema, old)
      if (after <= before) return []
      const rows = orphansOf(upgraded, reference)
      return [
        makeProblem('foreign keys', {
          subject: { type: 'foreign key', name: nameReference(reference), table: reference.child },
          expected: `${countOf(before, 'row')} without its parent, as before`,
          actual: rows.length === 0 ? `${after}` : `${after}: ${rows.join('; ')}`,
          fix: `let the migration keep the parents, or remove these rows; if they may outlive them, end the reference in \`tables\` of the config`,
        }),
      ]
    }),
  )
}

/** The first rows that lack their parent, of one foreign key. */
function nameRows(connection: Connection, reference: string): string[] {
  const sql = `SELECT rowid AS number FROM pragma_foreign_key_check
    WHERE "table" || ' → ' || parent = ? AND rowid IS NOT NULL LIMIT ${namedRowsLimit}`
  return (
    unlessUncheckable(() => connection.all(sql, [reference]).map(({ number }) => `rowid ${number}`)) ?? []
  )
}
