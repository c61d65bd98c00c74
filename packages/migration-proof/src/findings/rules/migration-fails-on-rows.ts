import { ofMigration, type Rule } from '../finding.ts'
import { isAddColumn } from '../trial.ts'

export const migrationFailsOnRows: Rule = {
  code: 'migration-fails-on-rows',
  severity: 'error',
  reason: 'A migration that works on empty tables and fails on rows stops every server that has some.',
  remedy:
    'Let the migration mend the rows first, or say in a waiver why no file holds rows like those that were made up.',
  source: 'https://www.sqlite.org/lang_altertable.html',
  find: ({ trials }) =>
    trials.flatMap(({ migration, failure }) =>
      failure !== null && !isAddColumn(failure.statement)
        ? [
            {
              ...ofMigration(migration.version),
              evidence: [
                { ran: 'the migration, with made-up rows in every table', happened: failure.answer },
              ] as const,
            },
          ]
        : [],
    ),
}
