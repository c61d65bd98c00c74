import type { Location } from '../problem.ts'
import type { PresentMigration } from '../snapshots/present.ts'
import { versionOfFile } from '../snapshots/source-files.ts'

/** A file with the code of migrations. */
export interface SourceFile {
  /** From the folder of the project, with slashes. */
  readonly path: string
  /** With LF line ends. */
  readonly text: string
}

/** The files whose names say a version. */
export function filesOfVersion(files: readonly SourceFile[], version: number): SourceFile[] {
  return files.filter(({ path }) => versionOfFile(path) === version)
}

/**
 * Where the text of a statement begins: in a file that its version names, otherwise in any. Where no file holds
 * the text, as of a statement that is put together, the file of its version without a line; null without one.
 */
export function locateStatement(files: readonly SourceFile[], version: number, sql: string): Location | null {
  const own = filesOfVersion(files, version)
  for (const { path, text } of [...own, ...files]) {
    const offset = text.indexOf(sql)
    if (offset !== -1) return { file: path, line: text.slice(0, offset).split('\n').length }
  }
  return own[0] === undefined ? null : { file: own[0].path, line: null }
}

/** Where a migration is: the line of a statement in its file, of its first one, or of its `up`. */
export function locatePresent(
  files: readonly SourceFile[],
  { entry, file, firstStatement }: PresentMigration,
  sql: string | null = null,
): Location | null {
  if (file === null) return locateStatement(files, entry.version, sql ?? firstStatement ?? '\u0000')
  const text = files.find(({ path }) => path === file)?.text ?? ''
  const offsets = [sql, firstStatement].map((statement) =>
    statement === null ? -1 : text.indexOf(statement),
  )
  const offset = offsets.find((found) => found !== -1) ?? text.search(/\bup\b/)
  return { file, line: offset === -1 ? null : text.slice(0, offset).split('\n').length }
}
