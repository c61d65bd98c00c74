import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DiagnosedError,
  type Diagnosis,
  errorMessage,
  framesOf,
  hiddenMessage,
  kindOf,
  nameOf,
  ProcessEndError,
  stackVariable,
} from '../errors.ts'
import { isRaised } from '../migrator/errors.ts'
import { haveMigrationsReadRows } from '../migrator/run-up.ts'
import type { ExitCode } from './errors.ts'
import { stackOf } from './errors.ts'
import { endResults, hasPrinted, printJson, say, sayLines } from './output/print.ts'
import { printable } from './output/printable.ts'
import { styleFor } from './output/style.ts'
import { currentProgram, packageFolder } from './program.ts'

let hasReported = false

/**
 * Prints on the standard error, in one sentence, what ended a command; also as a JSON value if JSON was requested and
 * nothing was printed yet. What fails after that is a consequence, and no result follows.
 */
export function reportError(error: unknown, given: readonly string[]): void {
  if (hasReported) return
  hasReported = true
  const { name, message, diagnosis } = explainError(error, given)
  if (asksForJson(given) && !hasPrinted()) printJson({ error: { name, message, ...diagnosis } })
  endResults()
  say(`${styleFor(process.stderr)('red', 'Error:')} ${printable(message)}`)
  const isStackWanted = !['', '0', undefined].includes(process.env[stackVariable])
  if (isStackWanted && error instanceof Error) sayLines(stackOf(error))
}

/** Prints what a user should know apart from the result. */
export function warn(message: string): void {
  say(`${styleFor(process.stderr)('yellow', 'Warning:')} ${printable(message)}`)
}

/** Whether the arguments ask for JSON, even if they are wrong otherwise. */
function asksForJson(given: readonly string[]): boolean {
  const end = given.indexOf('--')
  const options = end === -1 ? given : given.slice(0, end)
  return (
    options.includes('--json') ||
    options.includes('--format=json') ||
    options.some((option, index) => option === '--format' && options[index + 1] === 'json')
  )
}

/** An error of the operating system, as Node throws it. */
export interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code === kindOf(error) &&
    'syscall' in error &&
    typeof error.syscall === 'string' &&
    /^\w{1,20}$/.test(error.syscall)
  )
}

type Advice = readonly [expected: string, actual: string, fix: string]

const fileLimit: Advice = [
  'one more open file',
  'as many as the process may have',
  'raise the limit (`ulimit -n`) and run again',
]

const byCode: Readonly<Record<string, Advice>> = {
  ENOSPC: ['room on the disk', 'none', 'free some, or name another folder, and run again'],
  EDQUOT: ['room within the quota of the user', 'none', 'free some, or name another folder, and run again'],
  EFBIG: ['files of any length', 'a limit', 'raise the limit (`ulimit -f`) and run again'],
  EACCES: ['permission', 'none', 'run it as the user who has it, or change the permissions'],
  EPERM: ['permission', 'none', 'run it as the user who has it, or change the permissions'],
  EROFS: ['a file system that can be written', 'one that is read-only', 'name a folder that can be written'],
  EMFILE: fileLimit,
  ENFILE: ['one more open file', 'as many as the system may have', 'end what holds them and run again'],
  ENOMEM: ['more memory', 'none', 'free some and run again'],
  ENOENT: ['a file or folder', 'nothing of that name', 'make it, or name another'],
  ENOTDIR: ['a folder', 'a file', 'name a folder'],
  EISDIR: ['a file', 'a folder', 'name a file'],
  EEXIST: ['nothing of that name', 'a file or folder', 'move it away, or name another'],
  ENOTEMPTY: ['an empty folder', 'one that holds files', 'move them away, or name another folder'],
  ENAMETOOLONG: ['a name that the file system takes', 'one that is too long', 'choose a shorter one'],
  ELOOP: ['a file or folder', 'links that lead to each other', 'correct the links'],
  EBUSY: [
    'a file that no other process uses',
    'one that is in use',
    'end the process that uses it and run again',
  ],
  ETXTBSY: ['a file that no other process uses', 'a program that runs', 'end it and run again'],
  EXDEV: ['one file system', 'two', 'name a folder on the same file system'],
  EIO: ['a disk that works', 'an error of the disk', 'look at the log of the system, and run again'],
}

