import { firingStatement } from '../../migrator/own-objects.ts'
import type { Trigger } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { type Attempt, attempt, openCopy, type PrivateCopy } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const danglingTrigger: Rule = {
  code: 'dangling-trigger',
  severity: 'error',
  reason:
    'A trigger outlives the tables and columns that it names. Every statement that fires it fails, and so does every later ALTER TABLE … RENAME.',
  fix: 'Drop the trigger in the migration that drops or renames what it names, and create it again.',
  source: 'https://www.sqlite.org/lang_createtrigger.html',
  find: ({ schema, trials, open }) =>
    [...schema.triggers.values()].flatMap((trigger) => {
      using copy = open()
      const { accepted, answer } = tryTrigger(copy, trigger)
      if (accepted || !isDangling(answer)) return []
      const version = firstDangling(trials, trigger)
      return [
        {
          subject: { type: 'trigger', name: trigger.name, table: trigger.table },
          ...(version === undefined ? {} : { version }),
          evidence: [{ ran: firingStatement(copy.connection, trigger), happened: answer }],
        } as const,
      ]
    }),
}

/** Compiles a trigger alone: the error of another one of the same table is not its own. */
function tryTrigger({ connection }: PrivateCopy, { name }: Trigger): Attempt {
  const { triggers } = readSchema(connection)
  for (const other of triggers.values()) {
    if (foldName(other.name) !== foldName(name)) connection.exec(`DROP TRIGGER ${quoteName(other.name)}`)
  }
  const own = triggers.get(foldName(name))
  if (own === undefined) return { accepted: true, answer: 'no trigger' }
  return attempt(connection, `EXPLAIN ${firingStatement(connection, own)}`)
}

/** A function that only the application has is no matter of the migration. */
function isDangling(answer: string): boolean {
  return /no such table|no such column(?!: ")|has no column named|no such view/.test(answer)
}

/** The version whose migration broke it. */
function firstDangling(trials: readonly MigrationTrial[], trigger: Trigger): number | undefined {
  const broken = trials.find(({ emptyImage }) => {
    if (emptyImage === null) return false
    using copy = openCopy(emptyImage)
    const { accepted, answer } = tryTrigger(copy, trigger)
    return !accepted && isDangling(answer)
  })
  return broken?.migration.version
}
