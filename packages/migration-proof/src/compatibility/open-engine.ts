import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { betterSqliteConnection, openFile } from '../engines/better-sqlite3.ts'
import type { Engine, EngineFile } from '../engines/engine.ts'
import { type EngineName, engineNames, isEngineName } from '../engines/engine-names.ts'
import { type EngineProcess, startEngine } from '../engines/engine-process.ts'
import { DiagnosedError } from '../errors.ts'
import { writePrivately } from '../snapshots/open.ts'
import { makePrivateFolder, privateFiles } from '../snapshots/private-folder.ts'
import { quoteName } from '../sql/names.ts'

/** An engine that is compared with that of the harness. */
export interface ComparedEngine extends Engine {
  /** By which a declared deviation names it: one of the engines of the config, or any other name. */
  readonly id: string
  /** Of the package or program that it comes in; null where that is not known. */
  readonly version: string | null
  /** Of the SQLite that it is, or that it says it is. */
  readonly sqlite: string
  /** Whether its files take a transaction only as a whole, by `runBatch`. */
  readonly takesBatches?: boolean
}

/** An engine that runs in a process, which ends with it. */
export interface OpenedEngine extends ComparedEngine {
  [Symbol.dispose](): void
}

/** Thrown when an engine is not installed. */
export class MissingEngineError extends DiagnosedError {
  override readonly name = 'MissingEngineError'
  readonly engine: EngineName
  /** The command that installs it. */
  readonly install: string

  constructor(engine: EngineName, expected: string, install: string, also = '') {
    super({ where: `Engine ${engine}`, expected, actual: 'none', fix: `install it with ${install}${also}` })
    this.engine = engine
    this.install = install
  }
}

