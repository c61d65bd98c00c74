import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { TaskProject } from '../bridge/task-project.ts'
import type { UmzugCall, UmzugOptions, UmzugProject, UmzugSource } from '../umzug.ts'
import { importMigration, runMigration } from './import-migration.ts'

/** What is used here of Umzug 3, and of the Umzug 2 that Sequelize CLI brings. */
interface Umzug {
  readonly storage: Storage
  up(options: { readonly to: string }): Promise<unknown>
}
interface Umzug3 extends Umzug {
  readonly options: { readonly context?: unknown }
  migrations(context: unknown): Promise<readonly UmzugMigration[]>
}
interface UmzugMigration {
  readonly name: string
  readonly path?: string
  up(parameters: object): Promise<unknown>
}
interface Storage {
  readonly model?: { getTableName(): string | { readonly tableName: string } }
  readonly columnName?: string
  /** The file of a `JSONStorage`. */
  readonly path?: string
  executed(parameters: object): Promise<unknown>
  /** Umzug 2 gives it the name alone. */
  logMigration(named: unknown): Promise<unknown>
}
interface Sequelize {
  getQueryInterface(): unknown
  close(): Promise<void>
}

/** One of the two, opened for a call. */
interface Opened {
  readonly umzug: Umzug
  readonly parameters: object
  up(id: string): Promise<unknown>
  note(id: string): Promise<unknown>
}

/** Lists what the Umzug of a file applies, in its order. */
export async function list(
  { source, table, column }: UmzugOptions & { readonly source: string },
  project: TaskProject,
): Promise<UmzugProject> {
  const umzug = await importUmzug(source, project)
  const { model, columnName = 'name', path } = umzug.storage
  if (model === undefined && typeof path === 'string')
    throw new Error(`it notes them in the file ${path}, and not in the database`)
  const named = model?.getTableName()
  const found = table ?? (typeof named === 'object' ? named.tableName : named)
  if (found === undefined) throw new Error('its storage is none of Sequelize, so that its table is not known')
  const migrations = await umzug.migrations(await contextOf(umzug))
  return {
    migrations: migrations.map((migration) => {
      const { name, path } = migration
      return { id: name, text: `${migration.up}`, ...(path === undefined ? {} : { path }) }
    }),
    table: found,
    column: column ?? columnName,
  }
}

/** Lets the storage create its table. */
export async function create({ from }: Pick<UmzugCall, 'from'>, project: TaskProject): Promise<void> {
  await withUmzug(from, project, ({ umzug, parameters }) => umzug.storage.executed(parameters))
}

/** Lets the storage note a migration. */
export async function note({ from, id }: UmzugCall, project: TaskProject): Promise<void> {
  await withUmzug(from, project, (opened) => opened.note(id))
}

/** Runs one migration, and notes nothing. */
export async function up({ from, id }: UmzugCall, project: TaskProject): Promise<void> {
  await withUmzug(from, project, (opened) => opened.up(id))
}

/** Lets Umzug apply migrations up to one of them. */
export async function run({ from, id }: UmzugCall, project: TaskProject): Promise<void> {
  await withUmzug(from, project, ({ umzug }) => umzug.up({ to: id }))
}

async function withUmzug(
  from: UmzugSource,
  project: TaskProject,
  work: (opened: Opened) => Promise<unknown>,
): Promise<void> {
  if (from.tool === 'sequelize-cli') await withSequelizeCli(from, project, work)
  else await work(await openOwn(from.source, project))
}

async function openOwn(source: string, project: TaskProject): Promise<Opened> {
  const umzug = await importUmzug(source, project)
  const context = await contextOf(umzug)
  return {
    umzug,
    parameters: { context },
    up: async (id) => {
      const found = (await umzug.migrations(context)).find(({ name }) => name === id)
      if (found === undefined) throw new Error(`there is no migration ${id} any more`)
      await found.up({ name: id, path: found.path, context })
    },
    note: (name) => umzug.storage.logMigration({ name, context }),
  }
}

async function importUmzug(source: string, project: TaskProject): Promise<Umzug3> {
  const exported = await project.importFile(source)
  const nested = [exported.default].filter((value) => typeof value === 'object' && value !== null)
  const found = [exported, ...nested].flatMap((each) => Object.values(each ?? {})).find(isUmzug)
  const own = [exported.default].find(isUmzug) ?? found
  if (own === undefined) throw new Error('it exports no Umzug of version 3')
  return own
}

function isUmzug(value: unknown): value is Umzug3 {
  if (typeof value !== 'object' || value === null || !('up' in value && 'storage' in value)) return false
  return 'options' in value && 'migrations' in value && typeof value.migrations === 'function'
}

async function contextOf({ options: { context = {} } }: Umzug3): Promise<unknown> {
  return typeof context === 'function' ? context() : context
}

async function withSequelizeCli(
  { table, files }: Extract<UmzugSource, { readonly tool: 'sequelize-cli' }>,
  project: TaskProject,
  work: (opened: Opened) => Promise<unknown>,
): Promise<void> {
  const { Sequelize } = (await project.importPackage('sequelize')) as {
    readonly Sequelize: new (options: object) => Sequelize
  }
  const sequelize = new Sequelize({ dialect: 'sqlite', storage: 'project.db', logging: false })
  const parameters = [sequelize.getQueryInterface(), Sequelize]
  const paths = new Map(files.map(({ id, path }) => [id, path]))
  const umzug = new (requireUmzugOfCli(project))({
    storage: 'sequelize',
    storageOptions: { sequelize, tableName: table },
    migrations: {
      params: parameters,
      path: dirname(files[0]?.path ?? project.folder),
      pattern: { test: (name: string) => paths.has(name) },
      customResolver: (path: string) => importMigration(project, path),
    },
  })
  try {
    await work({
      umzug,
      parameters: {},
      up: (id) => runMigration(project, paths.get(id) ?? id, ...parameters),
      note: (id) => umzug.storage.logMigration(id),
    })
  } finally {
    await sequelize.close()
  }
}

function requireUmzugOfCli({ folder }: TaskProject): new (options: object) => Umzug {
  const cli = createRequire(join(folder, 'package.json')).resolve('sequelize-cli/package.json')
  return createRequire(cli)('umzug')
}
