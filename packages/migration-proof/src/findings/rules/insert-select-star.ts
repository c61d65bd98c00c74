import { errorMessage } from '../../errors.ts'
import { MigrationFailedError } from '../../migrator/errors.ts'
import { migrate } from '../../migrator/migrate.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { planUpTo } from '../../migrator/plan.ts'
import { findTable, type Table } from '../../schema/model.ts'
import { renamedTable } from '../../sql/alterations.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const insertSelectStar: Rule = {
  code: 'insert-select-star',
  severity: 'warning',
  reason:
    'INSERT … SELECT * copies by position: in a file whose columns are in another order, values end up in the wrong columns.',
  fix: 'Name the columns on both sides.',
  source: 'https://www.sqlite.org/lang_insert.html',
  isOfEachMigration: true,
  find: ({ trials, suite }) =>
    trials.flatMap((trial) =>
      trial.statements.flatMap((sql) => {
        const copied = readCopy(sql)
        return copied === null ? [] : tryOtherOrder(suite.plan, trial, sql, copied)
      }),
    ),
}

interface Copy {
  readonly target: string
  readonly source: string
}

/** The tables of `INSERT INTO target SELECT * FROM source`, folded; null for a statement that names columns. */
function readCopy(sql: string): Copy | null {
  const words = significantTokens(sql).map((token) => foldName(unquote(token)))
  const into = words.indexOf('into')
  if (words[0] !== 'insert' && words[0] !== 'replace') return null
  const [target, ...rest] = words.slice(into + 1)
  if (into === -1 || target === undefined || rest.slice(0, 3).join(' ') !== 'select * from') return null
  return { target, source: rest[3] ?? '' }
}

/** Thrown to stop the migration once the statement has run. */
class Stop extends Error {}

/** Runs the migration with a temporary table that hides the source and has its last two columns swapped. */
function tryOtherOrder(plan: MigrationPlan, trial: MigrationTrial, sql: string, copy: Copy): Sighting[] {
  const columns = originOf(trial, sql, copy.source)?.columns.map(({ name }) => name) ?? []
  if (columns.length < 2) return []
  const [usual, other] = [false, true].map((isExchanged) =>
    runTo(plan, trial, sql, copy, isExchanged ? columns : null),
  )
  if (usual === undefined || other === undefined) return []
  if (JSON.stringify(usual, asText) === JSON.stringify(other, asText)) return []
  const [last, beforeLast] = [columns.at(-1), columns.at(-2)]
  return [
    {
      ...ofMigration(trial.migration.version, copy.target, copy.target),
      evidence: [
        {
          ran: `the statement on a ${copy.source} whose columns ${beforeLast} and ${last} are swapped`,
          happened:
            typeof other === 'string'
              ? other
              : `accepted: each row has ${beforeLast} in ${last}, and ${last} in ${beforeLast}`,
        },
      ],
    },
  ]
}

/** The table as the file held it; none if the migration created it, and so knows its order. */
function originOf({ before, statements }: MigrationTrial, sql: string, source: string): Table | undefined {
  const earlier = statements.slice(0, statements.indexOf(sql))
  const rename = earlier.map(renamedTable).find((renamed) => renamed?.to === source)
  return findTable(before, rename?.from ?? source)
}

function runTo(
  plan: MigrationPlan,
  { migration, beforeImage }: MigrationTrial,
  statement: string,
  { target, source }: Copy,
  columns: readonly string[] | null,
): SqlRow[] | string {
  using copy = openCopy(beforeImage)
  const { connection } = copy
  let isDone = false
  let rows: SqlRow[] = []
  try {
    migrate(connection, planUpTo(plan, migration.version), {
      beforeStatement: ({ sql }) => {
        if (isDone) {
          rows = connection.all(`SELECT * FROM main.${quoteName(target)}`)
          throw new Stop()
        }
        if (sql !== statement) return
        isDone = true
        if (columns !== null) exchange(connection, source, columns)
      },
    })
  } catch (error) {
    const cause = error instanceof MigrationFailedError ? error.cause : error
    if (!(cause instanceof Stop)) return `refused: ${errorMessage(cause)}`
  }
  return rows
}

/** A temporary table hides one of the same name, so that the statement itself need not change. */
function exchange(connection: Connection, source: string, columns: readonly string[]) {
  const [last, beforeLast] = [columns.at(-1) ?? '', columns.at(-2) ?? '']
  const order = [...columns.slice(0, -2), last, beforeLast].map(quoteName).join(', ')
  connection.exec(`CREATE TEMP TABLE ${quoteName(source)} AS SELECT ${order} FROM main.${quoteName(source)}`)
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
