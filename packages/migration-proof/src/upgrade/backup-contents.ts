import { betterSqliteConnection, openFile } from '../engines/better-sqlite3.ts'
import { VersionTableError } from '../migrator/errors.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { readVersionText } from '../migrator/versions.ts'
import type { Connection } from '../sql/connection.ts'
import { foreignDatabase, UpgradeRefusedError } from './errors.ts'
import { type RecognisedSubject, type Recognition, recogniseDatabase } from './recognise.ts'

/** Whose backups are restored. */
export interface BackupSubject extends RecognisedSubject {
  readonly name: string
  /** Names the form of a database of this version. */
  readonly formOf?: (connection: Connection, version: number) => string
}

/** What a backup is. */
export interface BackupContents {
  /** The name of the subject; null for another application's, and for an empty database, which is no one's. */
  readonly application: string | null
  /** `'unreadable'`: the subject's, with a version that cannot be read. */
  readonly kind: Recognition['kind'] | 'unreadable'
  readonly version: number | null
  readonly form: string | null
}

/** What a database holds, and why it is not restored unless that is asked for. */
interface Look {
  readonly contents: BackupContents
  /** Null for a database of the subject. */
  readonly objection: Error | null
}

/**
 * Looks what a backup is.
 *
 * @param file the copy to look at
 * @param backup the path that errors name
 */
export function lookAtBackup(file: string, backup: string, subject: BackupSubject): Look {
  const database = openFile(file, { readonly: true, fileMustExist: true })
  try {
    database.pragma('trusted_schema = OFF')
    return judge(betterSqliteConnection(database), backup, subject)
  } finally {
    database.close()
  }
}

function judge(connection: Connection, backup: string, subject: BackupSubject): Look {
  const { name, plan, formOf } = subject
  const found = tryToRecognise(connection, subject)
  const anyway = 'with --force it is restored all the same'
  if (found instanceof VersionTableError) {
    const { where, ...rest } = found.diagnosis
    const objection = new VersionTableError({ ...rest, where: `${backup}, ${where}`, remedy: anyway })
    return { contents: { application: name, kind: 'unreadable', version: null, form: null }, objection }
  }
  const { kind, version } = found
  const refuse = (reason: 'empty' | 'newer-version', actual: string, remedy: string) =>
    new UpgradeRefusedError(reason, {
      where: backup,
      expected: `a database of ${name}, of version ${latestVersionOf(plan)} or an older one`,
      actual,
      remedy: `${remedy}; ${anyway}`,
    })
  if (kind === 'foreign') {
    const objection = foreignDatabase(backup, found.found, `check the path; ${anyway}`)
    return { contents: { application: null, kind, version: null, form: null }, objection }
  }
  if (kind === 'empty') {
    const objection = refuse('empty', 'an empty one', 'check the path')
    return { contents: { application: null, kind, version, form: null }, objection }
  }
  if (kind === 'newer') {
    const actual = `version ${readVersionText(connection, plan)}, which newer software made`
    const objection = refuse('newer-version', actual, 'run the release of this program that knows it')
    return { contents: { application: name, kind, version, form: null }, objection }
  }
  const form = formOf?.(connection, version) ?? null
  return { contents: { application: name, kind, version, form }, objection: null }
}

function tryToRecognise(connection: Connection, subject: BackupSubject): Recognition | VersionTableError {
  try {
    return recogniseDatabase(connection, subject)
  } catch (error) {
    if (error instanceof VersionTableError) return error
    throw error
  }
}
