import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, sep } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import { errorMessage, isNotInstalled, MissingLibraryError } from '../errors.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { refuseUnopenable } from './database-path.ts'
import type { EngineName } from './engine-names.ts'
import { DatabaseOpenError, findDescriptorError } from './errors.ts'
import { copyNodeDatabase, existingFile, hasNodeSqlite, nodeSqliteDriver } from './node-sqlite.ts'

/** The driver's types, so that no other file needs the driver. */
export type { default as Database } from 'better-sqlite3'

/** How a file is opened. */
type OpenOptions = Pick<BetterSqlite3.Options, 'readonly' | 'fileMustExist' | 'timeout'>

const require = createRequire(import.meta.url)
let driver: typeof BetterSqlite3 | undefined

/** Whether a config says that the project ships `node:sqlite`, so that it needs no other engine. */
let shipsNodeSqlite = false

/** Notes which engine a project ships, as its config says; before any database is opened. */
export function noteShippedEngine(engine: EngineName): void {
  if (engine === nodeSqlite) shipsNodeSqlite = true
}

const betterSqlite3 = 'better-sqlite3'
const nodeSqlite = 'node:sqlite'

/** The variable of the environment that names the engine of the harness for one run. */
const variable = 'MIGRATION_PROOF_ENGINE'

/**
 * The driver, which is loaded when it is first needed: better-sqlite3, in the version that the project installs itself. Where
 * that cannot be loaded and the project ships `node:sqlite`, that.
 *
 * @throws {MissingLibraryError} when the package is not installed, or was built for another version of Node
 * @throws {Error} of the system, when this process may open no more files
 */
export function loadDriver(): typeof BetterSqlite3 {
  driver ??= findDriver()
  return driver
}

function findDriver(): typeof BetterSqlite3 {
  if (isNamed(nodeSqlite)) return requireNodeSqlite()
  try {
    refuseOldNode()
    return tryDriver(require(betterSqlite3))
  } catch (cause) {
    const limit = findDescriptorError()
    if (limit !== null) throw limit
    if (shipsNodeSqlite && !isNamed(betterSqlite3)) return requireNodeSqlite(cause)
    throw cause instanceof MissingLibraryError ? cause : explainMissing(cause)
  }
}

/** @throws {MissingLibraryError} when the variable names something else */
function isNamed(engine: typeof betterSqlite3 | typeof nodeSqlite): boolean {
  const named = process.env[variable] ?? ''
  if (named === '' || named === betterSqlite3 || named === nodeSqlite) return named === engine
  throw new MissingLibraryError({
    where: `The variable ${variable}`,
    expected: `${betterSqlite3} or ${nodeSqlite}`,
    actual: `'${named}'`,
    fix: 'set it to one of them, or to nothing',
  })
}

function requireNodeSqlite(cause?: unknown): typeof BetterSqlite3 {
  if (hasNodeSqlite()) return nodeSqliteDriver
  throw new MissingLibraryError(
    {
      where: 'SQLite',
      expected: 'the node:sqlite of Node 24.16 or later',
      actual: `Node ${process.version}`,
      fix: 'use such a Node, or install another engine beside it with npm install --save-dev better-sqlite3',
    },
    { cause },
  )
}

/**
 * A Node that is older than all that a package was built for may crash when it loads its native code.
 *
 * @throws {MissingLibraryError}
 */
function refuseOldNode(): void {
  const file = join(driverFolder(), 'package.json')
  if (!existsSync(file)) return
  const { version, engines }: PackageFile = require(file)
  // `20.x || 22.x`, or `>=22.0.0`: the first number of each range.
  const majors = (engines?.node ?? '')
    .split('||')
    .flatMap((range) => range.match(/\d+/) ?? [])
    .map(Number)
  const major = Number(process.versions.node.split('.')[0])
  if (majors.length === 0 || majors.some((oldest) => oldest <= major)) return
  throw new MissingLibraryError({
    where: 'SQLite',
    expected: `a better-sqlite3 for Node ${process.version}`,
    actual: `better-sqlite3 ${version}, which needs Node ${Math.min(...majors)} or later`,
    fix: 'use such a Node, or install an older one with npm install better-sqlite3@12',
  })
}

interface PackageFile {
  readonly version: string
  readonly engines?: { readonly node?: string }
}

