import { readdirSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { TaskProject } from '../bridge/task-project.ts'
import type { TypeormMigration, TypeormProject, TypeormRun, TypeormSource, TypeormUp } from '../typeorm.ts'

/** What is used here of TypeORM, in the version of the project. */
interface QueryRunner {
  release(): Promise<void>
}
interface DataSource {
  readonly options: DataSourceOptions
  initialize(): Promise<DataSource>
  createQueryRunner(): QueryRunner
  runMigrations(options: { readonly transaction?: string }): Promise<unknown>
  destroy(): Promise<void>
}
interface DataSourceOptions {
  readonly type?: string
  readonly migrations?: unknown
  readonly migrationsTableName?: string
  readonly migrationsTransactionMode?: 'all' | 'each' | 'none'
}

/** A migration as a file exports it. */
interface MigrationClass {
  new (): {
    readonly name?: string
    readonly transaction?: boolean
    up(runner: QueryRunner): Promise<unknown>
  }
}
interface LoadedMigration {
  readonly own: MigrationClass
  readonly file?: string
}

/** What a folder or the file of a DataSource holds. */
interface Loaded {
  readonly options: DataSourceOptions
  readonly migrations: readonly LoadedMigration[]
}

/** Lists the migrations in the order of TypeORM. */
export async function list({ source }: TypeormSource, project: TaskProject): Promise<TypeormProject> {
  const { options, migrations } = await load(source, project)
  const { migrationsTableName: table, migrationsTransactionMode: transaction } = options
  const listed = migrations.map(describe).toSorted((left, right) => left.timestamp - right.timestamp)
  const twice = listed.find(({ id }, index) => listed.findIndex((other) => other.id === id) < index)
  if (twice !== undefined) throw new Error(`two migrations have the name ${twice.id}`)
  return {
    migrations: listed,
    ...(table === undefined ? {} : { table }),
    ...(transaction === undefined ? {} : { transaction }),
  }
}

/** Creates the tables of TypeORM. */
export async function create(
  { source, table }: TypeormSource & { readonly table: string },
  project: TaskProject,
): Promise<void> {
  await withSource(project, await load(source, project), [], table, (own) => own.runMigrations({}))
}

/** Runs one migration, without the migrator of TypeORM. */
export async function up({ source, id }: TypeormUp, project: TaskProject): Promise<void> {
  const loaded = await load(source, project)
  const found = loaded.migrations.find((migration) => describe(migration).id === id)
  if (found === undefined) throw new Error(`${source} has no migration ${id} any more`)
  await withSource(project, loaded, [], undefined, async (own) => {
    const runner = own.createQueryRunner()
    await new found.own().up(runner)
    await runner.release()
  })
}

/** Lets TypeORM apply migrations up to the last one that it is given. */
export async function run(
  { source, ids, table, transaction }: TypeormRun,
  project: TaskProject,
): Promise<void> {
  const loaded = await load(source, project)
  const given = loaded.migrations.filter((migration) => ids.includes(describe(migration).id))
  await withSource(project, loaded, given, table, (own) => own.runMigrations({ transaction }))
}

async function withSource(
  project: TaskProject,
  { options }: Loaded,
  given: readonly LoadedMigration[],
  table: string | undefined,
  work: (source: DataSource) => Promise<unknown>,
): Promise<void> {
  const { DataSource } = (await project.importPackage('typeorm')) as {
    readonly DataSource: new (options: object) => DataSource
  }
  const source = new DataSource({
    type: 'better-sqlite3',
    ...options,
    database: 'project.db',
    migrations: given.map(({ own }) => own),
    migrationsTableName: table,
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    logger: silent,
  })
  await source.initialize()
  try {
    await work(source)
  } finally {
    await source.destroy()
  }
}

const ignore = () => {}

/** What TypeORM would print, its error says. */
const silent = {
  logQuery: ignore,
  logQueryError: ignore,
  logQuerySlow: ignore,
  logSchemaBuild: ignore,
  logMigration: ignore,
  log: ignore,
}

/** As TypeORM names a migration. */
function describe({ own, file }: LoadedMigration): TypeormMigration {
  const { name, transaction = null } = new own()
  const id = name ?? own.name
  const timestamp = Number.parseInt(id.slice(-13), 10)
  if (!timestamp)
    throw new Error(`the name of the migration ${id || file} does not end in a timestamp of 13 digits`)
  return { id, timestamp, transaction, text: `${own}`, ...(file === undefined ? {} : { path: file }) }
}

async function load(source: string, project: TaskProject): Promise<Loaded> {
  if (statSync(source).isDirectory()) {
    const names = readdirSync(source).filter(isModule).sort()
    return {
      options: {},
      migrations: await loadFiles(
        project,
        names.map((name) => join(source, name)),
      ),
    }
  }
  const exported = await Promise.all(Object.values(await project.importFile(source)))
  const found = exported.find(isDataSource)
  if (found === undefined) throw new Error('it exports no DataSource')
  const { options } = found
  if (options.type !== 'better-sqlite3' && options.type !== 'sqlite')
    throw new Error(`its DataSource has the type ${options.type}, not better-sqlite3 or sqlite`)
  const entries = Object.values(options.migrations ?? {})
  const globs = entries.filter((entry) => typeof entry === 'string')
  const files = await loadFiles(
    project,
    globs.flatMap((glob) => findFiles(project.folder, glob)),
  )
  const classes = entries.flatMap((entry) => findClasses(entry)).map((own) => ({ own }))
  return { options, migrations: [...files, ...classes] }
}

async function loadFiles(project: TaskProject, files: readonly string[]): Promise<LoadedMigration[]> {
  const found: LoadedMigration[] = []
  for (const file of files) {
    const classes = new Set(findClasses(await project.importFile(file)))
    for (const own of classes) found.push({ own, file })
  }
  return found
}

/** As TypeORM looks for them: also in lists and objects that a module exports. */
function findClasses(exported: unknown, depth = 0): MigrationClass[] {
  if (isMigrationClass(exported)) return [exported]
  if (typeof exported !== 'object' || exported === null || depth > 2) return []
  return Object.values(exported).flatMap((value) => findClasses(value, depth + 1))
}

function isMigrationClass(value: unknown): value is MigrationClass {
  if (typeof value !== 'function') return false
  return typeof value.prototype?.up === 'function' || /^class\b[\s\S]*\bup\b/.test(`${value}`)
}

function isDataSource(value: unknown): value is DataSource {
  const canBe = typeof value === 'object' && value !== null && 'options' in value
  return canBe && 'runMigrations' in value && typeof value.options === 'object' && value.options !== null
}

function isModule(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name)
}

/** The modules that a pattern of the DataSource names, which TypeORM looks for from the working directory. */
function findFiles(folder: string, glob: string): string[] {
  const pattern = resolve(folder, glob).split(sep).join('/')
  const [base = ''] = /^[^*?{}[\]()]*\//.exec(pattern) ?? []
  const expression = toExpression(pattern)
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isModule(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !relative(base, path).split(sep).includes('node_modules'))
    .filter((path) => expression.test(path.split(sep).join('/')))
    .sort()
}

function toExpression(glob: string): RegExp {
  const parts: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }
  let depth = 0
  const text = glob.replaceAll(/\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g, (found) => {
    if (found === '{') depth++
    if (found === '}') depth--
    if (found === ',') return depth > 0 ? '|' : ','
    if (found === '{' || found === '}') return found === '{' ? '(?:' : ')'
    return parts[found] ?? `\\${found}`
  })
  return new RegExp(`^${text}$`)
}
