import type { Sqlite3Static, sqlite3_vfs } from '@sqlite.org/sqlite-wasm'
import type { BufferPool, DiskFile, DiskOperation, SimulatedDisk } from './disk.ts'
import { shareFile } from './disk.ts'
import type { Mount, OpenFile, OpenFiles, WalIndexes } from './file-methods.ts'
import { fileMethods, SharedMemory } from './file-methods.ts'
import type { DiskCallKind, FaultPlan } from './io-call.ts'
import { Memory, type SavedMemory } from './memory.ts'
import { nowMilliseconds, type Random } from './random.ts'
import { makeRowReader, type WasmConnection, wasmConnection } from './wasm-connection.ts'

type Method =
  | 'xOpen'
  | 'xDelete'
  | 'xAccess'
  | 'xFullPathname'
  | 'xRandomness'
  | 'xSleep'
  | 'xCurrentTime'
  | 'xCurrentTimeInt64'
  | 'xGetLastError'

/** No file of the disk has it: temporary files do not survive a power loss. */
const temporaryInode = -1

/** The time as SQLite counts it, in milliseconds since noon on 24 November 4714 BC. */
const nowJulianMilliseconds = 210_866_760_000_000n + BigInt(nowMilliseconds)

/**
 * What SQLite does with a disk: https://www.sqlite.org/c3ref/vfs.html. Names are looked up on the mounted disk. The clock
 * is fixed, so that two runs write the same bytes.
 */
function diskMethods(
  { capi, wasm }: Sqlite3Static,
  openFiles: OpenFiles,
  mounted: () => Mount,
  fileMethodsPointer: number,
): Pick<sqlite3_vfs, Method> {
  const journals = capi.SQLITE_OPEN_MAIN_JOURNAL | capi.SQLITE_OPEN_SUPER_JOURNAL | capi.SQLITE_OPEN_WAL

  const nameAt = (pointer: number) => wasm.cstrToJs(pointer) ?? ''
  const failureOf = (kind: DiskCallKind, name: string) => {
    const { disk, failure } = mounted()
    return failure({ kind, name, growthBytes: 0, isReported: true }, disk)
  }
  const openNamed = (name: string, flags: number) => {
    const file = mounted().disk.find(name)
    if (file !== undefined) return { file, isNew: false }
    if ((flags & capi.SQLITE_OPEN_CREATE) === 0) return null
    return { file: mounted().disk.create(name), isNew: true }
  }

  return {
    xOpen: (_vfs, namePointer, pointer, flags, flagsPointer) => {
      // Until the methods are set, SQLite considers the file not open, and does not close it.
      wasm.pokePtr(pointer, 0)
      const name = nameAt(namePointer)
      const fault = failureOf('open', name)
      if (fault !== null) return capi[fault.code]
      const found =
        name === ''
          ? { file: shareFile(temporaryInode, new Uint8Array(0)), isNew: false }
          : openNamed(name, flags)
      if (found === null) return capi.SQLITE_CANTOPEN
      openFiles.set(pointer, {
        file: found.file,
        name,
        isDeletedOnClose: (flags & capi.SQLITE_OPEN_DELETEONCLOSE) !== 0,
        needsDirectorySync: found.isNew && (flags & journals) !== 0,
      })
      wasm.pokePtr(pointer, fileMethodsPointer)
      if (flagsPointer !== 0) wasm.poke32(flagsPointer, flags)
      return capi.SQLITE_OK
    },
    xDelete: (_vfs, namePointer, syncDirectory) => {
      const name = nameAt(namePointer)
      const fault = failureOf('delete', name)
      if (fault !== null) return capi[fault.code]
      if (mounted().disk.find(name) === undefined) return capi.SQLITE_IOERR_DELETE_NOENT
      mounted().disk.unlink(name)
      if (syncDirectory === 0) return capi.SQLITE_OK
      const syncFault = failureOf('sync-directory', name)
      if (syncFault !== null) return capi[syncFault.code]
      mounted().disk.syncDirectory()
      return capi.SQLITE_OK
    },
    xAccess: (_vfs, namePointer, _flags, isThere) => {
      const name = nameAt(namePointer)
      const fault = failureOf('access', name)
      if (fault !== null) return capi[fault.code]
      // To SQLite's Unix VFS, a file of zero bytes does not exist.
      wasm.poke32(isThere, (mounted().disk.find(name)?.sizeBytes ?? 0) > 0 ? 1 : 0)
      return capi.SQLITE_OK
    },
    xFullPathname: (_vfs, namePointer, length, target) => {
      const name = new TextEncoder().encode(nameAt(namePointer))
      if (name.length >= length) return capi.SQLITE_CANTOPEN
      wasm.heap8u().set(name, target)
      wasm.poke8(target + name.length, 0)
      return capi.SQLITE_OK
    },
    xRandomness: (_vfs, length, target) => {
      mounted().random.fill(wasm.heap8u().subarray(target, target + length))
      return capi.SQLITE_OK
    },
    xSleep: () => capi.SQLITE_OK,
    xCurrentTime: (_vfs, target) => {
      wasm.poke64f(target, Number(nowJulianMilliseconds) / 86_400_000)
      return capi.SQLITE_OK
    },
    xCurrentTimeInt64: (_vfs, target) => {
      wasm.poke64(target, nowJulianMilliseconds)
      return capi.SQLITE_OK
    },
    xGetLastError: () => {},
  }
}

