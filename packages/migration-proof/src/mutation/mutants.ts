import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { runUp } from '../migrator/run-up.ts'
import type { Suite } from '../proof/suite.ts'
import type { Connection } from '../sql/connection.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { splitStatements } from '../sql/split.ts'
import { guardSuite } from './guard.ts'
import { simpleMigrator } from './migrators/simple-migrator.ts'
import { type Mutant, noFault } from './model.ts'
import { operators } from './operators/index.ts'
import type { FaultyPlan, FilledTable, OperatorInput } from './operators/operator.ts'
import { appendFault, readTables, tryNewerVersion } from './operators/tables-at.ts'
import { parseHistory } from './syntax/history.ts'

/**
 * Every mutant of a suite, always in the same order and with the same ids. Of schema mutants that execute the same
 * statements, only the first is kept; of those that an operator knows to be equivalent, none.
 *
 * @throws {MigrationFailedError} when a migration fails on an empty database
 */
export function listMutants(unguarded: Suite): Mutant[] {
  const suite = guardSuite(unguarded)
  const adoptsFiles = suite.snapshots.some(
    ({ version, form }) => version === 0 && form !== 'empty' && form !== 'versioned',
  )
  const input = survey(suite.plan, adoptsFiles)
  const counts = new Map<string, number>()
  const isRepeated = createRepetitionFilter(suite.plan)
  const mutants: Mutant[] = []
  for (const { name, site, inject } of operators) {
    for (const faulty of inject(input)) {
      if (faulty.equivalentBecause !== undefined || (site === 'schema' && isRepeated(faulty))) continue
      const { version, object, fault, plan, changed } = faulty
      const series = `v${version}/${object}/${name}`
      const number = (counts.get(series) ?? 0) + 1
      counts.set(series, number)
      const id = `${series}/${number}`
      mutants.push({
        id,
        operator: name,
        site: faulty.site ?? site,
        version,
        object,
        fault,
        plan,
        ...(changed === undefined ? {} : { changed }),
        migrate: faulty.migrate ?? migrate,
      })
    }
  }
  return mutants
}

/** One mutant for each version and site of a fault: together they are tried from every start that all of them are. */
export function chooseOneOfEach(mutants: readonly Mutant[]): Mutant[] {
  return [...new Map(mutants.map((mutant) => [controlOf(mutant), mutant])).values()]
}

/**
 * The unmutated history, in the form of a mutant for each version and site of the given ones, so that it starts where
 * they do. A check that reports a problem here would kill any mutant, whatever its fault.
 */
export function listControls({ plan }: Suite, mutants: readonly Mutant[]): Mutant[] {
  return chooseOneOfEach(mutants).map((mutant) => ({
    ...mutant,
    id: controlOf(mutant),
    operator: noFault,
    object: 'none',
    fault: 'changes nothing',
    plan: appendFault(plan, mutant.version, { run: () => {} }),
    migrate: mutant.site === 'migrator' ? simpleMigrator() : migrate,
  }))
}

function controlOf({ version, site }: Mutant): string {
  return `v${version}/none/${site}`
}

/** Reads what operators inject their faults into. */
export function survey(plan: MigrationPlan, adoptsFiles = false): OperatorInput {
  const known = new Map<number, readonly FilledTable[]>()
  const tablesAt = (version: number) => {
    const tables = known.get(version) ?? readTablesAt(plan, version)
    known.set(version, tables)
    return tables
  }
  return {
    history: inMemory((empty) => parseHistory(plan, empty)),
    tablesAt,
    newerVersion: tryNewerVersion(plan),
    adoptsFiles,
  }
}

function readTablesAt(plan: MigrationPlan, version: number): readonly FilledTable[] {
  return inMemory((connection) => {
    migrate(connection, plan, { target: version })
    return readTables(connection, plan)
  })
}

/** Returns a function that reports whether an earlier mutant executes the same statements. */
function createRepetitionFilter(original: MigrationPlan): (faulty: FaultyPlan) => boolean {
  const seen = new Set<string>()
  // Mutants share all but one of their statements.
  const normalised = new Map<string, string>()
  const normalise = (sql: string) => {
    const known = normalised.get(sql) ?? splitStatements(sql).map(normaliseSql).join('\n')
    normalised.set(sql, known)
    return known
  }
  return ({ version, plan }) => {
    const description = describePlan(plan, original, normalise)
    if (description === null) return false
    const key = `${version} ${description}`
    return seen.has(key) || !seen.add(key)
  }
}

/**
 * What the changed migrations execute, recorded without a database; null if a migration needs query results to
 * continue.
 */
function describePlan(
  { migrations }: MigrationPlan,
  original: MigrationPlan,
  normalise: (sql: string) => string,
): string | null {
  const statements: string[] = []
  const record = (sql: string) => statements.push(normalise(sql))
  for (const migration of migrations) {
    if (original.migrations.includes(migration)) continue
    statements.push(`${migration.version}`)
    try {
      runUp(migration, {
        exec: record,
        all: (sql) => {
          record(sql)
          return []
        },
      })
    } catch {
      return null
    }
  }
  return statements.join('\n')
}

/** Passes an empty database to the work, and closes it. */
export function inMemory<Result>(work: (connection: Connection) => Result): Result {
  const connection = betterSqliteConnection(openMemory())
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}
