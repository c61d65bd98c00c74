import { ofMigration, type Rule } from '../finding.ts'
import { isAddColumn } from '../trial.ts'

export const addColumnIllegal: Rule = {
  code: 'add-column-illegal',
  severity: 'error',
  reason:
    'ADD COLUMN refuses NOT NULL without a default, a default that is not constant, and REFERENCES with a default, but only on a table with rows: an empty fixture hides it. It always refuses UNIQUE, PRIMARY KEY and STORED.',
  fix: 'Give a constant default, or rebuild the table.',
  source: 'https://www.sqlite.org/lang_altertable.html#altertabaddcol',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap(({ migration, failure }) =>
      failure !== null && isAddColumn(failure.statement)
        ? [
            {
              ...ofMigration(migration.version),
              ...fixOf(failure.answer),
              evidence: [
                { ran: `${shorten(failure.statement)}, with rows in the table`, happened: failure.answer },
              ] as const,
            },
          ]
        : [],
    ),
}

/** What helps in a case that a default does not. */
function fixOf(answer: string): { readonly fix?: string } {
  if (/STORED/.test(answer)) return { fix: 'Make it VIRTUAL instead of STORED, or rebuild the table.' }
  if (/UNIQUE|PRIMARY KEY/.test(answer))
    return { fix: 'Add the column without it and create a UNIQUE index, or rebuild the table.' }
  return {}
}

function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