/** SQLite's WASM build on simulated disks. */
export interface Simulator {
  /** The version of SQLite, such as `3.53.4`. */
  readonly version: string
  /** Puts a disk under SQLite; no connection may be open. Resets SQLite's random numbers. */
  mount(mount: Mount): void
  /**
   * Opens a database on the mounted disk.
   *
   * @throws {WasmSqliteError} when SQLite cannot open it
   */
  connect(file: string): WasmConnection
  /**
   * All that SQLite and the disk under it hold, between two calls of SQLite.
   *
   * @param ended a state that is no longer needed, whose memory is taken
   */
  save(ended?: SavedState | null): SavedState
  /**
   * Puts SQLite and its disk back to where they were. What happens next is what would have happened then: the connections
   * that were open are open again, and no others.
   *
   * @returns the disk, which is mounted
   */
  restore(state: SavedState, renewed: RenewedMount): SimulatedDisk
}

/** What SQLite and the disk under it held at one moment. Immutable. */
export interface SavedState {
  readonly memory: SavedMemory
  readonly disk: SimulatedDisk
  readonly openFiles: ReadonlyMap<number, OpenFile>
  readonly walIndexes: WalIndexes
  readonly random: Random
}

/** What a disk that was put back is given in place of its own. */
export interface RenewedMount {
  readonly log: DiskOperation[]
  readonly pool: BufferPool | null
  readonly failure: FaultPlan
}

let loading: Promise<Simulator> | undefined

/** Loads SQLite's WASM build, once per thread; after that everything is synchronous. */
export function loadSimulator(): Promise<Simulator> {
  loading ??= loadSqlite().then(makeSimulator)
  return loading
}

async function loadSqlite(): Promise<Sqlite3Static> {
  // SQLite would log each damaged image; the harness reports them itself, once.
  const ignore = () => {}
  Object.assign(globalThis, { sqlite3ApiConfig: { warn: ignore, error: ignore, debug: ignore, log: ignore } })
  const { default: init } = await import('@sqlite.org/sqlite-wasm')
  return withoutWebStorage(init)
}

/** SQLite's WASM build reads `localStorage`, which exists since Node 25, where reading it prints a warning. */
async function withoutWebStorage<Result>(work: () => Promise<Result>): Promise<Result> {
  const storage = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  if (storage === undefined) return work()
  Object.defineProperty(globalThis, 'localStorage', { value: undefined, configurable: true })
  try {
    return await work()
  } finally {
    Object.defineProperty(globalThis, 'localStorage', storage)
  }
}

