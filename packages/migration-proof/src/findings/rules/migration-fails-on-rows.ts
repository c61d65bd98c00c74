import { ofMigration, type Rule } from '../finding.ts'
import { isAddColumn } from '../trial.ts'

export const migrationFailsOnRows: Rule = {
  code: 'migration-fails-on-rows',
  severity: 'error',
  reason: 'A migration that succeeds on empty tables and fails on rows stops every server that has rows.',
  fix: 'Let the migration fix the rows first, or explain in a waiver why no file holds rows like the synthetic ones.',
  source: 'https://www.sqlite.org/lang_altertable.html',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap(({ migration, failure }) =>
      failure !== null && !isAddColumn(failure.statement)
        ? [
            {
              ...ofMigration(migration.version),
              evidence: [
                { ran: 'the migration, with synthetic rows in every table', happened: failure.answer },
              ] as const,
            },
          ]
        : [],
    ),
}
