import { createHash } from 'node:crypto'
import { countOf, formatCount } from '../../count.ts'
import { howToRun } from '../../how-to-run.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import { formatDuration } from '../../report/words.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { type Column, formatTable, widthOn } from '../output/text.ts'
import { describeMode } from './jobs.ts'
import type { BadCase, JobResult } from './run-job.ts'
import type { Timing } from './run-jobs.ts'

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

/** The results as a table, with a row per path and journal mode. */
export function renderResults(results: readonly JobResult[], style: Style): string {
  const rows = new Map<string, JobResult[]>()
  for (const result of results) {
    const key = `${result.job.path} ${describeMode(result.job)}`
    rows.set(key, [...(rows.get(key) ?? []), result])
  }
  return formatTable(
    columns,
    [...rows.values()].map((ofRow) => renderRow(ofRow, style)),
    style,
    widthOn(process.stdout),
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
    first === undefined ? '' : describeMode(first.job),
    formatCount(sum(losses, ({ points }) => points)),
    formatCount(images),
    seconds === 0 ? '' : formatCount(Math.round(images / seconds)),
    formatCount(sum(results, ({ faults }) => faults)),
    formatCount(sum(results, ({ refused }) => refused)),
    bad === 0 ? style('green', '0') : style('red', formatCount(bad)),
  ]
}

function imagesPerSecond({ images }: CrashSummary, { imagesMilliseconds }: Timing): number {
  return imagesMilliseconds === 0 ? 0 : Math.round((images * 1000) / imagesMilliseconds)
}

/** The last lines: what was proven, or what failed. */
export function renderSummary(summary: CrashSummary, seed: number, timing: Timing, style: Style): string {
  const { images, points, faults, bad, hash } = summary
  const rate = `${formatCount(imagesPerSecond(summary, timing))} images per second on ${countOf(timing.threads, 'thread')}`
  const outcome =
    bad === 0
      ? style('green', 'Every one is one whole version, from which the upgrade continues.')
      : style('red', `${countOf(bad, 'case')} ${bad === 1 ? 'is' : 'are'} bad.`)
  return [
    `${countOf(images, 'different image')} of ${countOf(points, 'crash point')}, ${rate}; ${countOf(faults, 'disk fault')}; ${formatDuration(timing.totalMilliseconds)}.`,
    `Seed ${seed}, hash of all images ${hash.slice(0, 16)}.`,
    outcome,
  ].join('\n')
}

/** One bad case, where it was kept, and how to repeat it. */
export function renderCase({ id, defect, detail }: BadCase, kept: string | null, repeat: string): string {
  return [
    `${id}: ${defect}: ${printable(detail)}`,
    ...(kept === null ? [] : [`  kept in ${kept}`]),
    `  repeat: ${repeat}`,
  ].join('\n')
}

/** What a sweep found, over all its jobs. */
export interface CrashSummary {
  /** How many distinct images of a power loss were opened and judged. */
  readonly images: number
  /** How many images and faults were bad. */
  readonly bad: number
  /** A hash of all images in their order: the same for the same seed. */
  readonly hash: string
  /** At how many points the power failed. */
  readonly points: number
  /** How many disk faults were injected. */
  readonly faults: number
  readonly cases: readonly BadCase[]
}

export function summarise(results: readonly JobResult[]): CrashSummary {
  const hash = createHash('sha256')
  for (const { job, images } of results) hash.update(`${JSON.stringify(job)}\n${images.join('\n')}\n`)
  const cases = results.flatMap(({ bad }) => bad)
  return {
    images: new Set(results.filter(isOfPowerLoss).flatMap(({ images }) => images)).size,
    bad: cases.length,
    hash: hash.digest('hex'),
    points: sum(results, ({ points }) => points),
    faults: sum(results, ({ faults }) => faults),
    cases,
  }
}

function isOfPowerLoss({ job }: Pick<JobResult, 'job'>): boolean {
  return job.kind !== 'disk-faults'
}

function sum(results: readonly JobResult[], countOf: (result: JobResult) => number): number {
  return results.reduce((total, result) => total + countOf(result), 0)
}

interface SweepOutcome {
  readonly seed: number
  readonly results: readonly JobResult[]
  readonly timing: Timing
  readonly summary: CrashSummary
  /** The folders of the kept cases, by id. */
  readonly kept?: ReadonlyMap<string, string>
}

/** What is reported of a sweep: cases with the same defect on the same path are one problem. */
function problemsOf(results: readonly JobResult[]): Problem[] {
  const groups = new Map<string, (BadCase & Pick<JobResult, 'job'>)[]>()
  for (const { job, bad } of results) {
    for (const found of bad) {
      const key = JSON.stringify([job.path, describeMode(job), found.defect])
      groups.set(key, [...(groups.get(key) ?? []), { ...found, job }])
    }
  }
  return [...groups.values()].flatMap((found) => {
    const [first, ...others] = found
    if (first === undefined) return []
    const { job, defect, id, detail } = first
    return [
      makeProblem(defect, {
        subject: {
          type: 'upgrade',
          name: `the upgrade of ${job.path} in journal mode ${job.journalMode}`,
        },
        expected: 'one whole version, from which the upgrade goes on',
        actual: others.length === 0 ? detail : `${detail}, and ${others.length} more like it`,
        why: 'A server that loses its power while it upgrades could not start again, or would lose rows.',
        fix: `see it with \`${howToRun('crash', '--replay', id)}\``,
        seenIn: found.map((each) => each.id),
      }),
    ]
  })
}

/** What a sweep found, as data, with only the number of images of each job. */
export function toJson({ seed, results, timing, summary, kept }: SweepOutcome) {
  const { images, bad, hash, points, faults } = summary
  return {
    seed,
    images,
    bad,
    hash,
    points,
    faults,
    imagesPerSecond: imagesPerSecond(summary, timing),
    ...timing,
    problems: problemsOf(results),
    kept: [...(kept ?? [])].map(([id, folder]) => ({ id, folder })),
    parts: results.map(({ job, images: ofPart, bad: badOfPart, ...counts }) => ({
      ...job,
      ...counts,
      images: ofPart.length,
      bad: badOfPart.length,
    })),
  }
}
