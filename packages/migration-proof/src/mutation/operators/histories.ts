import { withStatements } from '../syntax/history.ts'
import type { Operator } from './operator.ts'

const migrationEmptied: Operator = {
  name: 'migration-emptied',
  site: 'schema',
  *inject({ history }) {
    for (const { version, name } of history.plan.migrations) {
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

export const historyOperators: readonly Operator[] = [migrationEmptied, migrationsSwapped]
