import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { MissingLibraryError } from '../errors.ts'
import { diskMethods } from './disk-methods.ts'
import { fileMethods } from './file-methods.ts'
import type { Mount } from './mount.ts'
import type { OpenFiles } from './open-files.ts'
import { type WasmConnection, wasmConnection } from './wasm-connection.ts'
import { makeRowReader } from './wasm-statement.ts'

/** SQLite's WASM build on simulated disks. */
export interface Simulator {
  /** The version of SQLite, such as `3.53.4`. */
  readonly version: string
  /** Puts a disk under SQLite; no connection may be open. From here on, chance begins anew. */
  mount(mount: Mount): void
  /**
   * Opens a database on the mounted disk.
   *
   * @throws {WasmSqliteError} when SQLite cannot open it
   */
  connect(file: string): WasmConnection
}

let loading: Promise<Simulator> | undefined

/**
 * Loads SQLite's WASM build, once in a thread; after that all is synchronous.
 *
 * @throws {MissingLibraryError} when the package `@sqlite.org/sqlite-wasm` is not installed
 */
export function loadSimulator(): Promise<Simulator> {
  loading ??= loadSqlite().then(makeSimulator)
  return loading
}

async function loadSqlite(): Promise<Sqlite3Static> {
  // SQLite tells of each damaged image that it meets; the harness does so itself, once.
  const ignore = () => {}
  Object.assign(globalThis, { sqlite3ApiConfig: { warn: ignore, error: ignore, debug: ignore, log: ignore } })
  try {
    const { default: init } = await import('@sqlite.org/sqlite-wasm')
    return await withoutWebStorage(init)
  } catch (cause) {
    const diagnosis = {
      where: 'The simulation of power loss',
      expected: 'the package @sqlite.org/sqlite-wasm',
      actual: 'none that can be loaded',
      remedy: 'install it with npm install --save-dev --save-exact @sqlite.org/sqlite-wasm@3.53.4-build2',
    }
    throw new MissingLibraryError(diagnosis, { cause })
  }
}

/** SQLite's WASM build looks for the storage of a browser. Since Node 25 there is one, and Node warns whoever looks. */
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
  const reader = makeRowReader(sqlite3)
  let mounted: Mount | null = null

  installDisk(sqlite3, openFiles, () => {
    if (mounted === null) throw new Error('SQLite used a disk before one was mounted.')
    return mounted
  })

  return {
    version: sqlite3.version.libVersion,
    mount: (mount) => {
      if (openFiles.size > 0) throw new Error('A disk was mounted while a connection to another was open.')
      mounted = mount
      // Without bytes to fill, SQLite forgets its seed and asks the disk for another.
      capi.sqlite3_randomness(0, 0)
    },
    connect: (file) => {
      const connection = wasmConnection(sqlite3, reader, file)
      // What native SQLite has by default; the WASM build has pages of 8192 bytes and no temporary files.
      connection.exec('PRAGMA page_size = 4096; PRAGMA temp_store = 1')
      return connection
    },
  }
}

function installDisk(sqlite3: Sqlite3Static, openFiles: OpenFiles, mounted: () => Mount): void {
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
  // What SQLite's code for Unix answers for a disk of which it knows nothing more.
  io.installMethods({
    xSectorSize: () => 4096,
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE,
  })
  sqlite3.vfs.installVfs({
    io: { struct: io, methods: fileMethods(sqlite3, openFiles, mounted) },
    vfs: {
      struct: vfs,
      name: 'simulated-disk',
      asDefault: true,
      methods: diskMethods(sqlite3, openFiles, mounted, io.pointer),
    },
  })
}
