import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TaskProject } from '../bridge/task-project.ts'
import type { MikroOrmCall, MikroOrmProject } from '../mikro-orm.ts'

/** What is used here of MikroORM, in the version of the project. */
interface MikroOrm {
  readonly config: unknown
  readonly em: { getDriver(): Driver }
  getMigrator(): Migrator
  close(force: boolean): Promise<void>
}
interface Driver {
  execute(query: unknown): Promise<unknown>
}
interface Migrator {
  getPendingMigrations(): Promise<unknown>
  up(): Promise<unknown>
}
interface Config {
  readonly baseDir?: string
  readonly extensions?: readonly unknown[]
  readonly pool?: object
  readonly migrations?: MigrationOptions
}
interface MigrationOptions {
  readonly path?: string
  readonly pathTs?: string
  readonly tableName?: string
  readonly transactional?: boolean
  readonly allOrNothing?: boolean
  readonly disableForeignKeys?: boolean
}

/** A migration as a file exports it. */
type MigrationClass = new (
  driver: Driver,
  config: unknown,
) => { up(): unknown; getQueries(): readonly unknown[] }

/** Reads what the config of MikroORM says of migrations. */
export async function read(
  { source }: { readonly source: string },
  project: TaskProject,
): Promise<MikroOrmProject> {
  const { baseDir = project.folder, migrations = {} } = await importConfig(source, project)
  const { path = './migrations', pathTs, tableName, transactional, allOrNothing } = migrations
  const { disableForeignKeys } = migrations
  const folders = [pathTs, path].flatMap((each) => (each === undefined ? [] : [resolve(baseDir, each)]))
  return {
    options: {
      ...(tableName === undefined ? {} : { table: tableName }),
      ...(transactional === undefined ? {} : { transactional }),
      ...(allOrNothing === undefined ? {} : { allOrNothing }),
      ...(disableForeignKeys === undefined ? {} : { disableForeignKeys }),
    },
    folder: folders.find((folder) => existsSync(folder)) ?? resolve(baseDir, path),
  }
}

/** Creates the table of MikroORM. */
export async function create(call: MikroOrmCall, project: TaskProject): Promise<void> {
  await withOrm(call, project, (orm) => orm.getMigrator().getPendingMigrations())
}

/** Runs one migration, without the migrator of MikroORM. */
export async function up(call: MikroOrmCall, project: TaskProject): Promise<void> {
  await withOrm(call, project, async (orm, [found]) => {
    if (found === undefined) return
    const driver = orm.em.getDriver()
    const migration = new found.own(driver, orm.config)
    await migration.up()
    for (const query of migration.getQueries()) await driver.execute(query)
  })
}

/** Lets MikroORM apply the migrations that it is given. */
export async function run(call: MikroOrmCall, project: TaskProject): Promise<void> {
  await withOrm(call, project, (orm) => orm.getMigrator().up())
}

interface LoadedMigration {
  readonly name: string
  readonly own: MigrationClass
}

async function withOrm(
  { source, driver, options, files }: MikroOrmCall,
  project: TaskProject,
  work: (orm: MikroOrm, migrations: readonly LoadedMigration[]) => Promise<unknown>,
): Promise<void> {
  const { MikroORM } = (await project.importPackage(driver)) as {
    readonly MikroORM: { init(config: object): Promise<MikroOrm> }
  }
  const { Migrator } = await project.importPackage('@mikro-orm/migrations')
  const migrations: LoadedMigration[] = []
  for (const { id, path } of files) migrations.push({ name: id, own: await importClass(project, path) })
  const { table, ...rules } = options
  const config: Config = source === null ? withoutEntities : await importConfig(source, project)
  const orm = await MikroORM.init({
    ...config,
    dbName: 'project.db',
    debug: false,
    // There is one connection, and no one else who would give it back.
    pool: { ...config.pool, acquireTimeoutMillis: 1000 },
    extensions: [...(config.extensions ?? []), Migrator],
    migrations: {
      ...config.migrations,
      ...rules,
      tableName: table,
      silent: true,
      snapshot: false,
      migrationsList: migrations.map(({ name, own }) => ({ name, class: own })),
    },
  })
  try {
    await work(orm, migrations)
  } finally {
    await orm.close(true)
  }
}

const withoutEntities: Config & { readonly entities: readonly unknown[]; readonly discovery: object } = {
  entities: [],
  discovery: { warnWhenNoEntities: false },
}

async function importConfig(source: string, project: TaskProject): Promise<Config> {
  const exported = (await project.importFile(source)).default
  const config = await (typeof exported === 'function' ? exported() : exported)
  if (typeof config === 'object' && config !== null) return config
  throw new Error('its default export is no config')
}

/** As MikroORM finds it: the first class of the file. */
async function importClass(project: TaskProject, file: string): Promise<MigrationClass> {
  const exported = await project.importFile(file)
  const isClass = (value: unknown): value is MigrationClass =>
    typeof value === 'function' && typeof value.prototype?.up === 'function'
  const found = [...Object.values(exported), ...Object.values(exported.default ?? {})].find(isClass)
  if (found === undefined) throw new Error(`${file} exports no class with an up`)
  return found
}
