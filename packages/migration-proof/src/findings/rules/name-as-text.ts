import type { MigrationPlan } from '../../migrator/plan.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { significantTokens, type Token, unquote } from '../../sql/tokens.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { type MigrationTrial, runWatched } from '../trial.ts'

export const nameAsText: Rule = {
  code: 'name-as-text',
  severity: 'warning',
  reason:
    "The migration stores the name of a column where its value is likely meant: in single quotes, 'name' is a text.",
  fix: 'Write the name of a column without quotes or in "double quotes"; or say in a waiver why the text is meant.',
  source: 'https://www.sqlite.org/lang_keywords.html',
  isOfEachMigration: true,
  find: ({ trials, suite }) =>
    trials.flatMap((trial) =>
      [...new Set(trial.statements)].flatMap((sql) => findNames(sql, trial, suite.plan)),
    ),
}

/** The texts that a statement stores in every row, each the name of a column that it does not name otherwise. */
function findNames(sql: string, trial: MigrationTrial, plan: MigrationPlan): Sighting[] {
  const { version } = trial.migration
  const stored = storedTexts(sql)
  if (stored === null) return []
  return stored.texts.flatMap((token) => {
    const name = quoteName(unquote(token))
    const instead = sql.slice(0, token.start) + name + sql.slice(token.start + token.text.length)
    if (!isAccepted(sql, instead, trial, plan)) return []
    return [
      {
        ...ofMigration(version, `${stored.source}: ${token.text}`, stored.source),
        evidence: [
          { ran: sql.trim(), happened: `stores the text ${token.text}` },
          { ran: `the same with ${name}`, happened: 'stores the values of that column' },
        ] as const,
      },
    ]
  })
}

interface StoredTexts {
  /** The table whose rows are read. */
  readonly source: string
  readonly texts: readonly Token[]
}

/** `UPDATE t SET c = 'text'` of all rows, or `INSERT … SELECT …, 'text', … FROM t`; null for any other statement. */
function storedTexts(sql: string): StoredTexts | null {
  const tokens = significantTokens(sql)
  const words = tokens.map((token) => (token.kind === 'string' ? '' : foldName(unquote(token))))
  const isInsert = words[0] === 'insert'
  const start = isInsert ? words.indexOf('select') : words[0] === 'update' ? words.indexOf('set') : -1
  if (start < 0 || (!isInsert && words.includes('where'))) return null
  const sourceAt = isInsert ? words.indexOf('from', start) + 1 : start - 1
  const source = sourceAt > 0 ? tokens[sourceAt] : undefined
  if (source === undefined) return null
  const ends = isInsert ? [',', 'from'] : [',', ';', 'from', 'returning', undefined]
  const begins = isInsert ? [',', 'select', 'distinct'] : ['=']
  const texts = tokens.filter(
    ({ kind, text }, place) =>
      kind === 'string' &&
      text.startsWith("'") &&
      place > start &&
      (!isInsert || place < sourceAt) &&
      begins.includes(words[place - 1] ?? '') &&
      ends.includes(words[place + 1]) &&
      // A statement that reads the column as well means the text, as one that turns columns into rows does.
      !words.slice(start).includes(foldName(text.slice(1, -1))),
  )
  return { source: unquote(source), texts }
}

/** Whether the migration works with another statement in place of one: a name in double quotes must be that of a column. */
function isAccepted(sql: string, instead: string, trial: MigrationTrial, plan: MigrationPlan): boolean {
  using copy = openCopy(trial.startImage)
  const take = (statement: string) => (statement === sql ? instead : statement)
  return runWatched(copy, plan, trial.migration.version, take) === null
}
