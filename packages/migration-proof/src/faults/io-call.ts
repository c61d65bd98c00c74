import type { DiskOperation, SimulatedDisk } from './disk.ts'

/** The kinds of calls that SQLite makes to the disk. */
export type DiskCallKind =
  | 'open'
  | 'delete'
  | 'access'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'sync-directory'
  | 'size'
  | 'share-memory'

export interface DiskCall {
  readonly kind: DiskCallKind
  /** The file; empty for a temporary one. */
  readonly name: string
  /** By how many bytes a write extends the file; 0 for any other call. */
  readonly growthBytes: number
  /** Whether a failure of the call is returned to SQLite. */
  readonly isReported: boolean
}

/** How a call fails. */
export interface CallFault {
  readonly code: FaultCode
  /** For a write: the share of its bytes that still reaches the file, from 0 to 1. */
  readonly writtenShare: number
}

export type FaultCode =
  | 'SQLITE_CANTOPEN'
  | 'SQLITE_FULL'
  | 'SQLITE_IOERR_ACCESS'
  | 'SQLITE_IOERR_DELETE'
  | 'SQLITE_IOERR_DIR_FSYNC'
  | 'SQLITE_IOERR_FSTAT'
  | 'SQLITE_IOERR_FSYNC'
  | 'SQLITE_IOERR_READ'
  | 'SQLITE_IOERR_SHMMAP'
  | 'SQLITE_IOERR_TRUNCATE'
  | 'SQLITE_IOERR_WRITE'

/** Decides before each call whether it fails; null lets it succeed. */
export type FaultPlan = (call: DiskCall, disk: Pick<SimulatedDisk, 'usedBytes'>) => CallFault | null

export function neverFail(): null {
  return null
}

const errorOfKind: Readonly<Record<DiskCallKind, FaultCode>> = {
  open: 'SQLITE_CANTOPEN',
  delete: 'SQLITE_IOERR_DELETE',
  access: 'SQLITE_IOERR_ACCESS',
  read: 'SQLITE_IOERR_READ',
  write: 'SQLITE_IOERR_WRITE',
  truncate: 'SQLITE_IOERR_TRUNCATE',
  sync: 'SQLITE_IOERR_FSYNC',
  'sync-directory': 'SQLITE_IOERR_DIR_FSYNC',
  size: 'SQLITE_IOERR_FSTAT',
  'share-memory': 'SQLITE_IOERR_SHMMAP',
}

/**
 * What SQLite's own Unix VFS returns when the underlying system call fails with EIO, see
 * https://www.sqlite.org/rescode.html
 */
export function ioError({ kind }: DiskCall): CallFault {
  return { code: errorOfKind[kind], writtenShare: 0 }
}

/** The log of a disk as text, one operation per line: files, offsets and sizes, but no contents. */
export function describeLog(log: readonly DiskOperation[], startNames: readonly string[]): string[] {
  const names = new Map(startNames.map((name, inode) => [inode, name]))
  return log.map((operation, index) => {
    if (operation.kind === 'create') names.set(operation.inode, operation.name)
    return `${index + 1} ${describe(operation, names)}`
  })
}

function describe(operation: DiskOperation, names: ReadonlyMap<number, string>): string {
  switch (operation.kind) {
    case 'create':
    case 'unlink':
      return `${operation.kind} ${operation.name}`
    case 'write':
      return `write ${names.get(operation.inode)} offset ${operation.offset} length ${operation.bytes.length}`
    case 'truncate':
      return `truncate ${names.get(operation.inode)} to ${operation.sizeBytes}`
    case 'sync':
      return `sync ${names.get(operation.inode)}`
    case 'sync-directory':
      return 'sync the folder'
    case 'acknowledge':
      return `version ${operation.version} is committed`
  }
}
