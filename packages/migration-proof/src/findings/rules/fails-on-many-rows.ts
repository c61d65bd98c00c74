import { formatCount } from '../../count.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { type ManyRows, tryManyRows, variableLimitBefore332 } from '../many-rows.ts'
import { isOlder } from './min-engine-version.ts'

export const failsOnManyRows: Rule = {
  code: 'fails-on-many-rows',
  severity: 'error',
  reason: 'A migration that works on a few rows and fails on many stops the servers that are used most.',
  fix: 'Let SQL do it for all rows in one statement, or work in batches of a few hundred rows.',
  source: 'https://www.sqlite.org/limits.html',
  isOfEachMigration: true,
  find: (subject) =>
    tryManyRows(subject).flatMap((tried) => [
      ...findFailure(tried),
      ...findOldLimit(tried, subject.suite.oldestEngine),
    ]),
}

function findFailure({ trial: { migration }, tables, failure }: ManyRows): Sighting[] {
  if (failure === null) return []
  const { rows, answer, statement } = failure
  return [
    {
      ...ofMigration(migration.version),
      evidence: [
        { ran: `the migration, with ${formatCount(rows)} rows in ${tables.join(', ')}`, happened: answer },
        ...(statement === null
          ? []
          : [{ ran: 'the statement that failed', happened: beginningOf(statement) }]),
        { ran: 'the migration, with a few rows of the same kind', happened: 'accepted' },
      ],
    },
  ]
}

/** Until SQLite 3.32 a statement took 999 parameters: https://www.sqlite.org/releaselog/3_32_0.html */
function findOldLimit(
  { trial: { migration }, failure, binding }: ManyRows,
  oldest: string | null,
): Sighting[] {
  const isKnown = oldest === null || !isOlder(oldest, '3.32')
  if (isKnown || failure !== null || binding.count <= variableLimitBefore332) return []
  return [
    {
      ...ofMigration(migration.version),
      evidence: [
        {
          ran: `the migration, with 1,000 rows in each table: ${beginningOf(binding.sql)}`,
          happened: `it binds ${formatCount(binding.count)} values; engines before SQLite 3.32 take ${variableLimitBefore332}`,
        },
      ],
    },
  ]
}

/** The first words of a statement, in one line. */
export function beginningOf(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 117)}…` : line
}
