import { errorMessage } from '../../errors.ts'
import { errorCode, MigrationFailedError } from '../../migrator/errors.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import type { SqlValue } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { significantTokens } from '../../sql/tokens.ts'
import { attempt, openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { readsRows } from '../many-rows.ts'
import { runWatched } from '../trial.ts'
import { compareValues, shownValue, tryValues, type ValueTrial } from '../value-trial.ts'
import { beginningOf } from './fails-on-many-rows.ts'

export const pastedValue: Rule = {
  code: 'pasted-value',
  severity: 'error',
  reason:
    'The migration writes values of rows into the text of its SQL: one apostrophe in a row stops it, or the value is changed.',
  fix: "Bind the value: write ? in the SQL, and give the value beside it: all('… WHERE id = ?', [id]).",
  source: 'https://www.sqlite.org/lang_expr.html#parameters',
  isOfEachMigration: true,
  find: (subject) => tryValues(subject).flatMap((tried) => findPasted(tried, subject.suite.plan)),
}

/** Texts that SQL ends at, or that are written otherwise in SQL than they are. */
const awkwardTexts = [
  "O'Neil",
  'say "hello"',
  'back\\slash',
  'two\nlines',
  'smile 🙂',
  'nul\0inside',
  '',
  null,
] as const

/** A value that a statement holds in its text. */
interface Pasted {
  readonly table: string
  readonly column: string
  readonly value: string
  readonly statement: string
}

function findPasted(tried: ValueTrial, plan: MigrationPlan): Sighting[] {
  const { trial } = tried
  // A migration that reads no rows cannot write their values.
  if (!readsRows(trial)) return []
  const { version } = trial.migration
  return listPasted(tried, plan).flatMap((pasted) => {
    for (const text of awkwardTexts) {
      const happened = tryText(tried, plan, pasted, text)
      if (happened === null) continue
      const { table, column, statement } = pasted
      return [
        {
          ...ofMigration(version, `${table}.${column}`, table),
          evidence: [
            {
              ran: `a statement that holds the value of ${table}.${column} itself`,
              happened: beginningOf(statement),
            },
            {
              ran: `the migration, with ${column} = ${text === null ? 'NULL' : JSON.stringify(text)} in a row`,
              happened,
            },
          ] as const,
        },
      ]
    }
    return []
  })
}

/** The columns whose values are in the text of a statement, each once. */
function listPasted({ trial, image }: ValueTrial, plan: MigrationPlan): Pasted[] {
  const [known, texts] = [trial.startImage, image].map((start) => {
    using copy = openCopy(start)
    const found = new Set<string>()
    runWatched(copy, plan, trial.migration.version, (sql) => {
      found.add(sql)
      return sql
    })
    return found
  })
  const statements = [...(texts ?? [])].filter((sql) => known?.has(sql) !== true)
  const strings = statements.map((sql) => ({
    sql,
    text: significantTokens(sql)
      .flatMap(({ kind, text }) => (kind === 'string' || kind === 'name' ? [text] : []))
      .join(' '),
  }))
  using copy = openCopy(image)
  return [...trial.before.tables.values()]
    .filter(({ module }) => module === null)
    .flatMap(({ name, columns }) => {
      const rows = copy.connection.all(`SELECT * FROM main.${quoteName(name)}`)
      return columns.flatMap((column): Pasted[] => {
        const values = rows.map((row) => row[column.name]).filter((value) => typeof value === 'string')
        for (const value of values.filter(({ length }) => length > 3)) {
          const statement = strings.find(({ text }) => text.includes(value))
          if (statement !== undefined)
            return [{ table: name, column: column.name, value, statement: statement.sql }]
        }
        return []
      })
    })
}

/** What the migration does with another text in place of a value; null where it does nothing wrong. */
function tryText(
  { trial, image, tables }: ValueTrial,
  plan: MigrationPlan,
  { table, column, value }: Pasted,
  text: string | null,
): string | null {
  using copy = openCopy(image)
  const isJson = /^\s*[[{]/.test(value)
  const given: SqlValue = isJson && text !== null ? JSON.stringify({ text }) : text
  const name = quoteName(column)
  const sql = `UPDATE main.${quoteName(table)} SET ${name} = ? WHERE ${name} = ?`
  if (!attempt(copy.connection, sql, [given, value]).accepted) return null
  const changed = copy.image()
  const error = runWatched(copy, plan, trial.migration.version, (statement) => statement)
  if (error !== null)
    return isOfSql(error) ? errorMessage(error instanceof Error ? (error.cause ?? error) : error) : null
  const columnAfter = (start: Buffer) =>
    compareValues(
      start,
      trial,
      plan,
      tables.map((values) => values.table),
    )
      .find((values) => values.table.name === table)
      ?.columns.find((values) => values.name === column)
  const [known, now] = [image, changed].map(columnAfter)
  if (now === undefined || known === undefined || now.declared !== 'kept' || !now.isMatched) return null
  const isKept = ({ before, after }: typeof now) =>
    before.every((one, row) => shownValue(one) === shownValue(after[row] ?? null))
  return isKept(known) && !isKept(now) ? 'the value is another one afterwards' : null
}

/** What the migration says of a value itself is no fault of its SQL. */
function isOfSql(error: unknown): boolean {
  if (!(error instanceof MigrationFailedError)) return false
  return errorCode(error.cause) === 'SQLITE_ERROR' || error.cause instanceof RangeError
}
