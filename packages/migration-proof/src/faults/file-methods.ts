import type { Sqlite3Static, sqlite3_io_methods } from '@sqlite.org/sqlite-wasm'
import { type DiskFile, resize, type SimulatedDisk, store } from './disk.ts'
import type { CallFault, DiskCallKind, FaultPlan } from './io-call.ts'
import type { Random } from './random.ts'

/** The wal-index of one database: regions of memory that all its connections share. */
interface WalIndex {
  readonly regions: number[]
  readonly users: Set<number>
}

export type WalIndexes = ReadonlyMap<string, WalIndex>

function copyIndexes(indexes: WalIndexes): Map<string, WalIndex> {
  return new Map(
    [...indexes].map(([name, { regions, users }]) => [
      name,
      { regions: [...regions], users: new Set(users) },
    ]),
  )
}

/**
 * The memory that SQLite shares between the connections of a database in WAL mode, instead of a `-shm` file.
 * It is lost in a power loss: SQLite does not trust the contents of that file afterwards:
 * https://www.sqlite.org/walformat.html#the_wal_index_file_format
 */
export class SharedMemory {
  readonly #wasm: Sqlite3Static['wasm']
  #indexes = new Map<string, WalIndex>()

  constructor(wasm: Sqlite3Static['wasm']) {
    this.#wasm = wasm
  }