export interface OpenEngineOptions {
  /** The folder of the project, from which packages and programs are looked for; defaults to the working directory. */
  readonly folder?: string
  /** What the project passes to the constructor of the driver, as data. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** How an engine runs: by which program, and with which package. */
interface Found {
  readonly runtime: string
  readonly entry: string | null
  /** Null where the runtime says it. */
  readonly version: string | null
}

/** How each engine is found. */
const finders: Readonly<Record<EngineName, (folder: string) => Found>> = {
  'better-sqlite3': (folder) => findPackage('better-sqlite3', 'better-sqlite3', 'better-sqlite3', folder),
  'node:sqlite': findNode,
  'bun:sqlite': (folder) => {
    const runtime = findPrograms('bun', folder)[0]
    if (runtime === undefined) throw new MissingEngineError('bun:sqlite', 'Bun', 'npm install --save-dev bun')
    return { runtime, entry: null, version: null }
  },
  libsql: (folder) => findPackage('libsql', 'libsql', 'libsql', folder),
  turso: (folder) =>
    findPackage('turso', '@tursodatabase/database', '@tursodatabase/database/compat', folder),
  d1: (folder) => findMiniflare('d1', folder),
  'durable-object': (folder) => findMiniflare('durable-object', folder),
}

/** Those that workerd has. It says no version of SQLite, and takes a transaction only as a whole. */
const ofWorkerd: readonly EngineName[] = ['d1', 'durable-object']

/**
 * Finds an engine of a project, in its node_modules or in the PATH. It runs in a process of its own, which
 * is started again where it has ended.
 *
 * @throws {MissingEngineError} when it is not installed
 * @throws {DiagnosedError} for a name that is none of an engine, and when it is installed and does not run
 *
 * @example
 * ```js
 * import { openEngine } from 'migration-proof/compatibility'
 *
 * const engine = openEngine('better-sqlite3')
 * const file = engine.open(new Uint8Array())
 * file.connection.exec('CREATE TABLE note (id INTEGER PRIMARY KEY)')
 * console.log(file.save().length) // 8192
 * file[Symbol.dispose]()
 * engine[Symbol.dispose]()
 * ```
 */
export function openEngine(name: EngineName, given: OpenEngineOptions = {}): OpenedEngine {
  if (!isEngineName(name)) {
    const diagnosis = {
      where: 'openEngine',
      expected: `one of ${engineNames.join(', ')}`,
      actual: `'${name}'`,
    }
    throw new DiagnosedError({ ...diagnosis, fix: 'choose one of them' })
  }
  const { folder = process.cwd(), options = {} } = given
  const { runtime, entry, version: known } = finders[name](folder)
  const isOfWorkerd = ofWorkerd.includes(name)
  let running: EngineProcess | null = null
  const start = () => {
    if (running?.hasEnded === false) return running
    const program = isOfWorkerd ? 'workerd-host' : 'engine-host'
    running = startEngine({ shown: name, runtime, program, engine: name, entry, options })
    return running
  }
  const close = () => running?.[Symbol.dispose]()
  try {
    const version = known ?? start().runtimeVersion
    const open = (bytes: Uint8Array) => openOn(start(), bytes, isOfWorkerd)
    using file = open(new Uint8Array())
    const sqlite = isOfWorkerd
      ? writerOf(file)
      : String(file.connection.all('SELECT sqlite_version() AS version')[0]?.version)
    return {
      id: name,
      name: `${name} ${version}`,
      version,
      sqlite,
      takesBatches: isOfWorkerd,
      open,
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** The version of SQLite that has written a file: https://www.sqlite.org/fileformat.html#write_library_version_number_and_version_valid_for_number */
function writerOf(file: EngineFile): string {
  file.connection.exec('CREATE TABLE written (id INTEGER)')
  const number = new DataView(Uint8Array.from(file.save()).buffer).getUint32(96)
  return [number / 1_000_000, (number / 1000) % 1000, number % 1000].map(Math.floor).join('.')
}

function openOn(engine: EngineProcess, bytes: Uint8Array, inBatches: boolean): EngineFile {
  const folder = makePrivateFolder()
  const path = join(folder.path, privateFiles.snapshot)
  try {
    if (bytes.length > 0) writePrivately(path, bytes)
    const { connection, runBatch } = engine.open(path)
    return {
      connection,
      ...(inBatches ? { runBatch } : {}),
      save: () => {
        connection.close()
        return readClosed(path)
      },
      [Symbol.dispose]: () => {
        try {
          connection.close()
        } finally {
          folder.remove()
        }
      },
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/**
 * The bytes of a file that an engine has closed. Some leave a write-ahead log beside it, which is a part of it, and some keep
 * it locked until their process ends: a copy of both is read.
 */
function readClosed(path: string): Uint8Array {
  if (!existsSync(path)) return new Uint8Array()
  const copy = `${path}-copy`
  for (const ending of ['', '-wal', '-journal'])
    if (existsSync(`${path}${ending}`)) copyFileSync(`${path}${ending}`, `${copy}${ending}`)
  const database = openFile(copy)
  try {
    const connection = betterSqliteConnection(database)
    connection.all('PRAGMA journal_mode = DELETE')
    // What workerd keeps for itself, such as _cf_METADATA, no version makes.
    const own = connection.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '_cf_*'")
    for (const { name } of own) connection.exec(`DROP TABLE ${quoteName(String(name))}`)
    return database.serialize()
  } finally {
    database.close()
  }
}

function findPackage(name: EngineName, pack: string, module: string, folder: string): Found {
  const entry = resolveFrom(folder, module)
  if (entry === null) throw new MissingEngineError(name, `the package ${pack}`, `npm install ${pack}`)
  return { runtime: process.execPath, entry, version: readPackageVersion(entry, pack) }
}

/** miniflare runs workerd, and says which Node it needs. */
function findMiniflare(name: EngineName, folder: string): Found {
  const found = findPackage(name, 'miniflare', 'miniflare', folder)
  const needed = readPackage(found.entry ?? '', 'miniflare')?.engines?.node ?? ''
  const runtime = [process.execPath, ...findPrograms('node', folder)].find((node) => isAtLeast(node, needed))
  if (runtime !== undefined) return { ...found, runtime }
  throw new MissingEngineError(name, `Node ${needed}`, 'npm install --save-dev node@24')
}

function isAtLeast(node: string, needed: string): boolean {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = spawnSync(node, ['--version'], { env, encoding: 'utf8', windowsHide: true })
  const numbersOf = (text: string) => (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number)
  const [actual, expected] = [numbersOf(stdout), numbersOf(needed)]
  const differs = expected.findIndex((number, index) => number !== (actual[index] ?? 0))
  return differs === -1 || (actual[differs] ?? 0) > (expected[differs] ?? 0)
}

function resolveFrom(folder: string, module: string): string | null {
  try {
    return createRequire(join(folder, 'any.js')).resolve(module)
  } catch {
    return null
  }
}

function readPackageVersion(entry: string, pack: string): string | null {
  return readPackage(entry, pack)?.version ?? null
}

interface PackageFile {
  readonly name?: string
  readonly version?: string
  readonly engines?: { readonly node?: string }
}

function readPackage(entry: string, pack: string): PackageFile | null {
  for (let folder = dirname(entry); dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) continue
    const found: PackageFile = JSON.parse(readFileSync(file, 'utf8'))
    if (found.name === pack) return found
  }
  return null
}

/** This Node where it has `node:sqlite`, and otherwise the first one that is found and has it. */
function findNode(folder: string): Found {
  const runtime = [process.execPath, ...findPrograms('node', folder)].find(hasSqlite)
  if (runtime !== undefined) return { runtime, entry: null, version: null }
  const install = 'npm install --save-dev node@24'
  throw new MissingEngineError(
    'node:sqlite',
    'Node 22.13 or later',
    install,
    ', or run this with such a Node',
  )
}

function hasSqlite(program: string): boolean {
  const script = "process.exit(process.getBuiltinModule?.('node:sqlite') === undefined ? 1 : 0)"
  const env = { ...process.env, NODE_OPTIONS: '' }
  return spawnSync(program, ['-e', script], { env, stdio: 'ignore', windowsHide: true }).status === 0
}

/** Programs of a name: those of the packages of a project, then those of the PATH. */
function findPrograms(name: string, folder: string): string[] {
  const ending = process.platform === 'win32' ? '.exe' : ''
  const folders: string[] = []
  for (let above = folder; ; above = dirname(above)) {
    // The packages node and bun hold the programs; what npm links to them on Windows is a script.
    folders.push(join(above, 'node_modules', name, 'bin'), join(above, 'node_modules', '.bin'))
    if (dirname(above) === above) break
  }
  const paths = [...folders, ...(process.env.PATH ?? '').split(delimiter)].filter((path) => path !== '')
  return paths.map((path) => join(path, `${name}${ending}`)).filter((path) => existsSync(path))
}
