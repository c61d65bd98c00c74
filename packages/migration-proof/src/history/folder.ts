import { type Diagnosis, shownPath } from '../errors.ts'
import {
  checkFields,
  isObject,
  isText,
  isTexts,
  may,
  must,
  type Rules,
} from '../migrator/check-migrations.ts'
import type { Migration } from '../migrator/migration.ts'
import type { RunnerRules } from '../migrator/plan.ts'
import { userVersion, type VersionStore } from '../migrator/version-store.ts'
import { quoteName } from '../sql/names.ts'
import { type ListedMigration, toFunctionMigrations } from './function-files.ts'
import { openTasks } from './open-tasks.ts'
import {
  findNames,
  type History,
  HistoryError,
  listFolder,
  readSqlFile,
  requireDistinct,
  resolveFolder,
  type SqlFile,
  toMigrations,
} from './sql-folder.ts'
import { notesOfIds, readIds } from './version-notes.ts'

/** A table in which the application notes each migration that a database has had. */
export interface FolderNotes {
  readonly table: string
  /** Its column with the ids; defaults to `id`. */
  readonly column?: string
  /**
   * What it holds of a migration: the name of its file, which is the default; the name without its ending; or the digits that it
   * begins with, as a number or a text.
   */
  readonly ids?: 'name' | 'stem' | 'digits'
  /** The statement that makes the table; defaults to one with that column alone. */
  readonly create?: string
}

/** What `sqlFolder` takes beside the folder: how the application applies it. */
export interface SqlFolderOptions {
  /** Where a database keeps its version; defaults to `PRAGMA user_version`, as the number of migrations. */
  readonly versions?: VersionStore | FolderNotes
  /** How the names of migrations end; defaults to `['.sql']`. Whatever does not end in `.sql` is JavaScript or TypeScript. */
  readonly endings?: readonly string[]
  /** The name by which such a file exports its function; defaults to its default export, or `up`. */
  readonly exported?: string
  /**
   * The file whose default export makes the parameters of that function, as an array, from a `Database` of better-sqlite3; a path
   * from the folder of the config. Defaults to that `Database` alone.
   */
  readonly parameters?: string | URL
  /** What the application makes one transaction; left out, with `foreignKeys`, where the migrator of this package applies them. */
  readonly transaction?: RunnerRules['transaction']
  /** Whether its connection has foreign keys on, which is the default. */
  readonly foreignKeys?: 'on' | 'off'
}

/** What the thread is given to run the function of a file. */
export interface FolderCall {
  readonly file: string
  readonly exported: string | null
  readonly parameters: string | null
}

/**
 * A plain folder of SQL files, and of JavaScript or TypeScript where `endings` says so, in the order of their numbers and then of
 * their names. The migrator of this package applies them, or the rules of the application are followed, which the options say. The
 * version of a database is how many it has had.
 *
 * @param folder a `file:` URL, or a path from the folder of the config
 * @param options `versions` is where a database keeps its version, `endings`, `exported` and `parameters` are for files of code,
 *   `transaction` and `foreignKeys` say how the application applies the files
 * @throws {HistoryError} when the folder or a file cannot be read, or holds code beside its SQL that `endings` does not name
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { sqlFolder } from 'migration-proof/folder'
 *
 * export default defineConfig({ name: 'shop', ...sqlFolder('migrations'), fixtures: 'fixtures' })
 * ```
 */
export function sqlFolder(folder: string | URL, options: SqlFolderOptions = {}): History {
  checkOptions(options)
  const { versions = userVersion(), endings = ['.sql'] } = options
  const { exported, parameters, transaction, foreignKeys } = options
  const path = resolveFolder(folder)
  const what = endings.join() === '.sql' ? 'a file of SQL' : `files of ${endings.join(', ')}`
  const isMigration = (name: string) =>
    endings.some((ending) => name.endsWith(ending)) && !/\.d\.[cm]?ts$/.test(name)
  const names = findNames(path, what, isMigration)
  refuseOthers(path, names)
  const sorted = names.toSorted(new Intl.Collator('en', { numeric: true }).compare)
  const files = sorted.map((name) => readSqlFile(path, name))
  const isStore = 'read' in versions
  const idOf = isStore ? ({ name }: SqlFile) => name : idsOf(versions)
  const listed = files.map((file) => ({ id: idOf(file), file: file.path }))
  requireDistinct(listed)
  const isAlone = transaction === 'none'
  const call = {
    exported: exported ?? null,
    parameters: parameters === undefined ? null : resolveFolder(parameters),
  }
  const migrations = [
    ...ofSql(files, idOf, isAlone, foreignKeys),
    ...ofCode(files, idOf, isAlone, foreignKeys, call),
  ]
  const order = new Map(files.map((file, index) => [file.path, index + 1]))
  return {
    migrations: migrations
      .map((migration) => ({ ...migration, version: order.get(migration.file ?? '') ?? 0 }))
      .sort((left, right) => left.version - right.version),
    versions: isStore ? versions : notesOf(versions, listed, sorted),
    ...(transaction === undefined && foreignKeys === undefined
      ? {}
      : {
          runner: {
            tool: 'the application',
            transaction: transaction ?? 'each',
            foreignKeys: foreignKeys ?? 'on',
          },
        }),
  }
}

const isPath = (value: unknown) => isText(value) || value instanceof URL
const isOneOf = (given: readonly string[]) => (value: unknown) => isText(value) && given.includes(value)

