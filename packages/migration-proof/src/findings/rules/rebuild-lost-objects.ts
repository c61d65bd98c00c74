import { droppedObject } from '../../sql/alterations.ts'
import { foldName } from '../../sql/names.ts'
import { openCopy } from '../attempt.ts'
import { type Rebuild, rebuildsOf } from '../changes.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const rebuildLostObjects: Rule = {
  code: 'rebuild-lost-objects',
  severity: 'error',
  reason: 'A rebuilt table silently loses its indexes and triggers, and whatever its new CREATE TABLE omits.',
  fix: 'Create them again in the same migration, or drop them by name to show that it is intended.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap((trial) =>
      rebuildsOf(trial).flatMap((rebuild) => [
        ...lostObjects(trial, rebuild),
        ...lostOptions(trial, rebuild),
      ]),
    ),
}

function lostObjects(trial: MigrationTrial, { before: table }: Rebuild): Sighting[] {
  const { before, after, statements } = trial
  if (after === null) return []
  const meant = new Set(statements.map(droppedObject))
  const owned = [...before.indexes.values(), ...before.triggers.values()].filter(
    (object) => foldName(object.table) === foldName(table.name) && !meant.has(foldName(object.name)),
  )
  return owned
    .filter(({ name }) => !after.indexes.has(foldName(name)) && !after.triggers.has(foldName(name)))
    .map(({ name }) => ({
      ...ofMigration(trial.migration.version, name, table.name),
      evidence: [
        {
          ran: `SELECT count(*) FROM sqlite_schema WHERE name = '${name}', before and after the migration`,
          happened: `${count(trial.beforeImage, name)} before, ${count(trial.afterImage, name)} after`,
        },
      ] as const,
    }))
}

function count(image: Buffer | null, name: string): number {
  if (image === null) return 0
  using copy = openCopy(image)
  return copy.connection.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [name]).length
}

function lostOptions({ migration }: MigrationTrial, { before, after }: Rebuild): Sighting[] {
  const options = [
    ['STRICT', before.strict, after.strict],
    ['WITHOUT ROWID', before.withoutRowid, after.withoutRowid],
    ['AUTOINCREMENT', before.primaryKey?.autoincrement === true, after.primaryKey?.autoincrement === true],
  ] as const
  return options
    .filter(([, had, has]) => had && !has)
    .map(([option]) => ({
      ...ofMigration(migration.version, `${option} of ${before.name}`, before.name),
      evidence: [
        { ran: `migration v${migration.version}`, happened: `${before.name} is no longer ${option}` },
      ] as const,
    }))
}
