import type { Diagnosis } from '../errors.ts'

/** An error of the operating system, as Node throws it. */
export interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'syscall' in error &&
    typeof error.syscall === 'string'
  )
}

type Advice = readonly [expected: string, actual: string, remedy: string]

const byCode: Readonly<Record<string, Advice>> = {
  ENOSPC: ['room on the disk', 'none', 'free some, or name another folder, and run again'],
  EDQUOT: ['room within the quota of the user', 'none', 'free some, or name another folder, and run again'],
  EFBIG: ['files of any length', 'a limit', 'raise the limit (`ulimit -f`) and run again'],
  EACCES: ['permission', 'none', 'run it as the user who has it, or change the permissions'],
  EPERM: ['permission', 'none', 'run it as the user who has it, or change the permissions'],
  EROFS: ['a file system that can be written', 'one that is read-only', 'name a folder that can be written'],
  EMFILE: [
    'one more open file',
    'as many as the process may have',
    'raise the limit (`ulimit -n`) and run again',
  ],
  ENFILE: ['one more open file', 'as many as the system may have', 'end what holds them and run again'],
  ENOMEM: ['more memory', 'none', 'free some and run again'],
  ENOENT: ['a file or folder', 'nothing of that name', 'make it, or name another'],
  ENOTDIR: ['a folder', 'a file', 'name a folder'],
  EISDIR: ['a file', 'a folder', 'name a file'],
  EEXIST: ['nothing of that name', 'a file or folder', 'move it away, or name another'],
  ENOTEMPTY: ['an empty folder', 'one that holds files', 'move them away, or name another folder'],
  ENAMETOOLONG: ['a name that the file system takes', 'one that is too long', 'choose a shorter one'],
  ELOOP: ['a file or folder', 'links that lead to each other', 'correct the links'],
  EBUSY: ['what nothing else uses', 'that something holds it', 'end what holds it and run again'],
  ETXTBSY: ['what nothing else uses', 'that something runs it', 'end what runs it and run again'],
  EXDEV: ['one file system', 'two', 'name a folder on the same file system'],
  EIO: ['a disk that works', 'an error of the disk', 'look at the log of the system, and run again'],
}

/** What an error of the operating system means, and what to do about it. */
export function diagnoseSystemError(error: SystemError, command: string): Diagnosis {
  const { code, syscall, path, message } = error
  const [expected, actual, remedy] = byCode[code] ?? [
    'success',
    `'${message}'`,
    'correct what it names and run again',
  ]
  const isTemporary = syscall === 'mkdtemp'
  return {
    where: path ?? command,
    expected: isTemporary ? `a folder for private files: ${expected}` : expected,
    actual: `${actual} (${code}, ${syscall})`,
    remedy: isTemporary ? 'let TMPDIR name a folder that exists, can be written and has room' : remedy,
  }
}

type SqliteAdvice = readonly [expected: string, remedy: string]

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
export function sqliteCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  return error.code.startsWith('SQLITE_') ? error.code : null
}

/** What an error of SQLite means where no part of this program expected it. */
export function diagnoseSqliteError(code: string, message: string, where: string): Diagnosis {
  const [, expected, remedy] = bySqliteCode.find(([known]) => code.startsWith(known)) ?? [
    code,
    'that SQLite does what it is asked',
    'look at the statement and the schema that the message names',
  ]
  return { where, expected, actual: `the error '${code}: ${message}'`, remedy }
}