const optionRules: Rules = {
  versions: may('a version store, or { table, column, ids, create }', isObject),
  endings: may("an array of texts, such as ['.sql', '.js']", isTexts),
  exported: may('a string', isText),
  parameters: may('a path, or a URL', isPath),
  transaction: may("'all', 'each' or 'none'", isOneOf(['all', 'each', 'none'])),
  foreignKeys: may("'on' or 'off'", isOneOf(['on', 'off'])),
}

const notesRules: Rules = {
  table: must('a string', isText),
  column: may('a string', isText),
  ids: may("'name', 'stem' or 'digits'", isOneOf(['name', 'stem', 'digits'])),
  create: may('a string', isText),
}

/** @throws {HistoryError} that names the option */
function checkOptions(options: SqlFolderOptions): void {
  const wrong = (diagnosis: Diagnosis) => new HistoryError(diagnosis)
  const { versions } = checkFields(options, 'sqlFolder, options', optionRules, wrong)
  if (isObject(versions) && !('read' in versions))
    checkFields(versions, 'sqlFolder, options.versions', notesRules, wrong)
}

/** A file of code among numbered files of SQL is most likely a migration, too: left out, nothing would say so. */
function refuseOthers(folder: string, names: readonly string[]): void {
  const given = new Set(names)
  if (!names.every((name) => /^\d/.test(name))) return
  const other = listFolder(folder, 'migrations').find(
    (name) => !given.has(name) && /^\d.*\.(?:sql|[cm]?[jt]s)$/.test(name) && !/\.d\.[cm]?ts$/.test(name),
  )
  if (other === undefined) return
  const [ending = ''] = /\.[^.]+$/.exec(other) ?? []
  const endings = [...new Set(names.flatMap((name) => /\.[^.]+$/.exec(name) ?? []))]
  throw new HistoryError({
    where: shownPath(folder),
    expected: `only files of ${endings.join(', ')} whose names begin with a number`,
    actual: other,
    fix: `write endings: [${[...endings, ending].map((one) => `'${one}'`).join(', ')}] where it is a migration, or move it to another folder`,
  })
}

function ofSql(
  files: readonly SqlFile[],
  idOf: (file: SqlFile) => string,
  isAlone: boolean,
  foreignKeys: 'on' | 'off' | undefined,
): Migration[] {
  const texts = files
    .filter(({ name }) => name.endsWith('.sql'))
    .map((file) => ({
      id: idOf(file),
      name: file.name,
      sql: file.text,
      file: file.path,
      ...(isAlone ? ({ transaction: 'none' } as const) : {}),
    }))
  return toMigrations(texts, foreignKeys)
}

function ofCode(
  files: readonly SqlFile[],
  idOf: (file: SqlFile) => string,
  isAlone: boolean,
  foreignKeys: 'on' | 'off' | undefined,
  call: Omit<FolderCall, 'file'>,
): Migration[] {
  const listed = files
    .filter(({ name }) => !name.endsWith('.sql'))
    .map((file) => ({ id: idOf(file), name: file.name, path: file.path, text: file.text }))
  if (listed.length === 0) return []
  const names = listed.map(({ name }) => name)
  return toFunctionMigrations(listed, openTasks('folder'), {
    toArgument: ({ path }: ListedMigration): FolderCall => ({ file: path ?? '', ...call }),
    isAlone: () => isAlone,
    isRebuild: () => foreignKeys === 'off',
  }).map((migration, index) => ({ ...migration, name: names[index] ?? migration.name }))
}

/** @throws {HistoryError} for a file without digits, where these are the id */
function idsOf({ ids = 'name' }: FolderNotes): (file: SqlFile) => string {
  return ({ name, path }) => {
    if (ids === 'name') return name
    if (ids === 'stem') return name.replace(/\.[^.]+$/, '')
    const [digits] = /^\d+/.exec(name) ?? []
    if (digits !== undefined) return digits
    throw new HistoryError({
      where: shownPath(path),
      expected: 'a name that begins with the digits of its id',
      actual: name,
      fix: "rename it, or write ids: 'name' where the table holds names",
    })
  }
}

function notesOf(
  { table, column = 'id', ids: form = 'name', create }: FolderNotes,
  listed: readonly { readonly id: string }[],
  names: readonly string[],
): VersionStore {
  const ids = listed.map(({ id }) => id)
  const [quoted, ofId] = [quoteName(table), quoteName(column)]
  // A column of integers holds no zeros before the digits.
  const numbered = new Map(form === 'digits' ? ids.map((id) => [`${BigInt(id)}`, id]) : [])
  return notesOfIds({
    tables: [table],
    ids,
    names,
    consequences: {
      late: 'what the application does about that is not known here',
      unknown: 'what the application does about that is not known here',
    },
    create: (connection) => {
      const known = 'SELECT 1 FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE'
      if (connection.all(known, [table]).length > 0) return
      connection.exec(create ?? `CREATE TABLE ${quoted} (${ofId} TEXT PRIMARY KEY NOT NULL)`)
    },
    list: (connection) =>
      readIds(connection, table, column, 'rowid').map(({ id }) => ({ id: numbered.get(id) ?? id })),
    note: (connection, index) => {
      connection.all(`INSERT INTO ${quoted} (${ofId}) VALUES (?)`, [ids[index] ?? ''])
    },
  })
}
