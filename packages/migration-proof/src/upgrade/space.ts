import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { UpgradeRefusedError } from './errors.ts'
import type { SpaceNeed } from './model.ts'

/** Something that one folder must hold at the peak of the work. */
export interface Load {
  readonly folder: string
  readonly purpose: string
  readonly bytes: number
}

/** How much a folder can still take, in bytes. */
export type FreeSpace = (folder: string) => number

/** What the disk of a folder has free for this user. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Adds up what falls on the same disk, since free space is shared there. */
export function addUpSpace(loads: readonly Load[], free: FreeSpace = freeBytesOf): SpaceNeed[] {
  const disks = new Map<number, Load[]>()
  for (const load of loads) {
    const disk = statSync(load.folder).dev
    disks.set(disk, [...(disks.get(disk) ?? []), load])
  }
  return [...disks.values()].map((shared) => {
    const folder = shared[0]?.folder ?? ''
    return {
      folder,
      purposes: shared.filter(({ bytes }) => bytes > 0).map(({ purpose }) => purpose),
      neededBytes: shared.reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: free(folder),
    }
  })
}

/** @throws {UpgradeRefusedError} when a disk cannot hold what it must */
export function refuseTooLittleSpace(path: string, needs: readonly SpaceNeed[]): void {
  const short = needs.find(({ neededBytes, freeBytes }) => neededBytes > freeBytes)
  if (short === undefined) return
  const { folder, purposes, neededBytes, freeBytes } = short
  throw new UpgradeRefusedError('no-space', {
    where: path,
    expected: `${neededBytes} free bytes in ${folder} for ${purposes.join(', ')}`,
    actual: `${freeBytes}`,
    fix: 'make room there, or name another disk: for the backup an option, for temporary files TMPDIR',
  })
}

/**
 * Where SQLite's sorter writes: the first of these folders that is one, and can be written.
 * See https://www.sqlite.org/tempfiles.html#temporary_file_storage_locations
 *
 * @returns null where there is none: then SQLite can sort in memory alone
 */
export function temporaryFolder(): string | null {
  if (process.platform === 'win32') return tmpdir()
  const { SQLITE_TMPDIR, TMPDIR } = process.env
  const candidates = [SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp', '.']
  return candidates.find((folder) => folder !== undefined && isUsableFolder(folder)) ?? null
}

function isUsableFolder(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}