  /** What is mapped. The memory itself is SQLite's. */
  save(): WalIndexes {
    return copyIndexes(this.#indexes)
  }

  restore(indexes: WalIndexes): void {
    this.#indexes = copyIndexes(indexes)
  }

  /** The address of a region, zeroed when it is new; 0 if it does not exist and must not be created. */
  map(name: string, user: number, region: number, sizeBytes: number, mayExtend: boolean): number {
    const index = this.#indexes.get(name) ?? { regions: [], users: new Set() }
    this.#indexes.set(name, index)
    index.users.add(user)
    while (mayExtend && index.regions.length <= region) {
      const address = this.#wasm.alloc(sizeBytes)
      this.#wasm.heap8u().fill(0, address, address + sizeBytes)
      index.regions.push(address)
    }
    return index.regions[region] ?? 0
  }

  /** Ends one connection's use; the last one frees the memory. */
  unmap(name: string, user: number): void {
    const index = this.#indexes.get(name)
    if (index === undefined) return
    index.users.delete(user)
    if (index.users.size > 0) return
    for (const address of index.regions) this.#wasm.dealloc(address)
    this.#indexes.delete(name)
  }
}

type Method =
  | 'xClose'
  | 'xRead'
  | 'xWrite'
  | 'xTruncate'
  | 'xSync'
  | 'xFileSize'
  | 'xLock'
  | 'xUnlock'
  | 'xCheckReservedLock'
  | 'xFileControl'
  | 'xShmMap'
  | 'xShmLock'
  | 'xShmBarrier'
  | 'xShmUnmap'

/**
 * What SQLite does with an open file: https://www.sqlite.org/c3ref/io_methods.html, in the order of SQLite's own Unix
 * VFS. Locks always succeed: the disk has only one connection.
 */
export function fileMethods(
  { capi, wasm }: Sqlite3Static,
  openFiles: OpenFiles,
  sharedMemory: SharedMemory,
  mounted: () => Mount,
): Pick<sqlite3_io_methods, Method> {
  const opened = (pointer: number): OpenFile => {
    const openFile = openFiles.get(pointer)
    if (openFile === undefined) throw new Error('SQLite used a file that it had not opened.')
    return openFile
  }
  const failureOf = (
    { name }: OpenFile,
    kind: DiskCallKind,
    { growthBytes = 0, isReported = true } = {},
  ): CallFault | null => {
    const { disk, failure } = mounted()
    return failure({ kind, name, growthBytes, isReported }, disk)
  }
  // WASM memory moves when it grows, so that a view of it is valid for one call only.
  const view = (pointer: number, length: number) => wasm.heap8u().subarray(pointer, pointer + length)
  const answer = (pointer: number, value: number) => {
    wasm.poke32(pointer, value)
    return capi.SQLITE_OK
  }
  const write = ({ file, name }: OpenFile, offset: number, bytes: Uint8Array) => {
    if (name === '') store(file, offset, bytes)
    else mounted().disk.write(file, offset, bytes)
  }

  return {
    xClose: (pointer) => {
      const { isDeletedOnClose, name } = opened(pointer)
      if (isDeletedOnClose && name !== '') mounted().disk.unlink(name)
      openFiles.delete(pointer)
      return capi.SQLITE_OK
    },
    xRead: (pointer, target, length, offset) => {
      const openFile = opened(pointer)
      const fault = failureOf(openFile, 'read')
      if (fault !== null) return capi[fault.code]
      const start = Number(offset)
      const { buffer: contents, sizeBytes } = openFile.file
      const found = contents.subarray(start, Math.min(start + length, sizeBytes))
      const buffer = view(target, length)
      buffer.set(found)
      if (found.length === length) return capi.SQLITE_OK
      buffer.fill(0, found.length)
      return capi.SQLITE_IOERR_SHORT_READ
    },
    xWrite: (pointer, source, length, offset) => {
      const openFile = opened(pointer)
      const start = Number(offset)
      const bytes = view(source, length)
      const growthBytes = Math.max(0, start + length - openFile.file.sizeBytes)
      const fault = failureOf(openFile, 'write', { growthBytes })
      if (fault === null) {
        write(openFile, start, bytes)
        return capi.SQLITE_OK
      }
      const written = Math.floor(length * fault.writtenShare)
      if (written > 0) write(openFile, start, bytes.subarray(0, written))
      return capi[fault.code]
    },
    xTruncate: (pointer, size) => {
      const openFile = opened(pointer)
      const fault = failureOf(openFile, 'truncate')
      if (fault !== null) return capi[fault.code]
      if (openFile.name === '') resize(openFile.file, Number(size))
      else mounted().disk.truncate(openFile.file, Number(size))
      return capi.SQLITE_OK
    },
    xSync: (pointer) => {
      const openFile = opened(pointer)
      const fault = failureOf(openFile, 'sync')
      if (fault !== null) return capi[fault.code]
      if (openFile.name === '') return capi.SQLITE_OK
      mounted().disk.sync(openFile.file)
      if (!openFile.needsDirectorySync) return capi.SQLITE_OK
      // SQLite's Unix VFS ignores a failure here and does not retry: not every system supports it.
      openFile.needsDirectorySync = false
      const isSynced = failureOf(openFile, 'sync-directory', { isReported: false }) === null
      if (isSynced) mounted().disk.syncDirectory()
      return capi.SQLITE_OK
    },
    xFileSize: (pointer, size) => {
      const openFile = opened(pointer)
      const fault = failureOf(openFile, 'size')
      if (fault !== null) return capi[fault.code]
      wasm.poke64(size, BigInt(openFile.file.sizeBytes))
      return capi.SQLITE_OK
    },
    xLock: () => capi.SQLITE_OK,
    xUnlock: () => capi.SQLITE_OK,
    xCheckReservedLock: (_pointer, isReserved) => answer(isReserved, 0),
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xShmMap: (pointer, region, sizeBytes, mayExtend, address) => {
      const openFile = opened(pointer)
      const fault = failureOf(openFile, 'share-memory')
      if (fault !== null) return capi[fault.code]
      wasm.pokePtr(address, sharedMemory.map(openFile.name, pointer, region, sizeBytes, mayExtend !== 0))
      return capi.SQLITE_OK
    },
    xShmLock: () => capi.SQLITE_OK,
    xShmBarrier: () => {},
    xShmUnmap: (pointer) => {
      sharedMemory.unmap(opened(pointer).name, pointer)
      return capi.SQLITE_OK
    },
  }
}

/** The disk that SQLite uses, which of its calls fail, and the source of its random numbers. */
export interface Mount {
  readonly disk: SimulatedDisk
  readonly failure: FaultPlan
  readonly random: Random
}

/** A file that SQLite has open. */
export interface OpenFile {
  readonly file: DiskFile
  /** Its name; empty for a temporary file, which no power loss can leave behind. */
  readonly name: string
  readonly isDeletedOnClose: boolean
  /** Whether the folder must be synced with the next sync of the file, as for each new journal. */
  needsDirectorySync: boolean
}

/** The files that SQLite has open, by the address of its handle. */
export type OpenFiles = Map<number, OpenFile>
