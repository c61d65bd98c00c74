import { ofMigration, type Rule } from '../finding.ts'
import { isAddColumn } from '../trial.ts'

export const addColumnIllegal: Rule = {
  code: 'add-column-illegal',
  severity: 'error',
  reason:
    'ADD COLUMN refuses NOT NULL without a default, a default that is not constant, and REFERENCES with a default, but only on a table with rows: an empty fixture hides it. It always refuses UNIQUE.',
  fix: 'Give a constant default, or rebuild the table.',
  source: 'https://www.sqlite.org/lang_altertable.html#altertabaddcol',
  find: ({ trials }) =>
    trials.flatMap(({ migration, failure }) =>
      failure !== null && isAddColumn(failure.statement)
        ? [
            {
              ...ofMigration(migration.version),
              evidence: [
                { ran: `${shorten(failure.statement)}, with rows in the table`, happened: failure.answer },
              ] as const,
            },
          ]
        : [],
    ),
}

function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
