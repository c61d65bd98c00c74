import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder } from '../../snapshots/private-folder.ts'
import { Database } from '../bridge/driver/database.ts'
import type { TaskProject } from '../bridge/task-project.ts'
import type { DrizzleRun } from '../drizzle.ts'

/** What is used here of drizzle-orm, in the version of the project. */
interface DrizzlePackage {
  drizzle(database: Database): unknown
}
interface MigratorPackage {
  migrate(database: unknown, config: object): void
}

const journal = join('meta', '_journal.json')

/** Lets drizzle-orm apply the first migrations of a folder: it is given a copy whose journal ends there. */
export async function run({ folder, tags, table }: DrizzleRun, project: TaskProject): Promise<void> {
  const { drizzle } = (await project.importPackage('drizzle-orm/better-sqlite3')) as unknown as DrizzlePackage
  const { migrate } = (await project.importPackage(
    'drizzle-orm/better-sqlite3/migrator',
  )) as unknown as MigratorPackage
  const copy = makePrivateFolder()
  try {
    mkdirSync(join(copy.path, 'meta'))
    const whole = JSON.parse(readFileSync(join(folder, journal), 'utf8'))
    const entries = whole.entries.slice(0, tags.length)
    writeFileSync(join(copy.path, journal), JSON.stringify({ ...whole, entries }))
    for (const tag of tags) copyFileSync(join(folder, `${tag}.sql`), join(copy.path, `${tag}.sql`))
    migrate(drizzle(new Database('project.db')), { migrationsFolder: copy.path, migrationsTable: table })
  } finally {
    copy.remove()
  }
}
