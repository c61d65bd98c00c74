import { defineCommand } from 'citty'
import { loadSimulator } from '../faults/simulator.ts'
import { howToRun } from '../how-to-run.ts'
import type { Suite } from '../proof/suite.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { parseCaseId } from './crash/case-id.ts'
import { choosePaths, readSeed } from './crash/choose.ts'
import { freshPath, listJobs } from './crash/jobs.ts'
import { toJson } from './crash/json.ts'
import { keepReplay } from './crash/keep.ts'
import { renderCase, renderResults, renderSummary } from './crash/render.ts'
import { replayCase } from './crash/replay-case.ts'
import type { BadCase, JobResult } from './crash/run-job.ts'
import { runJobs, type Timing } from './crash/run-jobs.ts'
import { type CrashSummary, summarise } from './crash/summary.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { loadConfig } from './load-config.ts'
import { printJson } from './output/json.ts'
import { print } from './output/print.ts'
import { styleFor } from './output/style.ts'

/** How many bad cases are shown and kept; the JSON names them all. */
const shownCases = 5

export const crashCommand = defineCommand({
  meta: {
    name: 'crash',
    description:
      'Prove that no power failure and no disk error loses data: on a simulated disk, the power fails at every ' +
      'point of every upgrade, and the disk at every call. What is left must be one whole version, from which the ' +
      'upgrade goes on.',
    examples: [
      { call: 'crash', does: 'break the upgrade of every snapshot' },
      { call: 'crash --snapshot v2 --seed 7', does: 'break one upgrade, with another seed' },
      {
        call: 'crash --exhaustive --keep-dir images',
        does: 'try far more, and keep the bad images in a folder',
      },
    ],
  },
  args: {
    snapshot: {
      type: 'string',
      valueHint: 'name',
      description: `break the upgrade of this snapshot only; ${freshPath} is a new install`,
    },
    seed: { type: 'string', valueHint: 'number', description: 'what chance begins with, instead of 1' },
    exhaustive: {
      type: 'boolean',
      description: 'run the upgrade again on every image, draw more of them, and try three seeds',
    },
    replay: {
      type: 'string',
      valueHint: 'id',
      description: 'make one case again, by the id that was printed',
    },
    'keep-dir': {
      type: 'string',
      valueHint: 'folder',
      description: 'where to keep bad images and their logs, instead of crash-images',
    },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }): Promise<ExitCode> => {
    const suite = await loadConfig(args.config)
    const { 'keep-dir': folder = 'crash-images', json = false } = args
    if (args.replay !== undefined) return replay(suite, args.replay, { folder, json })
    const paths = choosePaths(suite, args.snapshot)
    const seed = readSeed(args.seed)
    // Before any thread begins, which could only say that it failed.
    await loadSimulator()
    const jobs = listJobs(paths, seed, args.exhaustive ? 'exhaustive' : 'full')
    const { results, timing } = await runJobs(jobs, findConfigFile(args.config))
    const summary = summarise(results)
    const kept = await keepCases(suite, summary.cases.slice(0, shownCases), folder)
    const sweep = { suite, seed, results, timing, summary, kept }
    if (json) printJson({ suite: suite.name, ...toJson(sweep) })
    else printSweep(sweep)
    return summary.bad === 0 ? exitCodes.proven : exitCodes.notProven
  },
})

interface Sweep {
  readonly suite: Suite
  readonly seed: number
  readonly results: readonly JobResult[]
  readonly timing: Timing
  readonly summary: CrashSummary
  /** The folders of the cases that were kept, by their ids. */
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

function printSweep({ seed, results, timing, summary, kept }: Sweep) {
  const style = styleFor(process.stdout)
  const shown = summary.cases
    .slice(0, shownCases)
    .map((bad) => renderCase(bad, kept.get(bad.id) ?? null, howToRun('crash', '--replay', bad.id)))
  const parts = [renderResults(results, style), ...shown, renderSummary(summary, seed, timing, style)]
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
