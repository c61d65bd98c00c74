import { userVersion, type VersionStore } from '../migrator/version-store.ts'
import { findNames, type History, readSqlFile, resolveFolder, toMigrations } from './sql-folder.ts'

/**
 * A plain folder of SQL files, in the order of their numbers and then of their names, applied by the migrator of this package. The
 * version of a database is how many it has had.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `versions` is where a database keeps its version; defaults to `PRAGMA user_version`
 * @throws {HistoryError} when the folder or a file cannot be read
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { sqlFolder } from 'migration-proof/folder'
 *
 * export default defineConfig({ name: 'shop', ...sqlFolder('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function sqlFolder(
  folder: string | URL,
  { versions = userVersion() }: { readonly versions?: VersionStore } = {},
): History {
  const path = resolveFolder(folder)
  const names = findNames(path, 'a file of SQL', (name) => name.endsWith('.sql'))
  const sorted = names.toSorted(new Intl.Collator('en', { numeric: true }).compare)
  const files = sorted.map((name) => readSqlFile(path, name))
  const texts = files.map((file) => ({ id: file.name, name: file.name, sql: file.text, file: file.path }))
  return { migrations: toMigrations(texts), versions }
}
