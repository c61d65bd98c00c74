import type { Leftover } from '../../upgrade/run-folder.ts'
import { leftFolders } from '../../upgrade/run-folder.ts'
import { warn } from '../explain-error.ts'
import { printable } from './printable.ts'

const said = new Set<string>()

/** Names the folders that this run could not remove. The result of the run is another matter. */
export function warnOfLeftFolders(): void {
  for (const path of leftFolders().filter((each) => !said.has(each))) {
    said.add(path)
    warn(
      `${path} could not be removed, and may hold rows of the database: look at it, and delete it; the next run on the same file removes what is left of this one.`,
    )
  }
}

/** What other runs left, in one line; none where there is nothing. */
export function renderLeftovers(leftovers: readonly Leftover[]): string[] {
  if (leftovers.length === 0) return []
  return [`  Left by other runs, and not removed: ${leftovers.map(describeLeftover).join(', ')}`]
}

/** Where it is, and what to do about it. */
export function describeLeftover(leftover: Leftover): string {
  return `${printable(leftover.path)} (${describe(leftover)})`
}

function describe({ state, file }: Leftover): string {
  if (state === 'alive') return 'that run goes on'
  if (state === 'unknown') return 'not known to be of a run that ended: look at it, and delete it yourself'
  return `of a run on ${printable(file ?? 'another file')} that was killed: the next run on that file removes it`
}
