import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { d1 } from '../../../src/history/d1.ts'
import { dbmate } from '../../../src/history/dbmate.ts'
import { drizzle } from '../../../src/history/drizzle.ts'
import { prisma } from '../../../src/history/prisma.ts'
import type { History } from '../../../src/history/sql-folder.ts'
import { splitStatements } from '../../../src/sql/split.ts'
import { prepareTools } from '../tools/prepare-tools.ts'
import type { Step } from './cases.ts'

/** A tool whose program is compared with the emulation of its rules. */
export interface Tool {
  readonly name: string
  /** The files of a history. */
  readonly files: (steps: readonly Step[]) => Readonly<Record<string, string>>
  readonly read: (folder: string) => History
  /** Lets the tool itself apply a folder to a file. @throws what the tool reports */
  readonly apply: (folder: string, file: string) => Promise<void> | void
  /** The same as a program that can be killed, where it is one. */
  readonly program?: MakeProgram
  /** After how many milliseconds it is in the middle of an endless migration, where its file does not show that. */
  readonly settle?: number
  /** Tables of the program that are no part of the history. */
  readonly own?: readonly string[]
  /** What of its notes is of the time, or drawn by lot: their types alone are compared. */
  readonly exempt: readonly string[]
  /** Whether the adapter runs the tool itself, in a thread of its own, and no rules. */
  readonly isRun?: true
  /** The cases that are tried; left out where all are. */
  readonly only?: RegExp
  /** The cases that its rules do not follow, each with the reason. */
  readonly differs?: Readonly<Record<string, string>>
  /** What it is seen to do about notes that do not fit; left out where it does not see that. */
  readonly does: Readonly<Partial<Record<'late' | 'unknown' | 'changed', Reaction>>>
}

/** `applies`: everything that is not noted. `skips`: what is late, and applies the rest. `refuses`: it applies nothing. */
export type Reaction = 'applies' | 'skips' | 'refuses'

const modules = join(prepareTools().folder, 'node_modules')
const load = createRequire(join(modules, 'package.json'))
const nightlyModules = join(prepareTools('nightly').folder, 'node_modules')
const nightly = createRequire(join(nightlyModules, 'package.json'))
const padded = ({ number, name }: Step, length = 4) => `${`${number}`.padStart(length, '0')}_${name}`

/** A program that applies a history, in a process of its own. */
export interface Program {
  readonly command: string
  readonly parameters: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** The file that it works on. */
  readonly path: string
  /** Brings what it has left to the file that the test knows, where that is another one. */
  readonly collect?: () => void
}

type MakeProgram = (folder: string, file: string) => Program

/** A tool that is its program. @throws {Error} with what the program prints, where it fails */
const byProgram = (program: MakeProgram): Pick<Tool, 'apply' | 'program'> => ({
  program,
  apply: (folder, file) => {
    const made = program(folder, file)
    try {
      runProgram(made)
    } finally {
      made.collect?.()
    }
  },
})

