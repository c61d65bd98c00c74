import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import type { Replay } from '../faults/replay.ts'
import { replayFault, replayImage } from '../faults/replay.ts'
import { loadSimulator, type Simulator } from '../faults/simulator.ts'
import { howToRun } from '../how-to-run.ts'
import type { Suite } from '../proof/suite.ts'
import { writePrivately } from '../snapshots/open.ts'
import { suggest } from '../suggest.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type CrashCase, freshPath, listAllJobs, listJobs, listPaths, parseCaseId } from './crash/jobs.ts'
import {
  type CrashSummary,
  renderCase,
  renderResults,
  renderSummary,
  summarise,
  toJson,
} from './crash/render.ts'
import type { BadCase, JobResult } from './crash/run-job.ts'
import { sweepOptions } from './crash/run-job.ts'
import { runJobs, type Timing } from './crash/run-jobs.ts'
import { type ExitCode, exitCodes, refuseTogether, UsageError } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { print, printJson } from './output/print.ts'
import { printable } from './output/printable.ts'
import { styleFor } from './output/style.ts'
import { addTimes, renderTiming, timingArgument } from './output/timing.ts'
import { readThreads, threadsArgument } from './process/threads.ts'

/** How many bad cases are shown and kept; the JSON lists all of them. */
const shownCases = 5

export const crashCommand = defineCommand({
  meta: {
    name: 'crash',
    description:
      'Prove that no power failure and no disk error loses data: on a simulated disk, the power fails at every ' +
      'point of every upgrade, and the disk at every call. What is left must be one whole version, from which the ' +
      'upgrade continues.',
    examples: [
      { call: 'crash', does: 'test the upgrade of every snapshot' },
      { call: 'crash --snapshot v2 --seed 7', does: 'test one upgrade, with another seed' },
      {
        call: 'crash --exhaustive --keep-dir images',
        does: 'try far more cases, and keep the bad images in a folder',
      },
    ],
  },
  args: {
    snapshot: {
      type: 'string',
      valueHint: 'name',
      description: `test the upgrade of this snapshot only; ${freshPath} is a new install`,
    },
    seed: { type: 'string', valueHint: 'number', description: 'the seed of random choices; defaults to 1' },
    'every-path': {
      type: 'boolean',
      description: 'break each upgrade on its whole way, and not only up to the next snapshot',
    },
    exhaustive: {
      type: 'boolean',
      description: 'run the upgrade again on every image, try more images, and use three seeds',
    },
    replay: {
      type: 'string',
      valueHint: 'id',
      description: 'repeat one case, by the id that was printed',
    },
    'keep-dir': {
      type: 'string',
      valueHint: 'folder',
      description: 'where to keep bad images and their logs; defaults to crash-images',
    },
    threads: threadsArgument,
    timing: timingArgument,
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }): Promise<ExitCode> => {
    if (args.replay !== undefined) {
      const { snapshot, seed, exhaustive, 'every-path': everyPath, threads } = args
      refuseTogether('replay', 'which repeats one case as it was', {
        snapshot,
        seed,
        exhaustive,
        'every-path': everyPath,
        threads,
        timing: args.timing,
      })
    }
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    const { 'keep-dir': folder = 'crash-images', json = false } = args
    if (args.replay !== undefined) return replay(suite, args.replay, { folder, json })
    const paths = choosePaths(suite, args.snapshot)
    const isWhole = args['every-path'] === true || args.snapshot !== undefined
    const seed = readSeed(args.seed)
    const threads = readThreads(args.threads)
    // Before any thread starts, which could only report that it failed.
    await loadSimulator()
    const effort = args.exhaustive ? 'exhaustive' : 'full'
    const jobs = isWhole ? listJobs(paths, seed, effort) : listAllJobs(suite, seed, effort)
    const { results, timing } = await runJobs(suite, jobs, configFile, threads)
    const summary = summarise(results)
    // Of an upgrade that fails by itself there is no image.
    const shown = summary.cases.slice(0, shownCases).filter(({ defect }) => defect !== 'fails-together')
    const kept = await keepCases(suite, shown, folder)
    const sweep = { suite, seed, results, timing, summary, kept }
    const where = {
      kind: addTimes(results.map(({ job, durationMilliseconds: time }) => [job.kind, time])),
      path: addTimes(results.map(({ job, durationMilliseconds: time }) => [job.path, time])),
    }
    if (json)
      printJson({ suite: suite.name, ...toJson(sweep), ...(args.timing === true ? { timing: where } : {}) })
    else {
      printSweep(sweep)
      if (args.timing === true) print(`\n${renderTiming(where, styleFor(process.stdout))}`)
    }
    return summary.bad === 0 ? exitCodes.proven : exitCodes.notProven
  },
})

