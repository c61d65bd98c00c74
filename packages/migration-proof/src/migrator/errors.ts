import {
  DiagnosedError,
  type Diagnosis,
  errorMessage,
  framesOf,
  hiddenMessage,
  kindOf,
  readText,
} from '../errors.ts'
import type { Difference } from '../schema/diff.ts'
import { redactFailure } from '../sql/redact.ts'
import type { Migration } from './migration.ts'

/** Thrown when the versions that a database holds cannot be read, or have gaps. */
export class VersionTableError extends DiagnosedError {
  override readonly name = 'VersionTableError'
}

/** Thrown when a schema is not what its version says, or holds a name that a later version needs. */
export class SchemaDriftError extends DiagnosedError {
  override readonly name = 'SchemaDriftError'
  readonly differences: readonly Difference[]

  constructor(where: string, differences: readonly [Difference, ...Difference[]], fix: string) {
    const [{ object, aspect, expected, actual }] = differences
    const others = differences.length === 1 ? '' : ` (and ${differences.length - 1} more)`
    super({
      where: `${where}, ${object.type} ${object.name}, ${aspect}`,
      expected,
      actual: `${actual}${others}`,
      fix,
    })
    this.differences = differences
  }
}

/** What failed, in which migration. */
export interface MigrationFailure {
  readonly migration: Migration
  /** Null where the migration failed by itself. */
  readonly statement: FailedStatementText | null
  readonly cause: unknown
  /** Whether the migration had read rows: what it throws itself may hold their values. */
  readonly hasReadRows?: boolean
  /** Whether the migration had asked for rows: it may depend on there being some. */
  readonly hasAskedForRows?: boolean
  /** Set where it failed in the empty database that shows what a version looks like. */
  readonly isInEmptyDatabase?: boolean
  /** The file of the base that this database began with; left out where it began with nothing. */
  readonly base?: string
  /** The last of several migrations that a statement of the migrator, such as COMMIT, was for. */
  readonly upTo?: number
  /** The tool that applied it without a transaction, so that what ran before stays. */
  readonly halfOf?: string
}

/** A statement as it ran, and whether the migration had read rows before, whose values may stand in it. */
export interface FailedStatementText {
  readonly sql: string
  readonly mayHoldValues: boolean
}

/**
 * Thrown when a migration fails. The database is at a whole version, which `versionNow` names. Neither the message nor
 * a field holds a value of the failed statement, nor the message of an error that the migration throws itself once it has
 * read rows: that is in `cause` alone.
 */
export class MigrationFailedError extends DiagnosedError {
  override readonly name = 'MigrationFailedError'
  /** The version that was not reached. */
  readonly version: number
  /** The statement that failed, each value replaced by `?`; null where the migration failed by itself. */
  readonly statement: string | null
  /** The version that the database is at, read back after the failure; null where that was not possible. */
  readonly versionNow: number | null
  readonly #failure: MigrationFailure

  constructor(failure: MigrationFailure, versionNow: number | null = null) {
    const { migration, statement, cause } = redactFailed(failure)
    const { upTo = migration.version } = failure
    const named =
      upTo === migration.version ? nameMigration(migration) : `Migrations v${migration.version} to v${upTo}`
    const where = statement === null ? named : `${named}, ${at(statement)}`
    super(
      {
        where: failure.isInEmptyDatabase === true ? `${where}, ${startOf(failure)}` : where,
        expected: 'success',
        actual: mayHoldValues(failure) ? describeWithoutMessage(cause) : `the error '${describe(cause)}'`,
        fix: `${fixOf(failure, versionNow)}${hintOf(cause)}`,
      },
      { cause },
    )
    this.version = migration.version
    this.statement = statement
    this.versionNow = versionNow
    this.#failure = failure
  }

