import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { betterSqliteConnection, findDriverFolder, openMemory } from '../../engines/better-sqlite3.ts'
import { errorMessage } from '../../errors.ts'
import { expectedSchema } from '../../migrator/expected-schema.ts'
import type { Migration } from '../../migrator/migration.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { sqlOf } from '../../migrator/sql-migration.ts'
import { isOwnStore } from '../../migrator/version-store.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Suite } from '../../proof/suite.ts'
import { withStillClock, withStillJavaScript } from '../../snapshots/clock.ts'
import { readFixtureText } from '../../snapshots/fixture-text.ts'
import { sha256 } from '../../snapshots/hash.ts'
import type { SnapshotEntry } from '../../snapshots/ledger.ts'
import { packageFolder } from '../program.ts'

/** What the results of a suite depend on, as far as texts and files say it. */
export interface SuiteIdentity {
  /**
   * Whether what the migrations from one version to another do is known by their text alone. Otherwise it is code, which may
   * depend on anything, and do something else on other rows or after an error: of that, nothing is known.
   */
  isText(from: number, to: number): boolean
  /**
   * Whether an upgrade to a version may go on from the file that one to an earlier version left, and does what it does on its
   * whole way: nothing that a migration leaves in the connection, or takes from it, is lost between them.
   */
  goesOn(to: number): boolean
  /** Whether what the suite declares of its tables is data, and no code. */
  readonly hasPlainFacts: boolean
  /** The hash of all else that the upgrade of a snapshot to a version depends on, and what checks the way there. */
  ofUpgrade(entry: SnapshotEntry, target: number): string
  /** The hash of all else that the verdict on a roll-back depends on, judged by this snapshot. */
  ofRollback(entry: SnapshotEntry, version: number): string
}

/**
 * The identity of a suite as it is now.
 *
 * @param configFile the file that the suite was loaded from
 */
export function identifySuite(suite: Suite, configFile: string): SuiteIdentity {
  const { plan, connection, oldestEngine, fixtures, facts: declared } = suite
  const { runners, rules } = identifyRunner(plan)
  const programs = () => runners.map((runner) => runner?.program?.()?.version ?? null)
  const base = plan.base?.statements ?? []
  // Made when the first result is looked for: of code alone, nothing is.
  const chain = remembered((version: number): string => {
    const migration = plan.migrations[version - 1]
    if (migration !== undefined) return sha256(`${chain(version - 1)} ${identifyMigration(plan, migration)}`)
    return sha256(
      canonical([
        identifyProgram(configFile),
        plan.versions,
        rules,
        programs(),
        connection,
        oldestEngine,
        base,
      ]),
    )
  })
  const facts = remembered((version: number) => sha256(canonical(factsAt(declared, version))))
  const golden = remembered(
    (version: number) => readFixtureText(fixtures, 'schemas', `v${version}`) ?? 'none',
  )
  const ofUpgrade = (entry: SnapshotEntry, target: number) =>
    sha256(canonical([chain(target), entry, facts(entry.version), facts(target), sha256(golden(target))]))
  const hasCode = Object.keys(connection.functions ?? {}).length > 0 || !isOwnStore(plan.versions)
  return {
    hasPlainFacts: !hasFunction(declared),
    isText: (from, to) =>
      !hasCode &&
      runners.every((runner) => runner?.run === undefined) &&
      plan.migrations
        .slice(from, to)
        .every(({ up, adopts = [] }) => [{ up }, ...adopts].every((one) => sqlOf(one) !== null)),
    goesOn: remembered(
      (to) =>
        plan.runner?.change === undefined &&
        plan.runner?.transaction !== 'all' &&
        ![golden(to), ...base, ...plan.migrations.slice(0, to).map(sqlOf)].some((sql) =>
          stateOfConnection.test(sql ?? ''),
        ),
    ),
    ofUpgrade,
    ofRollback: (entry, version) =>
      sha256(canonical(['rollback', ofUpgrade(entry, version), facts(version - 1)])),
  }
}