function explainMissing(cause: unknown): MissingLibraryError {
  const setting = hasNodeSqlite()
    ? ", or set engine: 'node:sqlite' in the config if that is what you ship"
    : ''
  if (isNotInstalled(cause)) {
    const fix = `install it with npm install better-sqlite3${setting}`
    const diagnosis = { where: 'SQLite', expected: 'the package better-sqlite3', actual: 'none', fix }
    return new MissingLibraryError(diagnosis, { cause })
  }
  const diagnosis = {
    where: 'SQLite',
    expected: `the package better-sqlite3, built for Node ${process.version}`,
    actual: `the error '${errorMessage(cause).split('\n', 1)[0]}'`,
    fix: `build it with npm rebuild better-sqlite3${setting}`,
  }
  return new MissingLibraryError(diagnosis, { cause })
}

/** The folder of the package of the driver: its entry is in a folder of it. Null for `node:sqlite`, which is a part of Node. */
export function findDriverFolder(): string | null {
  return loadDriver() === nodeSqliteDriver ? null : driverFolder()
}

function driverFolder(): string {
  return dirname(dirname(require.resolve(betterSqlite3)))
}

/** The engine of the harness: its package, and the SQLite in it. */
export interface DriverDescription {
  readonly name: typeof betterSqlite3 | typeof nodeSqlite
  readonly version: string
  readonly sqlite: string
}

/** What the driver is. @throws {MissingLibraryError} when it is not installed */
export function describeDriver(): DriverDescription {
  const connection = betterSqliteConnection(openMemory())
  const [row] = connection.all('SELECT sqlite_version() AS sqlite')
  connection.close()
  const sqlite = String(row?.sqlite)
  const folder = findDriverFolder()
  if (folder === null) return { name: nodeSqlite, version: process.versions.node, sqlite }
  const { version }: PackageFile = require(join(folder, 'package.json'))
  return { name: betterSqlite3, version, sqlite }
}

/** Its native code is loaded by the first connection. */
function tryDriver(loaded: typeof BetterSqlite3): typeof BetterSqlite3 {
  new loaded(':memory:').close()
  return loaded
}

/**
 * Opens a file of exactly this name. The driver removes white space from both ends of a name, takes some names for
 * databases in memory, and ends a name at a NUL: it would open another file.
 *
 * @throws {DatabaseOpenError} for a name under which the driver opens another file, or none
 */
export function openFile(path: string, options: OpenOptions = {}): BetterSqlite3.Database {
  return prepared(new (loadDriver())(exactPath(path), options))
}

/** Opens an empty database in memory. */
export function openMemory(): BetterSqlite3.Database {
  return prepared(new (loadDriver())(':memory:'))
}

/** Opens a copy of a file's bytes in memory. */
export function openImage(bytes: Buffer): BetterSqlite3.Database {
  return prepared(new (loadDriver())(bytes))
}

type Prepare = (database: BetterSqlite3.Database) => void

let prepare: Prepare = () => {}

/** A function that SQL may call; integers are given as `bigint`. The number of its parameters counts. */
export type SqlFunction = (...values: readonly SqlValue[]) => SqlValue | boolean

const functions = new Map<string, SqlFunction>()

/** Whether a database has a schema of the project, whose calls of its functions are known. */
type IsOwnSchema = (connection: Connection, functions: readonly string[]) => boolean
let isOwnSchema: IsOwnSchema = () => false

/**
 * Defines functions on each database that is opened from now on: those that the program of a config defines on its own.
 *
 * @param isOwn which schemas of files may call them
 */
export function provideFunctions(
  provided: Readonly<Record<string, SqlFunction>>,
  isOwn: IsOwnSchema = () => false,
): void {
  for (const [name, work] of Object.entries(provided)) functions.set(name, work)
  if (Object.keys(provided).length > 0) isOwnSchema = isOwn
}

/** The functions that the program of the config defines, by their names. */
export function providedFunctions(): ReadonlyMap<string, SqlFunction> {
  return functions
}

/**
 * Keeps the schema of a file from calling functions that are not known to do no harm. Those of the config it may call
 * where the file has a schema of the project: SQLite allows all of them or none.
 *
 * @param file the database whose schema decides, where this one is made from it
 * @throws {DatabaseOpenError} where something else in the file calls functions of the config
 */
export function distrustSchema(connection: Connection, file: Connection = connection): void {
  if (functions.size > 0) {
    if (isOwnSchema(file, [...functions.keys()])) return
    const [main] = file.all('PRAGMA database_list')
    throw new DatabaseOpenError('untrusted-schema', {
      where: String(main?.file),
      expected: 'a schema that calls functions of the config only as the golden schemas do',
      actual: 'a table, an index, a trigger or a view that calls one, and that is in none of them',
      fix: 'freeze the golden schema of its version, or remove from the file what calls the function',
    })
  }
  connection.exec('PRAGMA trusted_schema = OFF')
}