function makeSimulator(sqlite3: Sqlite3Static): Simulator {
  const { capi } = sqlite3
  const openFiles: OpenFiles = new Map()
  const sharedMemory = new SharedMemory(sqlite3.wasm)
  const reader = makeRowReader(sqlite3)
  const memory = new Memory(sqlite3.wasm)
  let mounted: Mount | null = null

  const current = () => {
    if (mounted === null) throw new Error('SQLite used a disk before one was mounted.')
    return mounted
  }
  installDisk(sqlite3, openFiles, sharedMemory, current)

  return {
    version: sqlite3.version.libVersion,
    mount: (mount) => {
      if (openFiles.size > 0) throw new Error('A disk was mounted while a connection to another was open.')
      mounted = mount
      // Called without bytes to fill, SQLite discards its seed and asks the disk for a new one.
      capi.sqlite3_randomness(0, 0)
    },
    connect: (file) => {
      const connection = wasmConnection(sqlite3, reader, file)
      // The defaults of native SQLite; the WASM build has pages of 8192 bytes and no temporary files.
      connection.exec('PRAGMA page_size = 4096; PRAGMA temp_store = 1')
      return connection
    },
    save: (ended = null) => {
      const { disk, random } = current()
      const copyFile = copyOnce((file) => shareFile(file.inode, copyBytes(file)))
      return {
        memory: memory.save(ended?.memory),
        disk: disk.copy(copyFile, null, null),
        openFiles: copyOpenFiles(openFiles, copyFile),
        walIndexes: sharedMemory.save(),
        random: random.copy(),
      }
    },
    restore: (state, { log, pool, failure }) => {
      memory.restore(state.memory)
      const copyFile = copyOnce((file) => shareFile(file.inode, file.buffer, pool))
      const disk = state.disk.copy(copyFile, log, pool)
      openFiles.clear()
      for (const [pointer, file] of copyOpenFiles(state.openFiles, copyFile)) openFiles.set(pointer, file)
      sharedMemory.restore(state.walIndexes)
      mounted = { disk, failure, random: state.random.copy() }
      return disk
    },
  }
}

function copyBytes({ buffer, sizeBytes }: DiskFile): Uint8Array {
  return new Uint8Array(buffer.subarray(0, sizeBytes))
}

/** A file that is open and on the disk, or open twice, stays one file. */
function copyOnce(copy: (file: DiskFile) => DiskFile): (file: DiskFile) => DiskFile {
  const copies = new Map<DiskFile, DiskFile>()
  return (file) => {
    const found = copies.get(file) ?? copy(file)
    copies.set(file, found)
    return found
  }
}

function copyOpenFiles(
  openFiles: ReadonlyMap<number, OpenFile>,
  copyFile: (file: DiskFile) => DiskFile,
): OpenFiles {
  return new Map([...openFiles].map(([pointer, open]) => [pointer, { ...open, file: copyFile(open.file) }]))
}

function installDisk(
  sqlite3: Sqlite3Static,
  openFiles: OpenFiles,
  sharedMemory: SharedMemory,
  mounted: () => Mount,
): void {
  const { capi } = sqlite3
  const io = new capi.sqlite3_io_methods()
  const vfs = new capi.sqlite3_vfs()
  // Version 2 of both: shared memory for WAL, no memory-mapped files.
  Object.assign(io, { $iVersion: 2 })
  vfs.$iVersion = 2
  const handle = new capi.sqlite3_file()
  vfs.$szOsFile = handle.structInfo.sizeof
  handle.dispose()
  vfs.$mxPathname = 512
  // What SQLite's Unix VFS returns for a disk that it knows nothing else about.
  io.installMethods({
    xSectorSize: () => 4096,
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE,
  })
  sqlite3.vfs.installVfs({
    io: { struct: io, methods: fileMethods(sqlite3, openFiles, sharedMemory, mounted) },
    vfs: {
      struct: vfs,
      name: 'simulated-disk',
      asDefault: true,
      methods: diskMethods(sqlite3, openFiles, mounted, io.pointer),
    },
  })
}