/** What applies the migrations. Where the project has changed its tool, those of both are a part of the chain of migrations. */
function identifyRunner({ runner }: MigrationPlan) {
  if (runner?.change === undefined) return { runners: [runner], rules: runner }
  const { change, ...rules } = runner
  const runners = [change.before.runner, change.now.runner, rules]
  return { runners, rules: [...runners, change.before.migrations.length, change.newFiles] }
}

/**
 * What a connection keeps from one statement to a later one, beside the file, and cannot be read from it afterwards; a word too many
 * only costs time.
 */
const stateOfConnection =
  /\bpragma\b(?!\s+(?:main\s*\.\s*)?(?:foreign_keys|defer_foreign_keys|legacy_alter_table|foreign_key_check)\b)|\b(?:attach|detach|temp|temporary)\b|\b(?:random|randomblob|changes|total_changes|last_insert_rowid)\s*\(/i

/**
 * All of it but its file, which is elsewhere on another machine. Of code, the schema that it makes in a new database: an upgrade
 * that begins after it is compared with that. What it does to rows is in the file with which the upgrade begins.
 */
function identifyMigration(
  plan: MigrationPlan,
  { up, file: _, adopts = [], ...declared }: Migration,
): string {
  const adopted = adopts.map(({ up: _up, file: _file, ...rest }) => rest)
  const sql = [up, ...adopts.map((one) => one.up)].map((own) => sqlOf({ up: own }))
  const schema = sql.includes(null) ? installedSchema(plan, declared.version) : null
  return sha256(canonical([declared, sql, schema, ...adopted]))
}

function installedSchema(plan: MigrationPlan, version: number): unknown {
  return withStillClock(() => {
    const database = openMemory()
    try {
      const connection = betterSqliteConnection(database)
      return withStillJavaScript(() => expectedSchema(connection, plan, version))
    } catch (error) {
      return errorMessage(error)
    } finally {
      database.close()
    }
  })
}

function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

/** The program, the engine and what both run on: a result of one of them says nothing of another. */
function identifyProgram(configFile: string): string {
  const database = betterSqliteConnection(openMemory())
  try {
    const engine = [
      database.all('SELECT sqlite_source_id() AS source'),
      database.all('PRAGMA compile_options'),
    ]
    const { arch, platform, versions } = process
    return canonical([
      hashCode(join(packageFolder, 'dist')),
      hashDriver(),
      engine,
      versions,
      arch,
      platform,
      // `localtime` of SQL depends on it.
      [process.env.TZ, Intl.DateTimeFormat().resolvedOptions().timeZone],
      hashLockfiles(dirname(configFile)),
    ])
  } finally {
    database.close()
  }
}

/** Of all code in a folder: an edited check is another check, whatever the version of its package says. */
function hashCode(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:[cm]?js|node)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return sha256(canonical(files.map((file) => sha256(readFileSync(file)))))
}

/** Of the driver: older ones have their native code in a folder of its own. That of Node is known by its version. */
function hashDriver(): string {
  const folder = findDriverFolder()
  const parts = folder === null ? [] : ['lib', join('build', 'Release')].map((part) => join(folder, part))
  return canonical(parts.filter((part) => existsSync(part)).map(hashCode))
}

/** Where package managers note what is installed. */
const lockfiles = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
]

function hashLockfiles(start: string): string {
  const found: string[] = []
  for (let folder = start; ; folder = dirname(folder)) {
    const paths = lockfiles.map((name) => join(folder, name)).filter((path) => existsSync(path))
    found.push(...paths.map((path) => sha256(readFileSync(path))))
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return canonical(found)
  }
}

/** A value as a text: equal values have the same one, and others another one. A function is its source. */
export function canonical(value: unknown): string {
  return JSON.stringify(toPlain(value))
}

function toPlain(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'object') return { [typeof value]: Object.is(value, -0) ? '-0' : String(value) }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Date || value instanceof RegExp) return { [value.constructor.name]: String(value) }
  if (value instanceof Map || value instanceof Set)
    return { [value.constructor.name]: [...value].map(toPlain) }
  if (Array.isArray(value)) return value.map(toPlain)
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [name, toPlain(item)])
  return { object: entries.sort(([left], [right]) => (left < right ? -1 : 1)) }
}

/** Whether there is code in a value, or what may hold code. */
function hasFunction(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Object.values(value).some(hasFunction)
}
