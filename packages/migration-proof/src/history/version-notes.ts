import { VersionTableError } from '../migrator/errors.ts'
import type { MigrationConnection } from '../migrator/migration.ts'
import {
  type AppliedVersions,
  asOwnStore,
  type VersionProblem,
  type VersionStore,
} from '../migrator/version-store.ts'
import type { Table } from '../schema/model.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'

/** A migration that a database notes. */
export interface NotedMigration {
  readonly id: string
  /** Whether it was applied to its end; defaults to true. */
  readonly isDone?: boolean
  /** Whether it is the same as when it was applied, where the tool compares a checksum; defaults to true. */
  readonly isSame?: boolean
  /** Whether its file is another one now, where the tool notes a checksum and never compares it. */
  readonly isEdited?: boolean
}

/** What a tool does about notes that do not fit the migrations, each as a sentence without its end. */
export type Consequences = Readonly<Partial<Record<VersionProblem['kind'], string>>>

export interface NotesOptions {
  /** Its own tables, the one with the notes first. */
  readonly tables: readonly [string, ...string[]]
  /** The ids of the migrations, in their order. */
  readonly ids: readonly string[]
  /** What messages call them, where that is something else. */
  readonly names?: readonly string[]
  readonly consequences: Consequences
  /** Whether a table of them is of an older release of the tool, which the tool takes over. */
  isOlderForm?(table: Table): boolean
  /** Creates the tables where they are missing, as the tool does. */
  create(connection: MigrationConnection): void
  /** What the database notes; it is called only where the first table is there. */
  list(connection: Connection): readonly NotedMigration[]
  /** Notes that one begins, where the tool does that. @param index of the id */
  begin?(connection: MigrationConnection, index: number): void
  /** Notes why one failed, where the tool does that. @param index of the id */
  fail?(connection: MigrationConnection, index: number, message: string): void
  /** Notes one more, as the tool does. @param index of the id */
  note(connection: MigrationConnection, index: number): void
}

/**
 * The notes of a tool that keeps the ids of all migrations that were applied. A version is the number of a migration in the
 * order of the project.
 */
export function notesOfIds(options: NotesOptions): VersionStore {
  const { tables, ids, create, list, begin, fail, note, isOlderForm } = options
  return asOwnStore({
    tables,
    create,
    ...(isOlderForm === undefined ? {} : { isOlderForm }),
    ...(begin === undefined ? {} : { begin: (connection, version) => begin(connection, version - 1) }),
    ...(fail === undefined
      ? {}
      : { fail: (connection, version, message) => fail(connection, version - 1, message) }),
    read: (connection) => (hasTable(connection, tables[0]) ? judge(list(connection), options) : none),
    record: (connection, version) => {
      if (version <= ids.length) note(connection, version - 1)
    },
  })
}

const none: AppliedVersions = { current: 0, missing: null }

/**
 * The notes of a tool that keeps the last migration alone.
 *
 * @param read the id that is noted; null where none is
 */
export function noteOfLast(
  options: Omit<NotesOptions, 'list'> & {
    readonly read: (connection: Connection) => NotedMigration | null
  },
): VersionStore {
  const { ids, read } = options
  return notesOfIds({
    ...options,
    list: (connection) => {
      const last = read(connection)
      if (last === null) return []
      const before = ids.slice(0, Math.max(ids.indexOf(last.id), 0))
      return [...before.map((id) => ({ id })), last]
    },
  })
}

function judge(
  noted: readonly NotedMigration[],
  { ids, names = ids, consequences }: Pick<NotesOptions, 'ids' | 'names' | 'consequences'>,
): AppliedVersions {
  const problem = (kind: VersionProblem['kind'], found: readonly NotedMigration[] | readonly string[]) => {
    const wrong = found.map((one) => (typeof one === 'string' ? one : one.id))
    const consequence = consequences[kind] ?? 'the tool of the project does not see that'
    const shown = wrong.map((id) => names[ids.indexOf(id)] ?? id)
    return { current, missing: null, problem: { kind, ids: shown, consequence } }
  }
  const unfinished = noted.filter(({ isDone = true }) => !isDone)
  const applied = new Set(noted.flatMap(({ id, isDone = true }) => (isDone ? [id] : [])))
  const unknown = noted.filter(({ id }) => !ids.includes(id))
  const current = ids.findLastIndex((id) => applied.has(id)) + 1
  if (unfinished.length > 0) return problem('unfinished', unfinished)
  const late = ids.slice(0, current).filter((id) => !applied.has(id))
  // A file that has had all of them, and then more, was made by newer software.
  const isKnownFirst =
    noted.findLastIndex(({ id }) => ids.includes(id)) < noted.findIndex(({ id }) => !ids.includes(id))
  if (isKnownFirst && current === ids.length && late.length === 0)
    return { current: current + unknown.length, missing: null }
  if (unknown.length > 0) return problem('unknown', unknown)
  if (late.length > 0) return problem('late', late)
  const changed = noted.filter(({ isSame = true }) => !isSame)
  if (changed.length > 0) return problem('changed', changed)
  const edited = noted.filter(({ isEdited = false }) => isEdited)
  const shown = edited.map(({ id }) => names[ids.indexOf(id)] ?? id)
  return { current, missing: null, ...(shown.length === 0 ? {} : { edited: shown }) }
}

/** @throws {VersionTableError} when something else has that name */
export function hasTable(connection: Connection, table: string): boolean {
  const [entry] = connection.all('SELECT type FROM main.sqlite_master WHERE lower(name) = ?', [
    foldName(table),
  ])
  if (entry === undefined) return false
  if (entry.type === 'table') return true
  throw unreadable(table, 'a table', `a ${entry.type} of that name`)
}

/**
 * Reads columns of a table of notes.
 *
 * @throws {VersionTableError} when it does not have them
 */
export function readNotes(connection: Connection, table: string, columns: string, order: string): SqlRow[] {
  try {
    return connection.all(`SELECT ${columns} FROM main.${quoteName(table)} ORDER BY ${order}`)
  } catch (cause) {
    const actual = `the error '${cause instanceof Error ? cause.message : String(cause)}'`
    throw unreadable(table, `the columns ${columns}`, actual, { cause })
  }
}

/** The same of a table that notes ids in a column. @param order that column, unless another one is given */
export function readIds(
  connection: Connection,
  table: string,
  column: string,
  order = column,
): NotedMigration[] {
  return readNotes(connection, table, column, order).map((row) => ({ id: `${row[column]}` }))
}

function unreadable(table: string, expected: string, actual: string, options?: ErrorOptions) {
  const fix = 'name the table that the tool of the project keeps, or restore the file from a backup'
  return new VersionTableError({ where: `Table ${table}`, expected, actual, fix }, options)
}
