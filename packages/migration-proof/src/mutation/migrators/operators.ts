import type { Operator } from '../operators/operator.ts'
import { type Habits, simpleMigrator } from './simple-migrator.ts'

interface BadHabit {
  readonly name: string
  readonly fault: string
  habits(latest: number): Partial<Habits>
}

const badHabits: readonly BadHabit[] = [
  { name: 'no-transaction', fault: 'opens no transaction', habits: () => ({ begin: null }) },
  {
    name: 'version-before-statements',
    fault: 'commits the version before its statements',
    habits: () => ({ records: 'before it' }),
  },
  {
    name: 'version-in-own-transaction',
    fault: 'commits the statements before their version',
    habits: () => ({ records: 'after it' }),
  },
  {
    name: 'migration-errors-swallowed',
    fault: 'continues after a migration fails',
    habits: () => ({ swallows: 'errors of a migration' }),
  },
  {
    name: 'errors-swallowed',
    fault: 'reports success whatever happens',
    habits: () => ({ swallows: 'every error' }),
  },
  {
    name: 'first-version-skipped',
    fault: 'records version 1 without running it',
    habits: () => ({ times: (version) => (version === 1 ? 0 : 1) }),
  },
  {
    name: 'last-version-skipped',
    fault: 'records the last version without running it',
    habits: (latest) => ({ times: (version) => (version === latest ? 0 : 1) }),
  },
  {
    name: 'version-not-noted',
    fault: 'does not record the last version',
    habits: (latest) => ({ isRecorded: (version) => version !== latest }),
  },
  { name: 'version-applied-twice', fault: 'runs each version twice', habits: () => ({ times: () => 2 }) },
  { name: 'deferred-begin', fault: 'takes the lock only when it writes', habits: () => ({ begin: 'BEGIN' }) },
  {
    name: 'foreign-keys-left-off',
    fault: 'leaves foreign keys off',
    habits: () => ({ leavesForeignKeysOff: true }),
  },
  {
    name: 'newer-database-touched',
    fault: 'writes to a newer database',
    habits: () => ({ touchesNewer: true }),
  },
  {
    name: 'version-read-outside-lock',
    fault: 'reads the version before the lock only',
    habits: () => ({ rereads: false }),
  },
]

/** Faulty migrators, with one bad habit each. */
export const migratorOperators: readonly Operator[] = badHabits.map(({ name, fault, habits }) => ({
  name,
  site: 'migrator',
  *inject({ history: { plan, migrations }, newerVersion }) {
    const version = plan.migrations.length
    const bad = habits(version)
    // Then there is no newer database to write to.
    if (bad.touchesNewer === true && newerVersion === 'refused when it is recorded') return
    const isIdle = (migrations.at(-1)?.statements.length ?? 0) === 0
    if (bad.times?.(version) === 0 && isIdle) return
    yield { version, object: 'migrator', fault, plan, migrate: simpleMigrator(bad) }
  },
}))
