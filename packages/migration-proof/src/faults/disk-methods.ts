import type { Sqlite3Static, sqlite3_vfs } from '@sqlite.org/sqlite-wasm'
import { shareFile } from './disk.ts'
import { nowMilliseconds } from './fixed-clock.ts'
import type { DiskCallKind } from './io-call.ts'
import type { Mount } from './mount.ts'
import type { OpenFiles } from './open-files.ts'

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

/** No file of the disk has it: no power loss can leave a temporary file behind. */
const temporaryInode = -1

/** The time as SQLite counts it, in milliseconds since noon on 24 November 4714 BC. */
const nowJulianMilliseconds = 210_866_760_000_000n + BigInt(nowMilliseconds)

/**
 * What SQLite does with a disk: https://www.sqlite.org/c3ref/vfs.html. Names are looked up in the mounted
 * disk. The clock stands still, so that two runs write the same bytes.
 */
export function diskMethods(
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
      // Until the methods are set, SQLite takes the file as not open, and does not close it.
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
      // To SQLite's code for Unix, a file of zero bytes does not exist.
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
