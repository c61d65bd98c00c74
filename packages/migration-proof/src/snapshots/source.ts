import type { Migration } from '../migrator/migration.ts'
import { sqlOf } from '../migrator/sql-migration.ts'
import { normaliseCode } from './code-text.ts'
import type { FixtureSuite } from './declaration.ts'
import { hashText, sha256, withLfLineEnds } from './hash.ts'
import type { SourcePin } from './ledger.ts'
import { readText } from './paths.ts'
import { isCode, listSourceFiles, versionOfFile } from './source-files.ts'

/** What a migration is made of. */
export interface MigrationSource {
  readonly pin: SourcePin | null
  /** The file that it comes from; null where none is known. */
  readonly file: string | null
  /** Whether what it executes on an empty database is all that it ever does. */
  readonly isSqlAlone: boolean
}

/**
 * Finds what the migrations of a suite are made of: the SQL or the file that a migration names; otherwise, in the folder of the
 * sources, the one file of code whose name begins with its version, or the file that holds the text of its `up`. Where the loader
 * of the config has compiled that, its text is none that a person has written, and is not pinned.
 */
export function findSources({ plan, fixtures, sources }: FixtureSuite): MigrationSource[] {
  const texts = new Map<string, string>()
  let paths: readonly string[] | null = null
  const list = () => {
    paths ??= sources == null ? [] : listSourceFiles(sources, fixtures)
    return paths
  }
  const read = (path: string) => {
    const text = texts.get(path) ?? readText(path) ?? ''
    texts.set(path, text)
    return text
  }
  return plan.migrations.map((migration) => findSource(migration, list, read))
}

function findSource(
  migration: Migration,
  list: () => readonly string[],
  read: (path: string) => string,
): MigrationSource {
  const { sql, file = null, up } = migration
  const isSqlAlone = sqlOf(migration) !== null
  if (sql !== undefined) return { pin: { of: 'sql', hash: hashText(sql) }, file, isSqlAlone }
  if (file !== null) return { pin: pinFile(file), file, isSqlAlone }
  const named = list().filter((path) => isCode(path) && versionOfFile(path) === migration.version)
  const [only = null] = named
  if (only !== null && named.length === 1) return { pin: pinFile(only), file: only, isSqlAlone }
  const text = withLfLineEnds(Function.prototype.toString.call(up))
  const holder = list().find((path) => read(path).includes(text)) ?? null
  const pin = holder === null ? null : ({ of: 'function', hash: sha256(normaliseCode(text)) } as const)
  return { pin, file: holder, isSqlAlone }
}

function pinFile(file: string): SourcePin | null {
  const text = readText(file)
  return text === null ? null : { of: 'file', hash: sha256(normaliseCode(text)) }
}