interface Sweep {
  readonly suite: Suite
  readonly seed: number
  readonly results: readonly JobResult[]
  readonly timing: Timing
  readonly summary: CrashSummary
  /** The folders of the kept cases, by id. */
  readonly kept: ReadonlyMap<string, string>
}

async function keepCases(
  suite: Suite,
  cases: readonly BadCase[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  if (cases.length === 0) return new Map()
  const simulator = await loadSimulator()
  return new Map(
    cases.map(({ id }) => [id, keepReplay(folder, id, replayCase(simulator, suite, parseCaseId(id)))]),
  )
}

/** The power fails for the migrator of this package, which `upgrade` uses. */
function ofOwnMigrator(tool: string): string {
  return `Applied by the migrator of this package, as upgrade applies them, and not by ${printable(tool)}: what a stop of that leaves, ${howToRun('lint')} shows as half-done.`
}

function printSweep({ suite, seed, results, timing, summary, kept }: Sweep) {
  const style = styleFor(process.stdout)
  const shown = summary.cases
    .slice(0, shownCases)
    .map((bad) => renderCase(bad, kept.get(bad.id) ?? null, howToRun('crash', '--replay', bad.id)))
  const { runner } = suite.plan
  const applied = runner === undefined ? [] : [ofOwnMigrator(runner.tool)]
  const parts = [
    renderResults(results, style),
    ...shown,
    renderSummary(summary, seed, timing, style),
    ...applied,
  ]
  print(parts.join('\n\n'))
}

interface ReplayOptions {
  readonly folder: string
  readonly json: boolean
}

async function replay(suite: Suite, id: string, { folder, json }: ReplayOptions): Promise<ExitCode> {
  const crashCase = parseCaseId(id)
  const found = replayCase(await loadSimulator(), suite, crashCase)
  const { verdict, log } = found
  const kept = keepReplay(folder, id, found)
  if (json) printJson({ id, verdict, kept, log })
  else {
    const outcome =
      verdict.outcome === 'whole'
        ? `version ${verdict.version}, whole`
        : `${verdict.defect}: ${verdict.detail}`
    print([...log, '', `${id}: ${outcome}`, `kept in ${kept}`].join('\n'))
  }
  return verdict.outcome === 'whole' ? exitCodes.proven : exitCodes.notProven
}

/**
 * The paths to test: all, or the named one.
 *
 * @throws {UsageError} when the suite has none of that name
 */
export function choosePaths(suite: Suite, name: string | undefined): string[] {
  const paths = listPaths(suite, true)
  if (name === undefined) return paths
  if (paths.includes(name)) return [name]
  const near = suggest(name, paths)
  throw new UsageError({
    where: '--snapshot',
    expected: `one of ${paths.join(', ')}`,
    actual: `'${name}'`,
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

/**
 * The value of `--seed`; defaults to 1.
 *
 * @throws {UsageError} when it is not an integer in range
 */
export function readSeed(text = '1'): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError({
    where: '--seed',
    expected: 'a whole number from 0 to 999999999',
    actual: `'${text}'`,
    fix: 'give such a number, or none',
  })
}

/**
 * Writes the files of an image, and the log that led to it, to a new folder that only its owner can read: the files
 * contain rows.
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

/** Creates the folder, with a number after its name if it already exists. */
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

/**
 * Repeats one case of a sweep.
 *
 * @throws {UsageError} when the suite has no such path
 */
export function replayCase(simulator: Simulator, suite: Suite, crashCase: CrashCase): Replay {
  const { path } = crashCase
  const paths = [...new Set([...listPaths(suite), ...listPaths(suite, true)])]
  if (!paths.includes(path)) {
    throw new UsageError({
      where: '--replay',
      expected: `one of the paths ${paths.join(', ')}`,
      actual: `'${path}'`,
      fix: 'copy the id of the failure, and name the config that it was found with',
    })
  }
  // The images of a full sweep are among those of an exhaustive one, with the same ids.
  const unitBytes = crashCase.kind === 'image' ? crashCase.unitBytes : 512
  const options = sweepOptions(suite, { ...crashCase, unitBytes, effort: 'exhaustive' })
  return crashCase.kind === 'image'
    ? replayImage(simulator, options, crashCase.image)
    : replayFault(simulator, options, crashCase.fault)
}
