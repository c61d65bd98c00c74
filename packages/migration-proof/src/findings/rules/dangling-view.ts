import { quoteName } from '../../sql/names.ts'
import { attempt, openCopy } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const danglingView: Rule = {
  code: 'dangling-view',
  severity: 'error',
  reason:
    'A view outlives the table that it reads. Every use of the view fails, and so does every later ALTER TABLE … RENAME.',
  fix: 'Drop the view in the migration that drops its table, or create it again.',
  source: 'https://www.sqlite.org/lang_altertable.html#alter_table_rename',
  find: ({ schema, tables, trials, open }) =>
    [...schema.views.values()].flatMap(({ name }) => {
      using copy = open()
      const { accepted, answer } = attempt(copy.connection, `SELECT * FROM ${quoteName(name)} LIMIT 1`)
      // A string in double quotes is reported by another rule.
      if (accepted || !/no such (table|view)|no such column(?!: ")/.test(answer)) return []
      const [table] = tables
      const rename =
        table && attempt(copy.connection, `ALTER TABLE ${quoteName(table.name)} RENAME TO "renamed"`)
      const renamed =
        table && rename
          ? [{ ran: `ALTER TABLE ${table.name} RENAME TO renamed`, happened: rename.answer }]
          : []
      return [
        {
          subject: { type: 'view', name },
          ...versionOf(name, trials),
          evidence: [{ ran: `SELECT * FROM ${name}`, happened: answer }, ...renamed],
        } as const,
      ]
    }),
}

/** The version whose migration broke it. */
function versionOf(name: string, trials: readonly MigrationTrial[]): { readonly version?: number } {
  const broken = trials.find(({ emptyImage }) => {
    if (emptyImage === null) return false
    using copy = openCopy(emptyImage)
    const { accepted, answer } = attempt(copy.connection, `SELECT * FROM ${quoteName(name)} LIMIT 1`)
    return !accepted && !answer.includes(`no such table: ${name})`)
  })
  return broken === undefined ? {} : { version: broken.migration.version }
}
