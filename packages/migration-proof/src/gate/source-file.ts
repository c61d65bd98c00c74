import type { RecordedMigration } from '../snapshots/statements.ts'

/** A file with the code of migrations. */
export interface SourceFile {
  /** From the folder of the project, with slashes. */
  readonly path: string
  /** With LF line ends. */
  readonly text: string
}

/** Where something is written. */
export interface Place {
  readonly file: string | null
  /** Counted from 1. */
  readonly line: number | null
}

/** The number in a file's name: 7 for `v7-labels.ts` and for `007_labels.sql`; null where it begins with none. */
export function versionOfFile(path: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [, digits] = /^v?(\d+)[-_.]/i.exec(name) ?? []
  return digits === undefined ? null : Number(digits)
}

/** The files whose names say a version. */
export function filesOfVersion(files: readonly SourceFile[], version: number): SourceFile[] {
  return files.filter(({ path }) => versionOfFile(path) === version)
}

/**
 * Where the text of a statement begins: in a file that its version names, otherwise in any. Where no file holds
 * the text, as of a statement that is put together, the file of its version without a line.
 */
export function placeOfStatement(files: readonly SourceFile[], version: number, sql: string): Place {
  const own = filesOfVersion(files, version)
  for (const { path, text } of [...own, ...files]) {
    const offset = text.indexOf(sql)
    if (offset !== -1) return { file: path, line: text.slice(0, offset).split('\n').length }
  }
  return { file: own[0]?.path ?? null, line: null }
}

/** Where a migration's first statement is written. */
export function placeOfMigration(
  files: readonly SourceFile[],
  version: number,
  recorded: readonly RecordedMigration[] | null,
): Place {
  const [first] = recorded?.find((migration) => migration.version === version)?.statements ?? []
  return placeOfStatement(files, version, first?.sql ?? '\u0000')
}

/**
 * Where an object of the schema, such as `note.id` or `idx_note`, is made: the latest statement that creates or
 * alters it.
 */
export function placeOfObject(
  files: readonly SourceFile[],
  recorded: readonly RecordedMigration[] | null,
  object: string,
): Place {
  const [name = ''] = /[\p{L}\p{N}_$]+/u.exec(object) ?? []
  const pattern = new RegExp(
    `^\\s*(CREATE|ALTER)\\s+(\\w+\\s+)*?(TABLE|INDEX|VIEW|TRIGGER)\\s+(IF\\s+NOT\\s+EXISTS\\s+)?["'\`[]?${escapePattern(name)}(?![\\p{L}\\p{N}_$])`,
    'iu',
  )
  for (const { version, statements } of (recorded ?? []).toReversed()) {
    const found = statements.findLast(({ sql }) => pattern.test(sql))
    if (found !== undefined) return placeOfStatement(files, version, found.sql)
  }
  return { file: null, line: null }
}

function escapePattern(text: string): string {
  return text.replaceAll('$', '\\$')
}
