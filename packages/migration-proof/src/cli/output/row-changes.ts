import { countOf } from '../../count.ts'
import { countRowChanges } from '../../findings/changed-rows.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Suite } from '../../proof/suite.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** How many rows of the snapshots the statements of a migration change. */
export interface CountedChange {
  readonly version: number
  /** Such as `UPDATE note`. */
  readonly what: string
  readonly rows: number
}

/**
 * Counts what the migrations that follow a snapshot change in its rows.
 *
 * @param frozen the names of fixtures; only snapshots count
 */
export function countChangesAfter(suite: Suite, frozen: readonly string[]): CountedChange[] {
  const versions = suite.snapshots.filter(({ name }) => frozen.includes(`snapshots/${name}`))
  const next = new Set(versions.map(({ version }) => version + 1))
  return suite.plan.migrations
    .filter(({ version }) => next.has(version))
    .flatMap((migration) =>
      (countRowChanges(suite, migration) ?? []).map(({ what, rows }) => ({
        version: migration.version,
        what,
        rows,
      })),
    )
}

/** A line for each, and what to do where no row is changed. */
export function renderChanges(changes: readonly CountedChange[], style: Style): string[] {
  const lines = changes.map(({ version, what, rows }) => {
    const mark = rows === 0 ? style('yellow', '!') : style('green', '✓')
    return `${mark} v${version}: ${printable(what)} changes ${rows === 0 ? 'no row' : countOf(rows, 'row')} of the snapshots`
  })
  if (changes.every(({ rows }) => rows > 0)) return lines
  const advice = `What changes no row is not proven: add a snapshot with rows that it changes, or waive it where \`${howToRun('lint')}\` names it.`
  return [...lines, advice]
}