function defineFunction(database: BetterSqlite3.Database, name: string, work: SqlFunction): void {
  const answer = (...values: SqlValue[]) => {
    const result = work(...values)
    return typeof result === 'boolean' ? BigInt(result) : result
  }
  // The driver reads the number of parameters from the function.
  Object.defineProperty(answer, 'length', { value: work.length })
  database.function(name, { deterministic: true, safeIntegers: true, varargs: work.length === 0 }, answer)
}

function prepared(database: BetterSqlite3.Database): BetterSqlite3.Database {
  for (const [name, work] of functions) defineFunction(database, name, work)
  prepare(database)
  return database
}

/** Does some work, and something with each database that it opens, before anything else is done with it. */
export function withPrepared<Result>(next: Prepare, work: () => Result): Result {
  const outer = prepare
  prepare = next
  try {
    return work()
  } finally {
    prepare = outer
  }
}

/**
 * Copies a database into a file of exactly this name, by SQLite's online backup.
 *
 * @param pagesAtOnce how many pages one step copies
 * @param report called after each step with how far it has come
 * @throws {DatabaseOpenError} as {@link openFile} does
 */
export async function copyTo(
  database: BetterSqlite3.Database,
  path: string,
  pagesAtOnce: number,
  report: (progress: BetterSqlite3.BackupMetadata) => void,
): Promise<void> {
  const target = exactPath(path)
  const progress = (made: BetterSqlite3.BackupMetadata) => {
    report(made)
    return pagesAtOnce
  }
  await (copyNodeDatabase(database, target, pagesAtOnce, report) ?? database.backup(target, { progress }))
}

/** An expression of JavaScript that opens an existing file, for a program that runs in a process of its own. */
export function expressionToOpen(path: string): string {
  if (loadDriver() === nodeSqliteDriver)
    return `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(existingFile(path))})`
  const file = JSON.stringify(require.resolve(betterSqlite3))
  return `new (require(${file}))(${JSON.stringify(path)}, { fileMustExist: true, timeout: 0 })`
}

/** An absolute path begins with no white space, and is no URI and no database in memory. */
function exactPath(path: string): string {
  const absolute = isAbsolute(path) ? path : process.cwd() + sep + path
  refuseUnopenable(absolute)
  return absolute
}

/**
 * The harness's view of a better-sqlite3 database. The database's own settings stay as they are.
 *
 * @example
 * ```js
 * import Database from 'better-sqlite3'
 * import { betterSqliteConnection } from 'migration-proof'
 *
 * const connection = betterSqliteConnection(new Database('notes.db'))
 * console.log(connection.all('SELECT count(*) AS notes FROM note')) // [ { notes: 2n } ]
 * ```
 */
export function betterSqliteConnection(database: BetterSqlite3.Database): Connection {
  const prepared = new PreparedStatements(database)
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    all: (sql, parameters = []) => runStatement(prepared.of(sql), parameters),
    get inTransaction() {
      return database.inTransaction
    },
    openMemory: () => betterSqliteConnection(openMemory()),
    close: () => {
      database.close()
    },
  }
}

type Statement = BetterSqlite3.Statement<SqlValue[], SqlRow>

/** How many statements of a connection stay compiled. */
const mostPrepared = 100

/** The longest text of a statement that stays compiled. */
const longestPrepared = 20_000

/** The statements of a connection that were run last, compiled: to compile one takes longer than to run most. */
class PreparedStatements {
  readonly #database: BetterSqlite3.Database
  readonly #statements = new Map<string, Statement>()

  constructor(database: BetterSqlite3.Database) {
    this.#database = database
  }

  of(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) {
      // The last in the map is the one that was used last.
      this.#statements.delete(sql)
      this.#statements.set(sql, known)
      return known
    }
    const statement = this.#database.prepare<SqlValue[], SqlRow>(sql)
    // A PRAGMA takes effect, or reads its value, while it is compiled. SQLite compiles others again after a change of schema.
    if (!/^\s*(SELECT|INSERT|UPDATE|DELETE)\b/i.test(sql) || sql.length > longestPrepared) return statement
    this.#statements.set(sql, statement)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size > mostPrepared && oldest !== undefined) this.#statements.delete(oldest)
    return statement
  }
}

function runStatement(statement: Statement, parameters: readonly SqlValue[]): SqlRow[] {
  if (!statement.reader) {
    statement.run(...parameters)
    return []
  }
  return statement.safeIntegers(true).all(...parameters)
}
