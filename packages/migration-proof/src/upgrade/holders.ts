import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { ifNameable } from '../engines/database-path.ts'

/** A process that has a file open. */
export interface Holder {
  readonly processId: number
  readonly command: string
}

/**
 * The other processes that have the file open, idle ones included: locks do not show those where the file is
 * not in WAL mode. On Linux it lists those processes that the caller may inspect; on other systems the list is
 * empty. See https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export function findHolders(path: string, processes = '/proc'): Holder[] {
  const file = ifNameable(() => statSync(path, { throwIfNoEntry: false }))
  if (file === undefined) return []
  return listFolder(processes)
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => holds(`${processes}/${name}/fd`, file))
    .map((name) => ({ processId: Number(name), command: readCommand(`${processes}/${name}`) }))
}

function holds(folder: string, file: { readonly dev: number; readonly ino: number }): boolean {
  return listFolder(folder).some((name) => {
    const open = tryTo(() => statSync(`${folder}/${name}`, { throwIfNoEntry: false }))
    return open?.ino === file.ino && open.dev === file.dev
  })
}

/** The program that a process runs. Its own name comes second: Node 26 calls itself `node-MainThread` there. */
function readCommand(folder: string): string {
  return (
    tryTo(() => basename(readlinkSync(`${folder}/exe`))) ??
    tryTo(() => readFileSync(`${folder}/comm`, 'utf8').trim()) ??
    'a process that has ended'
  )
}

function listFolder(path: string): string[] {
  return tryTo(() => readdirSync(path)) ?? []
}

/** A process may end at any moment, and most belong to other users. */
function tryTo<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
