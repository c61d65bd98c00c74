import { Database } from '../bridge/driver/database.ts'
import type { TaskProject } from '../bridge/task-project.ts'
import type { KyselyRun } from '../kysely.ts'
import { importMigration, type LoadedMigration, runMigration } from './import-migration.ts'

/** What is used here of kysely, in the version of the project. */
interface KyselyPackage {
  readonly Kysely: new (config: { readonly dialect: unknown }) => { destroy(): Promise<void> }
  readonly SqliteDialect: new (config: { readonly database: Database }) => unknown
  readonly Migrator: new (
    options: object,
  ) => { migrateTo(name: string): Promise<{ readonly error?: unknown }> }
}

/** Runs one migration, without the migrator of kysely. */
export async function up({ file }: { readonly file: string }, project: TaskProject): Promise<void> {
  await withKysely(project, (_, db) => runMigration(project, file, db))
}

/** Lets kysely apply migrations up to one of them. */
export async function run(argument: KyselyRun, project: TaskProject): Promise<void> {
  const { files, target, table, lockTable } = argument
  await withKysely(project, async ({ Migrator }, db) => {
    const getMigrations = async () => {
      const found: Record<string, LoadedMigration> = {}
      for (const { id, path } of files) found[id] = await importMigration(project, path)
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
