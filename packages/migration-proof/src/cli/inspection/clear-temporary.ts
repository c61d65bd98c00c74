import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, resolve } from 'node:path'
import type { Leftover } from '../../upgrade/run-folder.ts'

/**
 * Removes the copies of a file that killed runs left among the temporary files, and returns what may be one and was
 * not removed. Where there is none, which is nearly always, that takes one look at the names.
 */
export async function clearTemporary(file: string): Promise<readonly Leftover[]> {
  const path = resolve(file)
  const prefix = `${basename(path)}.unfinished-`
  if (!listNames(tmpdir()).some((name) => name.startsWith(prefix))) return []
  const { removeDeadRuns } = await import('../../upgrade/run-folder.ts')
  return removeDeadRuns(tmpdir(), path).filter(({ state }) => state === 'unknown')
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
