import type { Table } from '../../schema/model.ts'
import { findTable } from '../../schema/model.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attempt } from '../attempt.ts'
import { renamedTable } from '../changes.ts'
import type { Rule, Sighting } from '../finding.ts'
import { openCopy } from '../private-copy.ts'
import type { MigrationTrial } from '../trial.ts'

export const renameOldFirst: Rule = {
  code: 'rename-old-first',
  severity: 'error',
  reason:
    'ALTER TABLE … RENAME changes the foreign keys of the children too: who renames the old table away takes them along, and the new table has none.',
  remedy: 'Make the new table under a temporary name, copy, drop the old one, and rename the new one last.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  find: ({ trials }) =>
    trials.flatMap((trial) => {
      const { after } = trial
      if (after === null) return []
      const renamed = trial.statements.flatMap((sql) => renamedTable(sql) ?? [])
      return renamed
        .filter(
          ({ from }) => findTable(trial.before, from) !== undefined && findTable(after, from) !== undefined,
        )
        .flatMap(({ from, to }) =>
          [...after.tables.values()].flatMap((child) => findStray(trial, child, from, to)),
        )
    }),
}

function findStray(trial: MigrationTrial, child: Table, from: string, to: string): Sighting[] {
  if (trial.afterImage === null || foldName(child.name) === foldName(to)) return []
  const keys = child.foreignKeys.filter((key) => foldName(key.parent) === to)
  using copy = openCopy(trial.afterImage)
  return keys.map((key) => ({
    object: `migration v${trial.migration.version}: ${child.name} (${key.columns.join(', ')})`,
    evidence: [
      {
        ran: `PRAGMA foreign_key_list(${child.name}) after the migration, which made ${from} anew`,
        happened: `refers to ${key.parent}, not to ${from}`,
      },
      {
        ran: `UPDATE of a row of ${child.name}`,
        happened: attempt(
          copy.connection,
          `UPDATE ${quoteName(child.name)} SET ${quoteName(key.columns[0] ?? '')} = 'another'`,
        ).answer,
      },
    ] as const,
  }))
}
