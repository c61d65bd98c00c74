import type { Location } from '../problem.ts'
import type { RecordedMigration } from '../snapshots/statements.ts'

/** A file with the code of migrations. */
export interface SourceFile {
  /** From the folder of the project, with slashes. */
  readonly path: string
  /** With LF line ends. */
  readonly text: string
}

/** The number in a file's name: 7 for `v7-labels.ts` and for `007_labels.sql`; null where it begins with none, or with a date. */
export function versionOfFile(path: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [, digits] = /^v?(\d+)(?!-\d\d-\d\d)[-_.]/i.exec(name) ?? []
  return digits === undefined ? null : Number(digits)
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

/** Where a migration's first statement is written. */
export function locateMigration(
  files: readonly SourceFile[],
  version: number,
  recorded: readonly RecordedMigration[] | null,
): Location | null {
  const [first] = recorded?.find((migration) => migration.version === version)?.statements ?? []
  return locateStatement(files, version, first?.sql ?? '\u0000')
}