function runProgram({ command, parameters, cwd, env }: Omit<Program, 'path'>): void {
  const options = { cwd, encoding: 'utf8', env: { ...process.env, ...env } } as const
  const { status, stdout, stderr, error } = spawnSync(command, parameters, options)
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`)
}

const dbmateProgram = join(
  modules,
  '@dbmate',
  `${process.platform}-${process.arch}`,
  'bin',
  process.platform === 'win32' ? 'dbmate.exe' : 'dbmate',
)

const dbmateTool = (name: string, mark: string, query: string, only?: RegExp): Tool => ({
  name,
  ...(only === undefined ? {} : { only }),
  files: (steps) =>
    Object.fromEntries(
      steps.map((step) => [
        `${step.number}_${step.name}.sql`,
        `-- migrate:up${mark}\n${step.sql}\n-- migrate:down\n`,
      ]),
    ),
  read: (folder) => dbmate(folder, query === '' ? {} : { foreignKeys: 'on' }),
  ...byProgram((folder, file) => {
    const url = `sqlite:${file}${query}`
    const parameters = ['--url', url, '--migrations-dir', folder, '--no-dump-schema', 'up']
    return { command: dbmateProgram, parameters, cwd: folder, path: file }
  }),
  exempt: [],
  does: { late: 'applies', unknown: 'applies' },
})

const drizzleTool: Tool = {
  name: 'drizzle-orm',
  files: (steps) => ({
    'meta/_journal.json': JSON.stringify({
      version: '7',
      dialect: 'sqlite',
      entries: steps
        .toSorted((left, right) => left.number - right.number)
        .map((step, idx) => ({
          idx,
          version: '6',
          tag: padded(step),
          when: 1_700_000_000_000 + step.number,
          breakpoints: true,
        })),
    }),
    ...Object.fromEntries(
      steps.map((step) => {
        const statements = splitStatements(step.sql)
        const text = statements.length < 2 ? step.sql : statements.join(';\n--> statement-breakpoint\n')
        return [`${padded(step)}.sql`, text]
      }),
    ),
  }),
  read: (folder) => drizzle(folder),
  apply: (folder, file) => {
    const { drizzle: open } = load('drizzle-orm/better-sqlite3')
    const { migrate } = load('drizzle-orm/better-sqlite3/migrator')
    const database = new Database(file)
    try {
      migrate(open(database), { migrationsFolder: folder })
    } finally {
      database.close()
    }
  },
  exempt: [],
  // Where drizzle-orm is installed, it is run itself.
  differs: {
    'a comment without an end': 'better-sqlite3 takes it for a second statement',
    'a parameter': 'better-sqlite3 asks for a value, and its exec does not',
  },
  does: { late: 'skips', unknown: 'applies' },
}

/** Prisma's schema engine, as its programs bring it, built to WebAssembly. */
async function loadPrismaEngine() {
  const folder = join(modules, '@prisma/schema-engine-wasm')
  const engine = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href)
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')))
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': engine })
  engine.__wbg_set_wasm(instance.exports)
  Reflect.apply(instance.exports.__wbindgen_start as () => void, undefined, [])
  return engine
}

let prismaEngine: ReturnType<typeof loadPrismaEngine> | undefined

async function applyByPrismaEngine(folder: string, file: string): Promise<void> {
  prismaEngine ??= loadPrismaEngine()
  const { SchemaEngine } = await prismaEngine
  const { PrismaBetterSqlite3 } = load('@prisma/adapter-better-sqlite3')
  const { bindMigrationAwareSqlAdapterFactory } = load('@prisma/driver-adapter-utils')
  // As the engine that is no WebAssembly writes times.
  const adapter = new PrismaBetterSqlite3({ url: file }, { timestampFormat: 'unixepoch-ms' })
  const opened: { dispose(): Promise<void> }[] = []
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connection = await connect()
    opened.push(connection)
    return connection
  }
  const schema = ['schema.prisma', 'datasource db {\n  provider = "sqlite"\n}\n']
  const engine = await SchemaEngine.new(
    { datamodels: [schema] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  )
  const migrationDirectories = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    }))
    .sort((left, right) => (left.path < right.path ? -1 : 1))
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "sqlite"\n' }
  try {
    await engine.applyMigrations({
      migrationsList: { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories },
      filters: { externalTables: [], externalEnums: [] },
    })
  } finally {
    engine.free()
    for (const connection of opened) await connection.dispose()
  }
}

const prismaTool: Tool = {
  name: 'Prisma (its schema engine)',
  files: (steps) =>
    Object.fromEntries([
      ['migration_lock.toml', 'provider = "sqlite"\n'],
      ...steps.map((step) => [`${padded(step, 14)}/migration.sql`, step.sql]),
    ]),
  read: (folder) => prisma(folder),
  apply: applyByPrismaEngine,
  exempt: ['id', 'started_at', 'finished_at', 'logs'],
  does: { late: 'applies', unknown: 'applies', changed: 'applies' },
}

/** Prisma 6 as a whole, with its engine in WebAssembly: the others are downloaded from elsewhere than npm. */
const prismaProgram: Tool = {
  ...prismaTool,
  name: 'prisma migrate deploy',
  ...byProgram((folder, file) => {
    const project = dirname(folder)
    writeFiles(project, {
      'schema.prisma': 'datasource db {\n  provider = "sqlite"\n  url = "file:app.db"\n}\n',
      'prisma.config.mjs': `import { PrismaBetterSQLite3 } from ${JSON.stringify(pathToFileURL(nightly.resolve('@prisma/adapter-better-sqlite3')).href)}

export default {
  engine: 'js',
  experimental: { adapter: true },
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  adapter: async () => new PrismaBetterSQLite3({ url: ${JSON.stringify(file)} }, { timestampFormat: 'unixepoch-ms' }),
}
`,
    })
    const program = join(nightlyModules, 'prisma/build/index.js')
    const never = process.execPath
    return {
      command: process.execPath,
      parameters: [program, 'migrate', 'deploy', '--config', 'prisma.config.mjs'],
      cwd: project,
      path: file,
      // It would download them, and does not use them here.
      env: {
        PRISMA_QUERY_ENGINE_LIBRARY: never,
        PRISMA_SCHEMA_ENGINE_BINARY: never,
        CHECKPOINT_DISABLE: '1',
      },
    }
  }),
}

/** wrangler keeps the file of a database in a folder of its own, under a name that it makes. */
const wranglerTool: Tool = {
  name: 'wrangler d1 migrations apply --local',
  files: (steps) => Object.fromEntries(steps.map((step) => [`${padded(step)}.sql`, step.sql])),
  read: (folder) => d1(folder),
  ...byProgram((folder, file) => {
    const cwd = dirname(folder)
    const state = join(cwd, '.wrangler/state/v3/d1/miniflare-D1DatabaseObject')
    writeFiles(cwd, { 'wrangler.jsonc': wranglerConfig })
    const start = {
      command: process.execPath,
      cwd,
      env: { CI: 'true', WRANGLER_SEND_METRICS: 'false' },
    }
    const program = join(nightlyModules, 'wrangler/bin/wrangler.js')
    if (!existsSync(state)) {
      // It names the file, which is then put there.
      const parameters = [program, 'd1', 'execute', 'shop', '--local', '--command', 'SELECT 1']
      runProgram({ ...start, parameters })
    }
    const [own = ''] = readdirSync(state).filter((name) => /^[0-9a-f]{32,}\.sqlite$/.test(name))
    const path = join(state, own)
    if (existsSync(file)) {
      for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
      copyFileSync(file, path)
    }
    const collect = () => {
      const database = new Database(path)
      // What is in its log goes with it.
      database.pragma('journal_mode = DELETE')
      database.close()
      copyFileSync(path, file)
    }
    return {
      ...start,
      parameters: [program, 'd1', 'migrations', 'apply', 'shop', '--local'],
      path,
      collect,
    }
  }),
  // All is in memory, until the batch is whole.
  settle: 20_000,
  own: ['_cf_METADATA'],
  exempt: ['applied_at'],
  differs: {
    'a comment without an end': 'wrangler applies it without a note, and the adapter refuses the file',
  },
  does: { late: 'applies', unknown: 'applies' },
}

const wranglerConfig = JSON.stringify({
  name: 'shop',
  compatibility_date: '2025-01-01',
  d1_databases: [
    { binding: 'DB', database_name: 'shop', database_id: '00000000-0000-0000-0000-000000000000' },
  ],
})

/** The tools that take hundreds of megabytes, and seconds for each run. */
export const nightlyTools: readonly Tool[] = [prismaProgram, wranglerTool]

/** What a transaction and foreign keys decide. */
const ofTransactions = /rebuild|parent|fails|BEGIN|COMMIT|ROLLBACK|VACUUM|savepoint|version in/

const inThread = /^(?:a rebuild|a statement that fails in the middle|BEGIN alone|COMMIT alone|VACUUM)$/

/** The tools that install in seconds. */
export const tools: readonly Tool[] = [
  drizzleTool,
  { ...drizzleTool, name: 'drizzle-orm in a thread', isRun: true, only: inThread, differs: {} },
  dbmateTool('dbmate', '', ''),
  dbmateTool('dbmate without transactions', ' transaction:false', '', ofTransactions),
  dbmateTool('dbmate with foreign keys', '', '?_foreign_keys=on', ofTransactions),
  prismaTool,
]

/** Writes the files of a tool in a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  if (!existsSync(folder)) mkdirSync(folder)
}
