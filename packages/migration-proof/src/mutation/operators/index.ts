import { migratorOperators } from '../migrators/operators.ts'
import { withStatements } from '../syntax/history.ts'
import { columnConstraintOperators } from './column-constraints.ts'
import { columnOperators } from './columns.ts'
import { constraintPartOperators } from './constraint-parts.ts'
import { dataStatementOperators } from './data-statements.ts'
import { foreignKeyOperators } from './foreign-keys.ts'
import { indexOperators } from './indexes.ts'
import { keyOperators } from './keys.ts'
import type { Operator } from './operator.ts'
import { rebuildOperators } from './rebuilds.ts'
import { rowOperators } from './rows.ts'
import { tableOperators } from './tables.ts'

const migrationEmptied: Operator = {
  name: 'migration-emptied',
  site: 'schema',
  *inject({ history }) {
    for (const { migration, statements } of history.migrations) {
      // An adoption alone does nothing but note what a file has had.
      if (migration.adopts !== undefined && statements.length === 0) continue
      const { version, name } = migration
      yield {
        version,
        object: 'migration',
        fault: `does nothing in version ${version} (${name})`,
        plan: withStatements(history, version, []),
      }
    }
  },
}

const migrationsSwapped: Operator = {
  name: 'migrations-swapped',
  site: 'schema',
  *inject({ history: { plan } }) {
    for (const first of plan.migrations) {
      for (const second of plan.migrations.slice(first.version)) {
        const migrations = plan.migrations.map((migration) => {
          if (migration === first) return { ...second, version: first.version }
          return migration === second ? { ...first, version: second.version } : migration
        })
        yield {
          version: first.version,
          object: `with-v${second.version}`,
          fault: `swaps versions ${first.version} and ${second.version}`,
          plan: { ...plan, migrations },
        }
      }
    }
  },
}

const historyOperators: readonly Operator[] = [migrationEmptied, migrationsSwapped]

/** Every operator. Of two equal mutants, that of the earlier operator is kept. */
export const operators: readonly Operator[] = [
  ...columnOperators,
  ...columnConstraintOperators,
  ...keyOperators,
  ...foreignKeyOperators,
  ...indexOperators,
  ...tableOperators,
  ...historyOperators,
  ...constraintPartOperators,
  ...rowOperators,
  ...rebuildOperators,
  ...dataStatementOperators,
  ...migratorOperators,
]
