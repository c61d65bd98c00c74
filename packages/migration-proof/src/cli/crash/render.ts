import { formatCount, formatDuration, plural } from '../../report/numbers.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'
import type { BadCase, JobResult } from './run-job.ts'
import type { Timing } from './run-jobs.ts'
import { type CrashSummary, isOfPowerLoss, sum } from './summary.ts'

const columns: readonly Column[] = [
  { title: 'path' },
  { title: 'journal' },
  { title: 'crash\npoints', align: 'right' },
  { title: 'images', align: 'right' },
  { title: 'images\nper s', align: 'right' },
  { title: 'disk\nfaults', align: 'right' },
  { title: 'reported', align: 'right' },
  { title: 'bad', align: 'right' },
]

/** The results as a table, a row for each path and journal mode. */
export function renderResults(results: readonly JobResult[], style: Style): string {
  const rows = new Map<string, JobResult[]>()
  for (const result of results) {
    const key = `${result.job.path} ${result.job.journalMode}`
    rows.set(key, [...(rows.get(key) ?? []), result])
  }
  return formatTable(
    columns,
    [...rows.values()].map((ofRow) => renderRow(ofRow, style)),
    style,
  )
}

function renderRow(results: readonly JobResult[], style: Style): string[] {
  const [first] = results
  const losses = results.filter(isOfPowerLoss)
  const images = new Set(losses.flatMap((result) => result.images)).size
  const seconds = sum(losses, ({ durationMilliseconds }) => durationMilliseconds) / 1000
  const bad = sum(results, (result) => result.bad.length)
  return [
    first?.job.path ?? '',
    first?.job.journalMode ?? '',
    formatCount(sum(losses, ({ points }) => points)),
    formatCount(images),
    seconds === 0 ? '' : formatCount(Math.round(images / seconds)),
    formatCount(sum(results, ({ faults }) => faults)),
    formatCount(sum(results, ({ refused }) => refused)),
    bad === 0 ? style('green', '0') : style('red', formatCount(bad)),
  ]
}

export function imagesPerSecond({ images }: CrashSummary, { imagesMilliseconds }: Timing): number {
  return imagesMilliseconds === 0 ? 0 : Math.round((images * 1000) / imagesMilliseconds)
}

/** The last lines: what was proven, or what was not. */
export function renderSummary(summary: CrashSummary, seed: number, timing: Timing, style: Style): string {
  const { images, points, faults, bad, hash } = summary
  const rate = `${formatCount(imagesPerSecond(summary, timing))} images per second on ${plural(timing.threads, 'thread')}`
  const outcome =
    bad === 0
      ? style('green', 'Every one is one whole version, and the upgrade goes on from it.')
      : style('red', `${plural(bad, 'case')} ${bad === 1 ? 'is' : 'are'} bad.`)
  return [
    `${plural(images, 'different image')} of ${plural(points, 'crash point')}, ${rate}; ${plural(faults, 'disk fault')}; ${formatDuration(timing.totalMilliseconds)}.`,
    `Seed ${seed}, hash of all images ${hash.slice(0, 16)}.`,
    outcome,
  ].join('\n')
}

/** One bad case, where it was kept, and how to see it again. */
export function renderCase({ id, defect, detail }: BadCase, kept: string | null, repeat: string): string {
  return [
    `${id}: ${defect}: ${printable(detail)}`,
    ...(kept === null ? [] : [`  kept in ${kept}`]),
    `  again: ${repeat}`,
  ].join('\n')
}
