import type { UpgradeProof } from '../../checks/verify.ts'
import { formatDuration } from '../../report/words.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { formatTable, widthOn } from './text.ts'

/** Where the time of a command went, in milliseconds: by check, by snapshot, and so on. Threads count each for itself. */
export type Timing = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The option of each command that may take long. */
export const timingArgument = {
  type: 'boolean',
  description: 'say at the end where the time went, also with --json',
} as const

/** Adds up times by a name, in the order in which the names come. */
export function addTimes(
  times: Iterable<readonly [name: string, milliseconds: number]>,
): Record<string, number> {
  const sums = new Map<string, number>()
  for (const [name, milliseconds] of times) sums.set(name, (sums.get(name) ?? 0) + milliseconds)
  return Object.fromEntries(sums)
}

/** Where the time of upgrades went. */
export function timingOfProofs(proofs: readonly UpgradeProof[]): Timing {
  const all = proofs.flatMap(({ snapshot, checks }) =>
    checks.map(({ check, durationMilliseconds }) => ({ snapshot, check, durationMilliseconds })),
  )
  return {
    check: addTimes(all.map(({ check, durationMilliseconds }) => [check, durationMilliseconds])),
    snapshot: addTimes(all.map(({ snapshot, durationMilliseconds }) => [snapshot, durationMilliseconds])),
  }
}

/** How many of the longest are named. */
const shownNames = 12

/** A table for each, the longest first. */
export function renderTiming(timing: Timing, style: Style): string {
  const tables = Object.entries(timing).map(([title, times]) => {
    const all = Object.entries(times).sort(([, left], [, right]) => right - left)
    const total = all.reduce((sum, [, milliseconds]) => sum + milliseconds, 0)
    const row = (name: string, milliseconds: number) => [
      printable(name),
      formatDuration(milliseconds),
      total === 0 ? '' : `${Math.round((100 * milliseconds) / total)} %`,
    ]
    const rest = all.slice(shownNames)
    const rows = [
      ...all.slice(0, shownNames).map(([name, milliseconds]) => row(name, milliseconds)),
      ...(rest.length === 0
        ? []
        : [
            row(
              `${rest.length} others`,
              rest.reduce((sum, [, milliseconds]) => sum + milliseconds, 0),
            ),
          ]),
    ]
    const columns = [
      { title: `Time by ${title}` },
      { title: '', align: 'right' as const },
      { title: '', align: 'right' as const },
    ]
    return formatTable(columns, rows, style, widthOn(process.stdout))
  })
  return tables.join('\n\n')
}
