import Database from 'better-sqlite3'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'
import { betterSqliteConnection } from '../sql/better-sqlite.ts'
import type { Connection } from '../sql/connection.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { splitStatements } from '../sql/split.ts'
import type { Ground, Mutant } from './model.ts'
import { operators } from './operators/index.ts'
import type { Planted, Terrain } from './operators/operator.ts'
import { readHistory } from './syntax/history.ts'

/**
 * Every mutant of a suite, always in the same order and with the same ids. Of mutants of the schema that
 * execute the same statements, only the first is kept.
 */
export function listMutants(suite: Suite): Mutant[] {
  const terrain = survey(suite)
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  const mutants: Mutant[] = []
  for (const { name, ground, plant } of operators) {
    for (const planted of plant(terrain)) {
      if (isRepeated(seen, ground, planted, suite.plan)) continue
      const { version, object, fault, plan } = planted
      const series = `v${version}/${object}/${name}`
      const number = (counts.get(series) ?? 0) + 1
      counts.set(series, number)
      const id = `${series}/${number}`
      mutants.push({ id, operator: name, ground, version, fault, plan, migrate: planted.migrate ?? migrate })
    }
  }
  return mutants
}

function survey(suite: Suite): Terrain {
  return {
    history: inMemory((empty) => readHistory(suite.plan, empty)),
    atVersion: (version, work) =>
      inMemory((connection) => {
        migrate(connection, suite.plan, { target: version })
        return work(connection)
      }),
    adoptsFiles: suite.snapshots.some(({ version, form }) => version === 0 && form !== 'empty'),
  }
}

function isRepeated(
  seen: Set<string>,
  ground: Ground,
  { version, plan }: Planted,
  original: MigrationPlan,
): boolean {
  if (ground !== 'schema') return false
  const key = `${version} ${describePlan(plan, original)}`
  return seen.has(key) || !seen.add(key)
}

/** What the migrations that are not the original ones execute, without running it. */
function describePlan({ migrations }: MigrationPlan, original: MigrationPlan): string {
  const statements: string[] = []
  const note = (sql: string) => statements.push(...splitStatements(sql).map(normaliseSql))
  for (const migration of migrations) {
    const { version, up } = migration
    if (original.migrations.includes(migration)) continue
    statements.push(`${version}`)
    up({
      exec: note,
      all: (sql) => {
        note(sql)
        return []
      },
    })
  }
  return statements.join('\n')
}

function inMemory<Result>(work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(new Database(':memory:'))
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}
