import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ifNameable } from '../engines/database-path.ts'

/** Which file it is, whatever its name. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
  readonly sizeBytes: bigint
}

/** Null where there is no file, or none that is a regular one. */
export function readIdentity(path: string): FileIdentity | null {
  const file = ifNameable(() => lstatSync(path, { throwIfNoEntry: false, bigint: true }))
  return file?.isFile() === true ? { dev: file.dev, ino: file.ino, sizeBytes: file.size } : null
}

/** Whether it is this very file that has the name. */
export function isSameFile(path: string, { dev, ino }: Pick<FileIdentity, 'dev' | 'ino'>): boolean {
  const found = readIdentity(path)
  return found !== null && found.dev === dev && found.ino === ino
}

/** The same, and with the size that it had. */
export function isStill(path: string, identity: FileIdentity): boolean {
  return isSameFile(path, identity) && readIdentity(path)?.sizeBytes === identity.sizeBytes
}

/** A file that this process has open, by the name that it has now. */
export interface OpenFile {
  readonly descriptor: number
  readonly path: string
  readonly identity: FileIdentity
}

/**
 * The regular files that this process has open; none where the system is not Linux. No descriptor of them is opened or
 * closed. See https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export function listOpenFiles(): OpenFile[] {
  return listFolder('/proc/self/fd').flatMap((name) => {
    const entry = `/proc/self/fd/${name}`
    const path = tryTo(() => readlinkSync(entry))
    const file = tryTo(() => statSync(entry, { bigint: true }))
    if (path === undefined || file?.isFile() !== true) return []
    return [
      { descriptor: Number(name), path, identity: { dev: file.dev, ino: file.ino, sizeBytes: file.size } },
    ]
  })
}

/**
 * Another path that a file has by now: one by which this process has it open, one in its old folder, or the same name in a
 * folder beside that one, which was renamed; null where none is found.
 */
export function findNameOf({ dev, ino }: FileIdentity, oldName: string): string | null {
  const folder = dirname(oldName)
  const names = [
    ...listOpenFiles().map(({ path }) => path),
    ...listFolder(folder).map((name) => join(folder, name)),
    ...listFolder(dirname(folder)).map((name) => join(dirname(folder), name, basename(oldName))),
  ]
  const found = names.find((path) => path !== oldName && tryTo(() => isSameFile(path, { dev, ino })))
  return found ?? null
}

function listFolder(path: string): string[] {
  return tryTo(() => readdirSync(path)) ?? []
}

function tryTo<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
