import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import type { Migration } from '../../migrator/migration.ts'
import { filesLoadedBy, locateFunctions } from '../../proof/code.ts'
import { factsAt } from '../../proof/facts-at.ts'
import type { Suite } from '../../proof/suite.ts'
import { readFixtureText } from '../../snapshots/fixture-text.ts'
import { sha256 } from '../../snapshots/hash.ts'
import type { SnapshotEntry } from '../../snapshots/ledger.ts'
import { pinMigrations } from '../../snapshots/pin.ts'
import { packageFolder } from '../program.ts'

/** The code of this package counts by itself. */
const ownName = 'migration-proof'

/** What the results of a suite depend on, as hashes. */
export interface SuiteIdentity {
  /** Of all code that the config loads: what it declares may be functions, which do what other files say. */
  readonly code: string
  /** Of all that the upgrade of a snapshot to a version depends on, and what checks the way there. */
  ofUpgrade(entry: SnapshotEntry, target: number): string
  /** Of all that the verdict on a roll-back depends on, judged by this snapshot. */
  ofRollback(entry: SnapshotEntry, version: number): string
}

/**
 * The identity of a suite as it is now.
 *
 * @param configFile the file that the suite was loaded from
 * @throws {MigrationFailedError} when a migration fails in a new database
 */
export function identifySuite(suite: Suite, configFile: string): SuiteIdentity {
  const hashOfFile = remembered((file: string) => sha256(readFileSync(file)))
  const hashOfFiles = (files: readonly string[]) => sha256(canonical(files.map(hashOfFile)))
  const code = hashOfFiles(filesLoadedBy(configFile, ownName))
  const { plan, connection, oldestEngine, fixtures } = suite
  const chain = [sha256(canonical([identifyProgram(configFile), plan.versions, connection, oldestEngine]))]
  for (const step of identifySteps(suite, code, hashOfFiles)) chain.push(sha256(`${chain.at(-1)} ${step}`))
  const facts = remembered((version: number) => sha256(canonical(factsAt(suite.facts, version))))
  const golden = remembered((version: number) =>
    sha256(readFixtureText(fixtures, 'schemas', `v${version}`) ?? 'none'),
  )
  const ofUpgrade = (entry: SnapshotEntry, target: number) =>
    sha256(canonical([chain[target], entry, facts(entry.version), facts(target), golden(target)]))
  return {
    code,
    ofUpgrade,
    ofRollback: (entry, version) =>
      sha256(canonical(['rollback', ofUpgrade(entry, version), facts(version - 1)])),
  }
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
    return canonical([hashOwnCode(), engine, versions, arch, platform, hashLockfiles(dirname(configFile))])
  } finally {
    database.close()
  }
}

/** Of all code of this package: an edited check is another check, whatever the version of the package says. */
function hashOwnCode(): string {
  const files = readdirSync(join(packageFolder, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return sha256(canonical(files.map((file) => sha256(readFileSync(file)))))
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

/**
 * What each migration does: its code, what it declares, and the statements that it executes in a new database. Its code is that
 * of its file and of all files that this one loads. Where a file holds several migrations, a further one must not change those
 * before it: there it is the function alone, unless it uses a name that the rest of the file knows.
 */
function identifySteps(
  suite: Suite,
  allCode: string,
  hashOfFiles: (files: readonly string[]) => string,
): string[] {
  const { migrations } = suite.plan
  const pins = pinMigrations(suite)
  const positions = locateFunctions(migrations.map(({ up }) => up))
  const places = positions.map((position) => canonical(position))
  const loadedBy = remembered((file: string) => filesLoadedBy(file, ownName))
  const sourcesIn = remembered((file: string) =>
    migrations.flatMap(({ up }, index) => (positions[index]?.file === file ? [String(up)] : [])),
  )
  const wordsBeside = remembered((file: string) => {
    const rest = sourcesIn(file).reduce(
      (text, source) => text.replace(source, ''),
      readFileSync(file, 'utf8'),
    )
    return new Set(rest.match(word))
  })
  const codeOf = ({ up }: Migration, index: number): string => {
    const file = positions[index]?.file
    // Functions of one place were made by another one, and what they were given cannot be seen.
    const isMade = places.filter((place) => place === places[index]).length > 1
    if (file === undefined || isMade) return allCode
    const isAlone =
      sourcesIn(file).length > 1 && !namesIn(String(up)).some((name) => wordsBeside(file).has(name))
    return hashOfFiles(loadedBy(file).filter((other) => !isAlone || other !== file))
  }
  return migrations.map((migration, index) =>
    sha256(canonical([migration, codeOf(migration, index), pins[index]])),
  )
}

const word = /[A-Za-z_$][\w$]*/g
const reserved = new Set([
  'as',
  'const',
  'default',
  'export',
  'for',
  'from',
  'if',
  'import',
  'let',
  'new',
  'of',
  'return',
])

/** The names that code uses, other than those of properties. What stands in a template counts as code. */
function namesIn(source: string): string[] {
  const code = source.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\//g, ' ')
  return [...code.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*/g)].flatMap(([name]) =>
    reserved.has(name) ? [] : [name],
  )
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