/** A thread or a process for which no more files may be opened: https://nodejs.org/api/errors.html#err_worker_init_failed */
function isStartWithoutFiles(error: unknown): boolean {
  if (kindOf(error) === 'EMFILE') return !isSystemError(error)
  return kindOf(error) === 'ERR_WORKER_INIT_FAILED' && errorMessage(error).includes('EMFILE')
}

function diagnoseFileLimit(where: string): Diagnosis {
  const [expected, actual, fix] = fileLimit
  return { where, expected, actual: `${actual} (EMFILE)`, fix }
}

/** What an error of the operating system means, and what to do about it. */
function diagnoseSystemError(error: SystemError, command: string): Diagnosis {
  const { code, syscall, path, message } = error
  const [expected, actual, fix] = byCode[code] ?? [
    'success',
    `'${message}'`,
    'correct what it names and run again',
  ]
  const isTemporary = syscall === 'mkdtemp'
  return {
    where: path ?? command,
    expected: isTemporary ? `a folder for private files: ${expected}` : expected,
    actual: `${actual} (${code}, ${syscall})`,
    fix: isTemporary ? 'let TMPDIR name a folder that exists, can be written and has room' : fix,
  }
}

type SqliteAdvice = readonly [expected: string, fix: string]

/** By the beginnings of the names of SQLite's result codes: https://www.sqlite.org/rescode.html */
const bySqliteCode: readonly (readonly [code: string, ...SqliteAdvice])[] = [
  ['SQLITE_FULL', 'room on the disk', 'free some, in the folder of the file and in TMPDIR, and run again'],
  ['SQLITE_IOERR', 'a disk that works', 'look at the room on the disk and at the log of the system'],
  ['SQLITE_CANTOPEN', 'a file and a folder that can be opened', 'look at the permissions and at the folder'],
  ['SQLITE_READONLY', 'a file and a folder that can be written', 'look at the permissions of both'],
  ['SQLITE_PERM', 'permission', 'run it as the user who has it'],
  ['SQLITE_BUSY', 'the lock of the file', 'stop the process that holds the database and run again'],
  ['SQLITE_LOCKED', 'the lock of the file', 'stop the process that holds the database and run again'],
  ['SQLITE_PROTOCOL', 'the lock of the file', 'stop the process that holds the database and run again'],
  ['SQLITE_CORRUPT', 'a sound database', 'take a backup'],
  ['SQLITE_NOTADB', 'an SQLite database', 'name one'],
  ['SQLITE_NOMEM', 'more memory', 'free some and run again'],
]

/** The result code of SQLite that an error carries; null for any other error. */
function sqliteCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  return error.code.startsWith('SQLITE_') ? kindOf(error) : null
}

/** What an error of SQLite means that no code of this program expected; without a message that may hold values. */
function diagnoseSqliteError(code: string, message: string | null, where: string): Diagnosis {
  const [, expected, fix] = bySqliteCode.find(([known]) => code.startsWith(known)) ?? [
    code,
    'SQLite to succeed',
    'look at the statement and the schema that the message names',
  ]
  return {
    where,
    expected,
    actual: message === null ? `the error '${code}', ${hiddenMessage}` : `the error '${code}: ${message}'`,
    fix,
  }
}

/** An error as a user reads it: one sentence, with what to do. */
export interface ExplainedError {
  readonly name: string
  readonly message: string
  readonly diagnosis: Diagnosis
}

