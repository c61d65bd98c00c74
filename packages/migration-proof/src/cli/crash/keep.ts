import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Replay } from '../../faults/replay.ts'
import { writePrivately } from '../../snapshots/open.ts'

/**
 * Keeps the files of an image, and beside them the log that led to it, in a new folder that only its owner
 * can read: the files hold the rows.
 *
 * @returns the path of the folder
 */
export function keepReplay(folder: string, id: string, { files, verdict, log }: Replay): string {
  const target = join(folder, id.replaceAll('/', '_'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const kept = freeName(target)
  for (const [name, bytes] of files) writePrivately(join(kept, name), bytes)
  const outcome =
    verdict.outcome === 'whole' ? `version ${verdict.version}, whole` : `${verdict.defect}: ${verdict.detail}`
  writePrivately(join(kept, 'log.txt'), Buffer.from(`${[id, outcome, '', ...log].join('\n')}\n`))
  return kept
}

/** Makes the folder under its name, or under the first free one that begins with it. */
function freeName(target: string): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? target : `${target}-${number}`
    if (tryMake(candidate)) return candidate
  }
}

function tryMake(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
