import type { TaskProject } from '../bridge/task-project.ts'

/** A migration as a file exports it. */
export interface LoadedMigration {
  up(...parameters: unknown[]): unknown
}

/** Imports the file of a migration, which exports its functions by name or together as the default. */
export async function importMigration(project: TaskProject, file: string): Promise<LoadedMigration> {
  const exported = await project.importFile(file)
  const found = [exported.default, exported].find(isMigration)
  if (found === undefined) throw new Error(`${file} exports no function up`)
  return found
}

/** Runs the migration of a file, without the migrator of its tool. */
export async function runMigration(
  project: TaskProject,
  file: string,
  ...parameters: readonly unknown[]
): Promise<void> {
  const migration = await importMigration(project, file)
  await Reflect.apply(migration.up, migration, parameters)
}

/** Whether a value has a function `up`. */
export function isMigration(value: unknown): value is LoadedMigration {
  return typeof value === 'object' && value !== null && 'up' in value && typeof value.up === 'function'
}
