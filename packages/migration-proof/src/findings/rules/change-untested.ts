import { findTable, type Schema } from '../../schema/model.ts'
import { foldName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import { countRowChanges, type RowChange, readRowChange } from '../changed-rows.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import type { MigrationTrial } from '../trial.ts'
import { readUnmet } from './statement-without-effect.ts'

export const changeUntested: Rule = {
  code: 'change-untested',
  severity: 'warning',
  reason:
    'No snapshot has a row that the statement changes, so that no upgrade proves what it does to the rows of users.',
  fix: 'Freeze another snapshot of the version before, with rows that it changes; or waive it, with the reason why no file has such rows.',
  source: 'https://www.sqlite.org/lang_update.html',
  isOfEachMigration: true,
  find: ({ trials, suite }) => trials.flatMap((trial) => findUntested(trial, suite)),
}

function findUntested(trial: MigrationTrial, suite: FindingsSubject['suite']): Sighting[] {
  const { version, dataChanges = [] } = trial.migration
  const changes = countRowChanges(suite, trial.migration)
  if (changes === null) return []
  const where = version === 2 ? 'the snapshots of v1' : `the snapshots of v1 to v${version - 1}`
  const named = (change: Named) => nameIn(trial.before, change)
  const untested = changes.filter(({ rows, sql }) => rows === 0 && readUnmet(trial, sql) === null).map(named)
  // A loop over rows that are not there executes nothing; over synthetic rows it may.
  const ran = new Set(changes.map((change) => named(change).what))
  const unrun = trial.statements.flatMap((sql) => readRowChange(sql, suite.plan) ?? []).map(named)
  const words = new Set(trial.statements.flatMap(wordsOfChange))
  const unnamed = dataChanges.filter(
    ({ table, rowsAdded }) => rowsAdded !== true && !words.has(foldName(table)),
  )
  return [
    ...[...groupByWhat([...untested, ...unrun.filter(({ what }) => !ran.has(what))])].map(([what, alike]) => {
      const [{ table } = { table: what }] = alike
      const happened = `changes no row of ${where}`
      return { ...ofMigration(version, what, table), evidence: [{ ran: what, happened }] as const }
    }),
    ...unnamed.map(({ table }): Sighting => {
      const happened = `changes nothing of ${table} on ${where}, nor on synthetic rows`
      return { ...ofMigration(version, table, table), evidence: [{ ran: `v${version}`, happened }] }
    }),
  ]
}

/** What a statement names that may change something. */
function wordsOfChange(sql: string): string[] {
  const words = significantTokens(sql).map((token) => foldName(unquote(token)))
  return words[0] === 'select' ? [] : words
}

type Named = Pick<RowChange, 'what' | 'table'> & { readonly sql: string }

/** The new table of a rebuild has a name that no one knows, and that may be another one each time: its source has one. */
function nameIn(before: Schema, change: Named): Named {
  if (findTable(before, change.table) !== undefined) return change
  const words = significantTokens(change.sql).map(unquote)
  const from = words.findLastIndex((word) => foldName(word) === 'from')
  const source = words[words[from + 2] === '.' ? from + 3 : from + 1]
  if (from < 0 || source === undefined || findTable(before, source) === undefined) return change
  return { ...change, what: `copy of ${source}`, table: source }
}

function groupByWhat(changes: readonly Named[]): Map<string, Named[]> {
  const groups = new Map<string, Named[]>()
  for (const change of changes) groups.set(change.what, [...(groups.get(change.what) ?? []), change])
  return groups
}