  /** The same failure, once the version was read back; null where it cannot be read. */
  withVersionNow(versionNow: number | null): MigrationFailedError {
    return new MigrationFailedError(this.#failure, versionNow)
  }

  /** The same failure with the numbers of the plan that the migration is a part of. */
  renumbered(
    stepOf: (version: number) => number,
    toWhole: (version: number) => number,
  ): MigrationFailedError {
    const { migration, upTo, ...failure } = this.#failure
    return new MigrationFailedError(
      {
        ...failure,
        migration: { ...migration, version: stepOf(migration.version) },
        ...(upTo === undefined ? {} : { upTo: stepOf(upTo) }),
      },
      this.versionNow === null ? null : toWhole(this.versionNow),
    )
  }
}

/** What to do about a migration that does not take the rows of a snapshot, which files of users may hold too. */
export function adviseOnRows({ cause }: MigrationFailedError): string {
  // It has said what to do, and rows are not the reason.
  if (cause instanceof DiagnosedError) return 'correct the migration'
  return errorCode(cause)?.startsWith('SQLITE_CONSTRAINT') === true
    ? 'let the migration correct or remove such rows before it adds the constraint, and declare that it does'
    : 'correct the migration: files of users may hold such rows'
}

/** What makes the disk fail, or BigInt; nothing for any other cause. */
function hintOf(cause: unknown): string {
  // The words are those of V8, and hold no value.
  if (cause instanceof TypeError && /\bBigInt\b/.test(cause.message)) {
    return '. Integers of rows are BigInt, which other numbers do not mix with: convert them with Number()'
  }
  if (!/^SQLITE_(IOERR|FULL)/.test(errorCode(cause) ?? '')) return ''
  return '. A full disk, a quota, a limit on the size of files (ulimit -f) or a broken disk can cause it'
}

function startOf({ base }: MigrationFailure): string {
  return base === undefined ? 'in an empty database' : `on the base ${base}`
}

function fixOf(failure: MigrationFailure, versionNow: number | null) {
  const { migration, isInEmptyDatabase = false, upTo } = failure
  if (isInEmptyDatabase) return `${adviseWithoutRows(failure)}; the file was not changed by it`
  if (failure.halfOf !== undefined) {
    const version = versionNow === null ? 'that it did not end is noted' : `the version is ${versionNow}`
    return `correct by hand what it left: ${failure.halfOf} has no transaction open there, so that what ran before stays, and ${version}`
  }
  if (versionNow === null) {
    return 'remove its cause and run again: which version the database is at could not be read back'
  }
  if (versionNow < migration.version)
    return `remove its cause and run again: nothing of ${upTo === undefined ? 'this migration' : 'these migrations'} was kept`
  return `remove its cause and run again: the database is at version ${versionNow}`
}

/** What to do about a failure without rows: only some failures come from having none. */
function adviseWithoutRows({ cause, statement, hasAskedForRows = false, base }: MigrationFailure): string {
  const isConstraint = errorCode(cause)?.startsWith('SQLITE_CONSTRAINT') === true
  if (isOfMissing(cause)) return adviseOnBase(base)
  if (hasAskedForRows || isConstraint) return 'let the migration work without rows too'
  return cause instanceof TypeError && statement === null
    ? 'correct the migration: what `up` is given has the methods `exec` and `all` alone'
    : 'correct the migration'
}

/** Whether SQLite misses a table or view. It has no code of its own for that. */
function isOfMissing(cause: unknown): boolean {
  return errorCode(cause) === 'SQLITE_ERROR' && /^no such (?:table|view): /.test(errorMessage(cause))
}

/** What may have been there before the first migration. */
function adviseOnBase(base: string | undefined): string {
  return base === undefined
    ? "correct the migration, or, where a schema precedes the first one, name its file in the config, as in `base: 'schema.sql'`"
    : `correct the migration, or let \`base\` in the config name the whole schema that precedes the first one`
}

/** Why a migration is refused, though none of its statements failed. */
export type MigrationRefusal =
  | 'asynchronous'
  | 'late-statement'
  | 'transaction'
  | 'process-end'
  | 'trigger-fires'
  | 'objects-lost'
  | 'version-not-noted'

/**
 * Thrown inside the transaction of a migration that must not be committed. Nothing of it is kept. A late statement alone
 * comes when the migration has returned: that does not run, while the migration may be committed.
 */
export class MigrationRefusedError extends DiagnosedError {
  override readonly name = 'MigrationRefusedError'
  readonly reason: MigrationRefusal
  /** The version that was not reached. */
  readonly version: number
  /** The names of the user's objects that it is about. */
  readonly objects: readonly string[]
  readonly #migration: Pick<Migration, 'version' | 'name'>
  readonly #diagnosis: Omit<Diagnosis, 'where'>

  constructor(
    reason: MigrationRefusal,
    migration: Pick<Migration, 'version' | 'name'>,
    diagnosis: Omit<Diagnosis, 'where'>,
    objects: readonly string[] = [],
  ) {
    const { expected, actual, fix } = diagnosis
    const outcome =
      reason === 'late-statement'
        ? 'that statement did not run, and the migration itself may be committed'
        : 'nothing of this migration was kept'
    super({ where: nameMigration(migration), expected, actual, fix: `${fix}; ${outcome}` })
    this.reason = reason
    this.version = migration.version
    this.objects = objects
    this.#migration = migration
    this.#diagnosis = diagnosis
  }

