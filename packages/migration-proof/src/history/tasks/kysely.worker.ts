import { Database } from '../bridge/driver/database.ts'
import type { TaskProject } from '../bridge/task-project.ts'
import type { KyselyRun, KyselySource } from '../kysely.ts'
import { importMigration, isMigration, type LoadedMigration } from './import-migration.ts'

/** What is used here of kysely, in the version of the project. */
interface KyselyPackage {
  readonly Kysely: new (config: { readonly dialect: unknown }) => { destroy(): Promise<void> }
  readonly SqliteDialect: new (config: { readonly database: Database }) => unknown
  readonly Migrator: new (
    options: object,
  ) => { migrateTo(name: string): Promise<{ readonly error?: unknown }> }
}

/** Runs one migration, without the migrator of kysely. */
export async function up(source: KyselySource, project: TaskProject): Promise<void> {
  const migration = await load(project, source)
  await withKysely(project, async (_, db) => {
    await migration.up(db)
  })
}

/** The migrations that a file exports together, with the text of each. */
export async function list({ file }: Pick<KyselySource, 'file'>, project: TaskProject): Promise<object[]> {
  const all = await importAll(project, file)
  return Object.entries(all).map(([id, { up: text }]) => ({ id, text: String(text) }))
}

async function load(project: TaskProject, { id, file, isOneOfAll }: KyselySource): Promise<LoadedMigration> {
  const found = isOneOfAll ? (await importAll(project, file))[id] : await importMigration(project, file)
  if (found === undefined) throw new Error(`${file} exports no migration ${id}`)
  return found
}

type AllMigrations = Readonly<Record<string, LoadedMigration>>

async function importAll(project: TaskProject, file: string): Promise<AllMigrations> {
  const exported = await project.importFile(file)
  // What was compiled to CommonJS has its default export in the one that Node gives it.
  const inner = isObject(exported.default) ? Object.values(exported.default) : []
  const found = [exported.default, ...inner, ...Object.values(exported), exported].find(isAll)
  if (found === undefined) throw new Error(`${file} exports no object of migrations`)
  return found
}

function isAll(value: unknown): value is AllMigrations {
  return isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isMigration)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Lets kysely apply migrations up to one of them. */
export async function run(argument: KyselyRun, project: TaskProject): Promise<void> {
  const { sources, target, table, lockTable } = argument
  await withKysely(project, async ({ Migrator }, db) => {
    const getMigrations = async () => {
      const found: Record<string, LoadedMigration> = {}
      for (const source of sources) found[source.id] = await load(project, source)
      return found
    }
    const migrator = new Migrator({
      db,
      provider: { getMigrations },
      migrationTableName: table,
      migrationLockTableName: lockTable,
      // The harness has looked at the order already, and its clock stands still: kysely would look at the times.
      allowUnorderedMigrations: true,
    })
    const { error } = await migrator.migrateTo(target)
    if (error !== undefined) throw error
  })
}

async function withKysely(
  project: TaskProject,
  work: (kysely: KyselyPackage, db: unknown) => Promise<void>,
): Promise<void> {
  const kysely = (await project.importPackage('kysely')) as unknown as KyselyPackage
  const db = new kysely.Kysely({
    dialect: new kysely.SqliteDialect({ database: new Database('project.db') }),
  })
  try {
    await work(kysely, db)
  } finally {
    await db.destroy()
  }
}
