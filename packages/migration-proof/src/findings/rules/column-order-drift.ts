import { DiagnosedError } from '../../errors.ts'
import { errorCode } from '../../migrator/errors.ts'
import { applyInMemory } from '../../migrator/expected-schema.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { findTable, type Table } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import type { SnapshotDeclaration } from '../../snapshots/declaration.ts'
import { readFixtureText } from '../../snapshots/fixture-text.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { openCopy } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'

/** Checks every snapshot that has a golden schema. Its rows do not matter. */
export const columnOrderDrift: Rule = {
  code: 'column-order-drift',
  severity: 'error',
  reason:
    'If the columns of an upgraded file are in another order than in a new one, SELECT * and INSERT without column names behave differently.',
  fix: 'Rebuild the table in the migration that upgrades the old order, and name its columns.',
  source: 'https://www.sqlite.org/lang_altertable.html#altertabaddcol',
  find: (subject) => subject.suite.snapshots.flatMap((snapshot) => upgrade(subject, snapshot)),
}

/** Runs the migrations without the migrator, which refuses such a file. */
function upgrade({ suite, tables }: FindingsSubject, { name, version }: SnapshotDeclaration): Sighting[] {
  const ddl = readFixtureText(suite.fixtures, 'schemas', name)
  if (ddl === null) return []
  using copy = openCopy()
  if (!attemptUpgrade(copy.connection, ddl, suite.plan, version)) return []
  const upgraded = readSchema(copy.connection)
  return tables.flatMap((fresh) => {
    const table = findTable(upgraded, fresh.name)
    if (table === undefined || !isReordered(fresh, table)) return []
    return [
      {
        subject: { type: 'table', name: `${fresh.name} from ${name}`, table: fresh.name },
        evidence: [
          {
            ran: `SELECT * FROM ${fresh.name} after the upgrade of ${name}`,
            happened: namesOf(table).join(', '),
          },
          { ran: 'the same in a new database', happened: namesOf(fresh).join(', ') },
        ] as const,
      } as const,
    ]
  })
}

/** Whether the migrations succeed on a schema. If not, `verify` reports why. */
function attemptUpgrade(connection: Connection, ddl: string, plan: MigrationPlan, version: number): boolean {
  try {
    connection.exec(ddl)
    for (const migration of plan.migrations.slice(version)) applyInMemory(connection, plan, migration)
    return true
  } catch (error) {
    if (error instanceof DiagnosedError || errorCode(error) !== null) return false
    throw error
  }
}

function isReordered(fresh: Table, upgraded: Table): boolean {
  const [wanted, found] = [namesOf(fresh), namesOf(upgraded)]
  return (
    wanted.join('\n') !== found.join('\n') && wanted.toSorted().join('\n') === found.toSorted().join('\n')
  )
}

function namesOf({ columns }: Table): string[] {
  return columns.map(({ name }) => foldName(name))
}