/**
 * Explains an error that ended a command. One without a diagnosis comes from the system, from SQLite, from the
 * code of a project, or it is a defect of this program.
 *
 * @param given the arguments of the command
 */
export function explainError(error: unknown, given: readonly string[]): ExplainedError {
  if (error instanceof DiagnosedError) return error
  const diagnosis = diagnose(error, commandOf(given))
  return { name: nameOf(error), message: new DiagnosedError(diagnosis).message, diagnosis }
}

function diagnose(error: unknown, command: string): Diagnosis {
  const { line, isOwn } = originOf(error)
  const where = line ?? command
  if (error instanceof ProcessEndError) {
    return {
      where,
      expected: 'code that leaves the process to the command',
      actual: `that it called ${error.call}`,
      fix: 'remove the call, and run again',
    }
  }
  const kind = kindOf(error)
  // What this program throws itself holds no value of a row.
  const mayHoldValues = haveMigrationsReadRows() && !isOwn && (line !== null || !isSystemError(error))
  if (mayHoldValues) return ofProject(where, `'${kind}', ${hiddenMessage}`)
  if (isStartWithoutFiles(error)) return diagnoseFileLimit(command)
  if (isSystemError(error)) return diagnoseSystemError(error, command)
  const [message = ''] = errorMessage(error).split('\n')
  const sqliteCode = sqliteCodeOf(error)
  if (sqliteCode !== null) return diagnoseSqliteError(sqliteCode, isRaised(error) ? null : message, where)
  if (line !== null) return ofProject(where, `'${nameOf(error)}: ${message}'`)
  return {
    where,
    expected: 'a result',
    actual: `a defect of this program, '${nameOf(error)}: ${message}'`,
    fix: `report it, with the stack that ${stackVariable}=1 in the environment prints`,
  }
}

function ofProject(where: string, error: string): Diagnosis {
  const expected = 'code that handles its own errors'
  return { where, expected, actual: `the error ${error}`, fix: 'correct it, and run again' }
}

/** Where an error was thrown. */
interface Origin {
  /** The file and the line in the code of a project; null where it is not known, or the code of this program threw. */
  readonly line: string | null
  /** Whether the code of this program threw. */
  readonly isOwn: boolean
}

function originOf(error: unknown): Origin {
  for (const [, path = '', line = ''] of framesOf(error).matchAll(frame)) {
    const file = path.startsWith('file://') ? fileURLToPath(path) : path
    if (file.startsWith('node:')) continue
    // Its first frame is the refusal itself, and the next one the call.
    if (isOwnFile(file) && error instanceof ProcessEndError) continue
    if (isOwnFile(file)) return { line: null, isOwn: true }
    if (!file.includes(`${sep}node_modules${sep}`)) return { line: `${file}:${line}`, isOwn: false }
  }
  return { line: null, isOwn: false }
}

const frame = /^ {4}at (?:.* \()?([^()\s]+):(\d+):\d+\)?$/gm

function isOwnFile(file: string): boolean {
  return file.startsWith(`${packageFolder}dist${sep}`)
}

/** The error of a command that cannot continue and has no result. */
export function explainUnfinished(given: readonly string[]): DiagnosedError {
  return new DiagnosedError({
    where: commandOf(given),
    expected: 'a result',
    actual: 'none, and nothing left to do: the config waits for a promise that never settles',
    fix: 'find it in the config or in what it imports, and run again',
  })
}

/** The message for a result that cannot be written. */
export function explainOutputFailure(failure: Error, exitCode: ExitCode): string {
  const { message } = new DiagnosedError({
    where: 'The standard output',
    expected: 'to take the result',
    actual: `the error '${failure.message}'`,
    fix: `the work itself ended with exit code ${exitCode}; run it again with another output to see the result`,
  })
  return message
}

function commandOf([name]: readonly string[]): string {
  const program = currentProgram().name
  return name === undefined || name.startsWith('-') ? program : `${program} ${name}`
}
