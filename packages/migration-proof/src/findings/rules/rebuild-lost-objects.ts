import { findLostObjects, type LostObject } from '../../schema/lost-objects.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const rebuildLostObjects: Rule = {
  code: 'rebuild-lost-objects',
  severity: 'error',
  reason:
    'A rebuilt table silently loses its indexes and triggers, and whatever its new CREATE TABLE omits; views that read it are dropped for the rebuild, and forgotten.',
  fix: 'Create them again in the same migration, or drop an index or a trigger by name to show that it is intended.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap((trial) =>
      trial.after === null
        ? []
        : findLostObjects(trial.before, trial.after, trial.statements).map((lost) => describe(trial, lost)),
    ),
}

function describe(trial: MigrationTrial, { table, type, name }: LostObject): Sighting {
  const { version } = trial.migration
  if (type === 'option')
    return {
      ...ofMigration(version, `${name} of ${table}`, table),
      evidence: [{ ran: `migration v${version}`, happened: `${table} is no longer ${name}` }],
    }
  return {
    ...ofMigration(version, name, table),
    evidence: [
      {
        ran: `SELECT count(*) FROM sqlite_schema WHERE name = '${name}', before and after the migration`,
        happened: `${count(trial.beforeImage, name)} before, ${count(trial.afterImage, name)} after`,
      },
    ],
  }
}

function count(image: Buffer | null, name: string): number {
  if (image === null) return 0
  using copy = openCopy(image)
  return copy.connection.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [name]).length
}