  /** The same refusal with the numbers of the plan that the migration is a part of. */
  renumbered(stepOf: (version: number) => number): MigrationRefusedError {
    const migration = { ...this.#migration, version: stepOf(this.version) }
    return new MigrationRefusedError(this.reason, migration, this.#diagnosis, this.objects)
  }
}

/** Thrown when another connection holds the lock for longer than the busy timeout. Nothing was changed by it. */
export class DatabaseBusyError extends DiagnosedError {
  override readonly name = 'DatabaseBusyError'

  constructor(statement: FailedStatementText | null, cause: unknown) {
    const shown = statement === null ? null : redactSql(statement, errorCode(cause))
    super(
      {
        where: shown === null ? 'The database' : `The database, at ${at(shown)}`,
        expected: 'the lock within the busy timeout',
        actual: `the error '${describe(cause)}'`,
        fix: 'stop the process that holds the database, or wait for it, and run again',
      },
      { cause },
    )
  }
}

/** Whether an engine refused because another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return errorCode(error)?.startsWith('SQLITE_BUSY') === true
}

/** The name of SQLite's extended result code that an engine's error carries; null for any other error. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error ? readText(error, 'code') : null
}

function describe(cause: unknown): string {
  const code = errorCode(cause)
  return code === null ? errorMessage(cause) : `${code}: ${errorMessage(cause)}`
}

/**
 * Whether the message of an error can hold values of rows: a migration that has read some may have put them into it, and
 * so may RAISE in a trigger. What this program and the rest of SQLite say holds none.
 */
function mayHoldValues({ cause, statement, hasReadRows = false }: MigrationFailure): boolean {
  if (isRaised(cause)) return true
  const isOfEngine = statement !== null && /^SQLITE_/.test(errorCode(cause) ?? '')
  return hasReadRows && !(cause instanceof DiagnosedError) && !isOfEngine
}

/**
 * Whether a trigger has raised an error, with a message that its author wrote or made from the row:
 * https://www.sqlite.org/lang_createtrigger.html#the_raise_function
 */
export function isRaised(error: unknown): boolean {
  return /^SQLITE_CONSTRAINT(_TRIGGER|_FUNCTION)?$/.test(errorCode(error) ?? '')
}

/** What kind of error it is, and which line of the project threw it. */
function describeWithoutMessage(cause: unknown): string {
  const kind = kindOf(cause)
  if (isRaised(cause)) return `the error '${kind}' that a trigger raised, ${hiddenMessage}`
  const lines = [...framesOf(cause).matchAll(frame)].map(([, line = '']) => line)
  const line = lines.find((each) => !notOfProject.test(each)) ?? lines[0]
  return `the error '${kind}'${line === undefined ? '' : ` at ${line}`}, ${hiddenMessage}`
}

const frame = /^ {4}at (?:.* \()?(?:file:\/\/)?((?:\/|[A-Za-z]:).*?:\d+):\d+\)?$/gm

const notOfProject = /[\\/](?:node_modules|migration-proof[\\/](?:dist|src))[\\/]/

function nameMigration({ version, name }: Pick<Migration, 'version' | 'name'>): string {
  return `Migration v${version} (${name})`
}

function at(statement: string): string {
  return `statement '${shorten(statement)}'`
}

function shorten(statement: string): string {
  const line = statement.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

/** Without values: neither in the statement, nor in what the engine said of it. What else was thrown is left as it is. */
function redactFailed({ migration, statement, cause }: MigrationFailure) {
  const code = errorCode(cause)
  const isOfEngine = code?.startsWith('SQLITE_') === true
  const message = errorMessage(cause)
  const { sql, mayHoldValues } = statement ?? { sql: '', mayHoldValues: false }
  const redacted = redactFailure({
    sql,
    message,
    isUnderstood: isUnderstood(code, mayHoldValues),
    mayHoldValues,
  })
  return {
    migration,
    statement: statement === null ? null : redacted.statement,
    cause:
      isOfEngine && !isRaised(cause) && redacted.message !== message
        ? replaceMessage(code, redacted.message)
        : cause,
  }
}

function redactSql({ sql, mayHoldValues }: FailedStatementText, code: string | null): string {
  const understood = isUnderstood(code, mayHoldValues)
  return redactFailure({ sql, message: '', isUnderstood: understood, mayHoldValues }).statement
}

/**
 * Whether the engine must have read a statement as SQL before it failed. SQLITE_ERROR is what it says of any other text,
 * and of some that runs: https://www.sqlite.org/rescode.html#error
 */
function isUnderstood(code: string | null, mayHoldValues: boolean): boolean {
  if (mayHoldValues) return /^SQLITE_(CONSTRAINT|MISMATCH)/.test(code ?? '')
  return code !== 'SQLITE_ERROR'
}

function replaceMessage(code: string, message: string): Error {
  return Object.assign(new Error(message), { name: 'SqliteError', code })
}
