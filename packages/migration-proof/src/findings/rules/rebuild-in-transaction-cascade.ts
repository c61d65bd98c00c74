import { countOf } from '../../count.ts'
import type { ForeignKey, Table } from '../../schema/model.ts'
import { findTable } from '../../schema/model.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { countRows, openCopy } from '../attempt.ts'
import { rebuildsOf } from '../changes.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const rebuildInTransactionCascade: Rule = {
  code: 'rebuild-in-transaction-cascade',
  severity: 'error',
  reason:
    'DROP TABLE deletes the rows first, and foreign keys cannot be switched off inside a transaction: children are deleted with them or lose their parent, and no check of SQLite detects it.',
  fix: "Let the migration declare foreignKeys: 'off', so that they are off before its transaction begins.",
  source: 'https://www.sqlite.org/foreignkeys.html#fk_schemacommands',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap((trial) => rebuildsOf(trial).flatMap(({ before }) => findLosses(trial, before))),
}

function findLosses(trial: MigrationTrial, parent: Table): Sighting[] {
  return [...trial.before.tables.values()].flatMap((child) =>
    child.foreignKeys
      .filter((key) => foldName(key.parent) === foldName(parent.name) && child !== parent)
      .flatMap((key) => compare(trial, child, key)),
  )
}

/** Compares the number of children that have their parent before and after. */
function compare(trial: MigrationTrial, child: Table, key: ForeignKey): Sighting[] {
  if (trial.after === null || trial.afterImage === null || findTable(trial.after, child.name) === undefined)
    return []
  if (isDeclared(trial, child.name)) return []
  const bound = key.columns.map((column) => `${quoteName(column)} IS NOT NULL`).join(' AND ')
  using earlier = openCopy(trial.beforeImage)
  using later = openCopy(trial.afterImage)
  const before = countRows(earlier.connection, child.name, bound)
  const after = countBound(later, child.name, bound)
  if (after === null || after >= before) return []
  const left = countRows(later.connection, child.name)
  const violations = later.connection.all('PRAGMA foreign_key_check').length
  const integrity = String(later.connection.all('PRAGMA integrity_check')[0]?.integrity_check)
  return [
    {
      ...ofMigration(trial.migration.version, `${child.name} (${key.columns.join(', ')})`, child.name),
      evidence: [
        {
          ran: `migration v${trial.migration.version} with ${before} children in ${child.name} (ON DELETE ${key.onDelete})`,
          happened: `${countOf(left, 'row')} left in ${child.name}, ${after} of them with their ${key.columns.join(', ')}`,
        },
        {
          ran: 'foreign_key_check and integrity_check afterwards',
          happened: `${countOf(violations, 'violation')}; ${integrity}`,
        },
      ],
    },
  ]
}

/** Null if the columns no longer exist, which is not a matter of this rule. */
function countBound(
  { connection }: ReturnType<typeof openCopy>,
  table: string,
  bound: string,
): number | null {
  try {
    return countRows(connection, table, bound)
  } catch {
    return null
  }
}

function isDeclared({ migration }: MigrationTrial, table: string): boolean {
  return migration.dataChanges?.some((change) => foldName(change.table) === foldName(table)) === true
}
