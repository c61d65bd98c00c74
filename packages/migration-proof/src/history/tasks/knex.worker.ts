import type { TaskProject } from '../bridge/task-project.ts'
import type { KnexRun, KnexUp } from '../knex.ts'
import { importMigration, runMigration } from './import-migration.ts'

/** What is used here of knex, in the version of the project. */
interface Knex {
  readonly migrate: { latest(options: object): Promise<unknown> }
  destroy(): Promise<void>
}

/** Runs one migration, without the migrator of knex. */
export async function up({ file, client }: KnexUp, project: TaskProject): Promise<void> {
  await withKnex(project, client, (knex) => runMigration(project, file, knex))
}

/** Lets knex apply migrations up to the last one that it is given. */
export async function run({ files, table, client }: KnexRun, project: TaskProject): Promise<void> {
  const paths = new Map(files.map(({ id, path }) => [id, path]))
  const migrationSource = {
    getMigrations: async () => [...paths.keys()],
    getMigrationName: (name: string) => name,
    getMigration: (name: string) => importMigration(project, paths.get(name) ?? name),
  }
  await withKnex(project, client, async (knex) => {
    await knex.migrate.latest({ tableName: table, migrationSource })
  })
}

async function withKnex(
  project: TaskProject,
  client: string,
  work: (knex: Knex) => Promise<void>,
): Promise<void> {
  const { default: createKnex } = (await project.importPackage('knex')) as {
    readonly default: (config: object) => Knex
  }
  const knex = createKnex({ client, connection: { filename: 'project.db' }, useNullAsDefault: true, log })
  try {
    await work(knex)
  } finally {
    await knex.destroy()
  }
}

/** What knex would print, its error says. */
const log = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} }
