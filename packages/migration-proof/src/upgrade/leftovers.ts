import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { listNames } from './run-files.ts'
import { type Leftover, removeDeadRuns } from './run-folder.ts'

/**
 * Removes what dead runs on the same file left in a folder, and returns what else looks like a leftover: of running runs, of
 * runs on another file, and of earlier releases, whose drafts had no lock. Those may be anything.
 *
 * @param file the absolute path of the database
 * @param needed a path that stays, whatever it is in
 */
export function clearLeftovers(folder: string, file: string, needed?: string): Leftover[] {
  const name = basename(file)
  const left = removeDeadRuns(folder, file, needed)
  const old = listNames(folder)
    .filter((entry) => isOldDraft(entry, name) || isOldRehearsal(folder, entry, name))
    .map((entry) => join(folder, entry))
    .filter((path) => path !== needed)
  return [...left, ...old.map((path) => ({ path, state: 'unknown', file: null }) as const)]
}

/**
 * Clears the folder of this run, and what earlier ones on the same file left in the others where they may have worked:
 * beside the file, and among the temporary files, where what a run on another file left does not concern this one.
 *
 * @param folder where this run works
 * @param file the absolute path of the database
 */
export function clearAllLeftovers(folder: string, file: string): Leftover[] {
  const others = new Set([dirname(file), tmpdir()].map((other) => resolve(other)))
  others.delete(resolve(folder))
  return [
    ...clearLeftovers(folder, file),
    ...[...others].flatMap((other) => removeDeadRuns(other, file).filter(({ state }) => state === 'unknown')),
  ]
}

/** `data.db.v2.TIME.backup.unfinished`, `data.db.restoring` and what SQLite makes beside them. */
function isOldDraft(entry: string, name: string): boolean {
  if (!entry.startsWith(`${name}.`)) return false
  const rest = entry.slice(name.length)
  return /^(\.v\d+\..+\.backup\.unfinished|\.restoring)(-journal|-wal|-shm)?$/.test(rest)
}

/** `upgrade-rehearsal-XXXXXX`, with a copy in it. */
function isOldRehearsal(folder: string, entry: string, name: string): boolean {
  return /^upgrade-(rehearsal|preview)-.{6}$/.test(entry) && existsSync(join(folder, entry, name))
}
