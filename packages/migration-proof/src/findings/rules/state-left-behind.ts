import { migrate } from '../../migrator/migrate.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { planUpTo } from '../../migrator/plan.ts'
import type { Connection } from '../../sql/connection.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import type { MigrationTrial } from '../trial.ts'

export const stateLeftBehind: Rule = {
  code: 'state-left-behind',
  severity: 'error',
  reason:
    'A setting that a migration leaves switched, or a database that it leaves attached, changes what later migrations and the application do.',
  fix: 'Switch it back, or detach it, in the same migration.',
  source: 'https://www.sqlite.org/pragma.html',
  isOfEachMigration: true,
  find: (subject) => findChanges(subject, readSettings),
}

export const stateOutsideSchema: Rule = {
  code: 'state-outside-schema',
  severity: 'note',
  reason: 'A field of the file header, or a temporary object, is a part of no schema: no check compares it.',
  fix: 'Leave it out, or say in a waiver who reads it.',
  source: 'https://www.sqlite.org/fileformat2.html#application_id',
  isOfEachMigration: true,
  find: (subject) => findChanges(subject, readOutside),
}

type State = ReadonlyMap<string, string>

/** What differs after a migration, on one connection. A migration that fails is reported by other rules. */
function findChanges(
  { trials, suite: { plan } }: FindingsSubject,
  read: (connection: Connection, plan: MigrationPlan) => State,
): Sighting[] {
  return trials.flatMap((trial) => {
    if (trial.emptyImage === null) return []
    const [before, after] = runOnce(trial, plan, read)
    return [...after]
      .filter(([name, value]) => before.get(name) !== value)
      .map(([name, value]) => ({
        ...ofMigration(trial.migration.version, name),
        evidence: [
          {
            ran: `${name}, before and after migration v${trial.migration.version}`,
            happened: `${before.get(name) ?? 'none'} before, ${value} after`,
          },
        ] as const,
      }))
  })
}

function runOnce(
  { migration, failure, beforeImage, startImage }: MigrationTrial,
  plan: MigrationPlan,
  read: (connection: Connection, plan: MigrationPlan) => State,
): readonly [before: State, after: State] {
  // Without rows, some statements change nothing.
  using copy = openCopy(failure === null ? beforeImage : startImage)
  const before = read(copy.connection, plan)
  migrate(copy.connection, planUpTo(plan, migration.version))
  return [before, read(copy.connection, plan)]
}

/** The settings of a connection that change what statements do; `foreign_keys` is the migrator's. */
const settings = [
  'legacy_alter_table',
  'writable_schema',
  'ignore_check_constraints',
  'recursive_triggers',
  'defer_foreign_keys',
  'case_sensitive_like',
  'reverse_unordered_selects',
  'query_only',
  'trusted_schema',
  'cell_size_check',
]

function readSettings(connection: Connection): State {
  const values = settings.flatMap((name) => {
    const [row] = connection.all(`PRAGMA ${name}`)
    return row === undefined ? [] : [[`PRAGMA ${name}`, String(Object.values(row)[0])] as const]
  })
  const like = connection.all("SELECT 'a' LIKE 'A' AS same")[0]?.same
  const attached = connection
    .all('PRAGMA database_list')
    .map(({ name }) => String(name))
    .filter((name) => name !== 'main' && name !== 'temp')
  return new Map([
    ...values,
    ['LIKE of other letters', String(like)],
    ...attached.map((name) => [`database ${name}`, 'attached'] as const),
    ...readDoubledSequences(connection),
  ])
}

/** A rebuild that writes to sqlite_sequence by hand may leave two rows of a table, of which SQLite reads any. */
function readDoubledSequences(connection: Connection): (readonly [string, string])[] {
  const [isThere] = connection.all("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'")
  if (isThere === undefined) return []
  return connection
    .all('SELECT name, count(*) AS rows FROM main.sqlite_sequence GROUP BY name HAVING count(*) > 1')
    .map(({ name, rows }) => [`sqlite_sequence of ${name}`, `${rows} rows`] as const)
}

function readOutside(connection: Connection, { versions }: MigrationPlan): State {
  // Without tables, the version is kept in user_version.
  const fields = versions.tables.length === 0 ? ['application_id'] : ['application_id', 'user_version']
  const values = fields.map(
    (name) => [`PRAGMA ${name}`, String(connection.all(`PRAGMA ${name}`)[0]?.[name])] as const,
  )
  const temporary = connection
    .all('SELECT type, name FROM temp.sqlite_schema')
    .map(({ type, name }) => [`temporary ${type} ${name}`, 'left'] as const)
  return new Map([...values, ...temporary])
}
