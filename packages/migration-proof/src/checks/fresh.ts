import { countOf } from '../count.ts'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { everyStepOf, type MigrationPlan } from '../migrator/plan.ts'
import { startOfNew } from '../migrator/tool-change.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { ordinaryTables } from '../snapshots/tables.ts'
import { readTypedRows, storedColumns } from '../snapshots/typed-rows.ts'
import { toLiteral } from '../sql/literal.ts'
import { foldName } from '../sql/names.ts'
import type { Check } from './check.ts'
import { compareSchemas } from './divergence.ts'
import type { InstallSubject, Migrate } from './subject.ts'

/** Whether an upgraded file and a new install are the same to the application. */
export const fresh: Check = {
  name: 'fresh',
  proves: 'has the schema that a fresh install has',
  needs: 'install',
  run: (subject) => {
    const { tables, indexes } = subject.freshAt(subject.target)
    const keys = [...tables.values()].reduce((sum, { foreignKeys }) => sum + foreignKeys.length, 0)
    const counts = [
      countOf(tables.size, 'table'),
      `${indexes.size} ${indexes.size === 1 ? 'index' : 'indexes'}`,
      countOf(keys, 'foreign key'),
    ]
    return {
      detail: `the schema of a fresh install: ${counts.join(', ')}`,
      problems: [...compareSchemas('fresh', subject, subject.freshAt), ...compareFirstRows(subject)],
    }
  },
}

/**
 * Where the project has changed its tool: what a new file holds, and what one would hold that both tools had made, one after the
 * other. A baseline may lack the rows that an old migration has added.
 */
function compareFirstRows({ suite: { plan }, target, migrate }: InstallSubject): Problem[] {
  const last = startOfNew(plan, target)
  if (last === 0) return []
  const version = last + 1
  const [expected, actual] = [everyStepOf(plan), plan].map((way) => knownFirstRows(way, version, migrate))
  return [...(expected ?? [])].flatMap(([table, rows]) => {
    const found = actual?.get(table)
    if (found === undefined || found.values === rows.values) return []
    return makeProblem('fresh', {
      subject: { type: 'table', name: table, aspect: 'rows of a new file' },
      expected: `${countOf(rows.count, 'row')}, as the migrations of the tool before leave`,
      actual:
        found.count === rows.count
          ? `${countOf(found.count, 'row')} with other values`
          : countOf(found.count, 'row'),
      fix: 'let the baseline add the rows that these migrations add',
      version,
    })
  })
}

interface FirstRows {
  readonly count: number
  /** All of them as literals, in an order of their own. */
  readonly values: string
}

/** By what upgrades, and then by plan: the snapshots of a run are compared with the same new file. */
const firstRows = new WeakMap<Migrate, WeakMap<MigrationPlan, ReadonlyMap<string, FirstRows>>>()

function knownFirstRows(plan: MigrationPlan, version: number, migrate: Migrate) {
  const ofMigrate = firstRows.get(migrate) ?? new WeakMap<MigrationPlan, ReadonlyMap<string, FirstRows>>()
  firstRows.set(migrate, ofMigrate)
  const rows = ofMigrate.get(plan) ?? readFirstRows(plan, version, migrate)
  ofMigrate.set(plan, rows)
  return rows
}

/** By table, whatever the order of its columns. */
function readFirstRows(
  plan: MigrationPlan,
  version: number,
  migrate: Migrate,
): ReadonlyMap<string, FirstRows> {
  const connection = betterSqliteConnection(openMemory())
  try {
    migrate(connection, plan, { target: version })
    const own = new Set(plan.versions.tables.map(foldName))
    const tables = ordinaryTables(connection).filter((table) => !own.has(foldName(table)))
    return new Map(
      tables.map((table) => {
        const columns = storedColumns(connection, table).toSorted()
        const rows = readTypedRows(connection, table, columns).map((row) => row.map(toLiteral).join())
        return [foldName(table), { count: rows.length, values: rows.toSorted().join('\n') }]
      }),
    )
  } finally {
    connection.close()
  }
}
