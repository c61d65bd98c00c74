import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder } from '../../snapshots/private-folder.ts'
import { Database } from '../bridge/driver/database.ts'
import type { TaskProject } from '../bridge/task-project.ts'
import type { DrizzleRun } from '../drizzle.ts'

/** What is used here of drizzle-orm, in the version of the project. */
interface DrizzlePackage {
  drizzle(database: Database | { readonly client: Database }): unknown
}
interface MigratorPackage {
  migrate(database: unknown, config: object): void
}

/** Lets drizzle-orm apply the first migrations of a folder: it is given a copy that ends there. */
export async function run({ folder, form, tags, table }: DrizzleRun, project: TaskProject): Promise<void> {
  const { drizzle } = (await project.importPackage('drizzle-orm/better-sqlite3')) as unknown as DrizzlePackage
  const { migrate } = (await project.importPackage(
    'drizzle-orm/better-sqlite3/migrator',
  )) as unknown as MigratorPackage
  const copy = makePrivateFolder()
  try {
    if (form === 'journal') copyJournal(folder, copy.path, tags)
    else copyFolders(folder, copy.path, tags)
    const database = new Database('project.db')
    // 0.x takes the connection itself, 1.0 takes it by its name.
    const orm = form === 'journal' ? drizzle(database) : drizzle({ client: database })
    migrate(orm, { migrationsFolder: copy.path, migrationsTable: table })
  } finally {
    copy.remove()
  }
}

const journal = join('meta', '_journal.json')

function copyJournal(folder: string, to: string, tags: readonly string[]): void {
  mkdirSync(join(to, 'meta'))
  const whole = JSON.parse(readFileSync(join(folder, journal), 'utf8'))
  const entries = whole.entries.slice(0, tags.length)
  writeFileSync(join(to, journal), JSON.stringify({ ...whole, entries }))
  for (const tag of tags) copyFileSync(join(folder, `${tag}.sql`), join(to, `${tag}.sql`))
}

function copyFolders(folder: string, to: string, tags: readonly string[]): void {
  for (const tag of tags) {
    mkdirSync(join(to, tag))
    copyFileSync(join(folder, tag, 'migration.sql'), join(to, tag, 'migration.sql'))
  }
}
