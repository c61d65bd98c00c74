import { lstatSync } from 'node:fs'
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
