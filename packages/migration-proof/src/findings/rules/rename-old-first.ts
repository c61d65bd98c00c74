import { findTable } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { renamedTable } from '../../sql/alterations.ts'
import { foldName } from '../../sql/names.ts'
import { attemptInsert, openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { makeRows } from '../synthetic-rows.ts'
import type { MigrationTrial } from '../trial.ts'

export const renameOldFirst: Rule = {
  code: 'rename-old-first',
  severity: 'error',
  reason:
    'ALTER TABLE … RENAME also changes the foreign keys of the children: after renaming the old table they refer to it, and not to the new one.',
  fix: 'Create the new table under a temporary name, copy the rows, drop the old one, and rename the new one last.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  isOfEachMigration: true,
  find: ({ trials }) => trials.flatMap(findStrays),
}

/** Checks tables without rows: with rows, the migration may fail before its end. */
function findStrays(trial: MigrationTrial): Sighting[] {
  const { emptyImage, before, statements, migration } = trial
  if (emptyImage === null) return []
  using copy = openCopy(emptyImage)
  const after = readSchema(copy.connection)
  const renamed = statements
    .flatMap((sql) => renamedTable(sql) ?? [])
    .filter(({ from }) => findTable(before, from) !== undefined && findTable(after, from) !== undefined)
  return renamed.flatMap(({ from, to }) =>
    [...after.tables.values()]
      .filter((child) => foldName(child.name) !== to && findTable(before, child.name) !== undefined)
      .flatMap((child) =>
        child.foreignKeys.filter((key) => foldName(key.parent) === to).map((key) => ({ child, key })),
      )
      .map(({ child, key }) => {
        const [row] = makeRows(copy, after, child)
        const insertion =
          row === undefined
            ? []
            : [
                {
                  ran: `INSERT into ${child.name}`,
                  happened: attemptInsert(copy.connection, child.name, row).answer,
                },
              ]
        return {
          ...ofMigration(migration.version, `${child.name} (${key.columns.join(', ')})`, child.name),
          evidence: [
            {
              ran: `PRAGMA foreign_key_list(${child.name}) after the migration, which rebuilt ${from}`,
              happened: `it refers to ${key.parent}, not to ${from}`,
            },
            ...insertion,
          ] as const,
        }
      }),
  )
}
