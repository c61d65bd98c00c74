import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorMessage } from '../../errors.ts'
import type { Side } from '../../gate/side.ts'
import { changedVersions, readSide } from '../../gate/side.ts'
import { hashOf } from '../../gate/statements.ts'
import type { Mutant } from '../../mutation/model.ts'
import { isNew, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { junitParts } from '../../report/junit.ts'
import type { Results } from '../../report/model.ts'
import { judgedParts, listProblems, problemsOf } from '../../report/problems.ts'
import { type ExitCode, exitCodes, refuseTogether, UsageError } from '../errors.ts'
import { printIn, readFormat } from '../output/format.ts'
import { say } from '../output/print.ts'
import { progressOn } from '../output/progress.ts'
import { styleFor } from '../output/style.ts'
import { addTimes, renderTiming, type Timing, timingOfProofs } from '../output/timing.ts'
import { readOwnPackage } from '../program.ts'
import type { Format } from '../report/formats.ts'
import { formatResults } from '../report/formats.ts'
import { collectResults, type PartName, type Parts, partNames } from '../results/collect.ts'
import type { MutantChoice } from '../results/mutation.ts'
import { listParts } from '../results/parts.ts'
import { type Base, openBase, openProject, type Project } from './base.ts'
import { inspectHistory } from './inspect.ts'
import { compareWithBase, describeFailedPart } from './proofs.ts'
import { isShown, renderGate, renderPart } from './render.ts'

const files: readonly (readonly [name: string, format: Format])[] = [
  ['results.json', 'json'],
  ['gate.sarif', 'sarif'],
  ['junit.xml', 'junit'],
  ['summary.md', 'markdown'],
  ['report.html', 'html'],
]

/**
 * Makes the folder of the outputs, before anything is run that would be lost without it.
 *
 * @throws {UsageError} when it cannot be made
 */
export function openOutput(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    throw new UsageError(
      {
        where: `--output-dir ${folder}`,
        expected: 'a folder that can be written',
        actual: `the error '${errorMessage(cause)}'`,
        fix: 'name another folder',
      },
      { cause },
    )
  }
}

/** Writes the results in every format into a folder. */
export async function writeOutputs(folder: string, results: Results): Promise<void> {
  for (const [name, format] of files) {
    writeFileSync(join(folder, name), await formatResults(results, format))
  }
}

/**
 * Adds the summary to the page of the job, where GitHub Actions runs this:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
 */
export async function appendJobSummary(
  results: Results,
  file = process.env.GITHUB_STEP_SUMMARY,
): Promise<void> {
  if (file !== undefined && file !== '') appendFileSync(file, await formatResults(results, 'markdown'))
}

/** How many mutants a quick run tries: about a minute on two cores. */
const quickMutants = 320

/**
 * The mutants of the versions that a change adds or edits, or of the latest where it does neither. Where they are
 * many, every second, third and so on is taken, so that each operator keeps its share.
 */
export function chooseQuickMutants(head: Side, base: Side | null, mutants: readonly Mutant[]): MutantChoice {
  const hashes = (head.recorded ?? []).map((migration) => ({
    version: migration.version,
    hash: hashOf(migration),
  }))
  const latest = hashes.length
  const changed = base === null ? [] : changedVersions(base.ledger, hashes)
  const versions = changed.length === 0 ? [latest] : changed
  // The faults of the data are injected into a further version, too, which should change nothing.
  const isChosen = ({ version }: Mutant) => versions.includes(Math.min(version, latest))
  const chosen = mutants.filter(isChosen)
  const names = versions.map((version) => `v${version}`).join(', ')
  if (chosen.length <= quickMutants) return { mutants: chosen, limitedTo: `the mutants of ${names}` }
  const sample = chosen.filter(
    (_, index) =>
      Math.floor((index * quickMutants) / chosen.length) !==
      Math.floor(((index - 1) * quickMutants) / chosen.length),
  )
  return { mutants: sample, limitedTo: `${sample.length} of the ${chosen.length} mutants of ${names}` }
}

/** The path whose upgrade a quick run breaks: that of the newest file that people hold. */
export function chooseQuickPaths({ snapshots }: Suite): readonly string[] {
  const newest = snapshots.toSorted((left, right) => left.version - right.version).at(-1)
  return newest === undefined ? ['fresh'] : [newest.name]
}

export interface GateArguments {
  readonly base?: string | undefined
  readonly full?: boolean | undefined
  readonly history?: boolean | undefined
  readonly 'output-dir'?: string | undefined
  readonly config?: string | undefined
  readonly format?: string | undefined
  readonly timing?: boolean | undefined
  readonly json?: boolean | undefined
}

/**
 * Runs every proof once, compares with the base, and reports what stands in the way of a release.
 *
 * @throws {UsageError} when an argument is wrong, or the base is not there
 */
export async function runGate(args: GateArguments): Promise<ExitCode> {
  const format = readFormat(args)
  if (args.history) refuseTogether('history', 'which proves no upgrade', { full: args.full })
  const outputFolder = args['output-dir']
  if (outputFolder !== undefined) openOutput(outputFolder)
  const project = await openProject(args.config)
  const head = readSide(project.layout, project.suite)
  using base = args.base === undefined ? null : await openBase(project, args.base)
  if (base?.config === 'none')
    say(`${base.ref} has no config of that name: it is read through its ledger alone.`)
  if (args.base !== undefined && base === null) say('There is no git here: the ledger alone is compared.')
  const gate = new Gate(project, head, base)
  const results = await gate.run(args)
  if (outputFolder !== undefined) await writeOutputs(outputFolder, results)
  await appendJobSummary(results)
  await printIn(format, {
    suite: results.suite,
    json: results,
    text: () => {
      const style = styleFor(process.stdout)
      return [
        renderGate(results, style),
        ...(args.timing === true ? [renderTiming(timingOf(results), style)] : []),
      ].join('\n\n')
    },
    parts: junitParts(results),
    problems: listProblems(results).map(({ problem }) => problem),
  })
  return results.outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
}

function timingOf(results: Results): Timing {
  const parts = judgedParts.flatMap((part) => {
    const milliseconds = results[part]?.durationMilliseconds
    return milliseconds === undefined ? [] : [[part, milliseconds] as const]
  })
  return { part: addTimes(parts), ...timingOfProofs(results.upgrades?.snapshots ?? []) }
}

/** The objects that waivers accept, and those of the base did not; none where the base cannot be read. */
function findNewWaivers(suite: Suite | null, base: Suite | null): NonNullable<Results['gate']>['newWaivers'] {
  if (suite === null || base === null) return []
  const known = new Set(
    base.waivers.flatMap(({ code, objects }) => objects.map((object) => `${code} ${object}`)),
  )
  return suite.waivers.flatMap(({ code, objects, reason }) => {
    const added = objects.filter((object) => !known.has(`${code} ${object}`))
    return added.length === 0 ? [] : [{ code, objects: added, reason }]
  })
}

class Gate {
  readonly #project: Project
  readonly #head: Side
  readonly #base: Base | null
  readonly #failedParts: Problem[] = []
  #compared: Partial<Results> = {}

  constructor(project: Project, head: Side, base: Base | null) {
    this.#project = project
    this.#head = head
    this.#base = base
  }

  async run(args: GateArguments): Promise<Results> {
    const { suite, layout } = this.#project
    const isTried = suite !== null && this.#head.failure === null && !args.history
    const parts = isTried ? this.#parts(suite, args.full === true) : {}
    const style = styleFor(process.stderr)
    const progress = progressOn(process.stderr)
    const results = await collectResults(
      suite ?? { name: 'unknown', fixtures: layout.fixtures },
      { ...parts, gate: (soFar) => this.#judge(soFar) },
      {
        onStart: (part) => progress.show(part),
        onEnd: (part, soFar) => {
          progress.clear()
          if (isShown(part)) say(renderPart(part, soFar[part], style))
        },
      },
    )
    // A part may have failed for what the base has too: that does not count against this change.
    return { ...results, ...this.#compared, outcome: results.gate?.outcome ?? 'failed' }
  }

  /** What is random is no reason to stop a release. */
  #parts(suite: Suite, isFull: boolean): Parts {
    const { configFile, layout } = this.#project
    const origin = this.#base?.origin ?? null
    const all = listParts(suite, configFile, {
      sources: { folder: layout.sources, root: layout.project },
      chooseMutants: isFull ? undefined : (mutants) => chooseQuickMutants(this.#head, origin, mutants),
      crashPaths: isFull ? undefined : chooseQuickPaths(suite),
    })
    const names = partNames.filter((name) => name !== 'fuzz')
    return Object.fromEntries(names.map((name) => [name, this.#guard<unknown>(name, all[name])]))
  }

  /** What a part throws is a problem of the change; the parts after it are still run. */
  #guard<Part>(name: PartName, run: () => Promise<Part>): () => Promise<Part | null> {
    return async () => {
      try {
        return await run()
      } catch (error) {
        const problem = describeFailedPart(name, error)
        this.#failedParts.push(problem)
        return null
      }
    }
  }

  async #judge(soFar: Pick<Results, PartName>): Promise<Results['gate']> {
    const start = performance.now()
    const base = this.#base
    const problems = [...inspectHistory(this.#project, this.#head, base), ...this.#failedParts]
    const compared = await compareWithBase(soFar, base)
    this.#compared = compared
    const all = [...problems, ...Object.values(compared).flatMap(problemsOf)]
    return {
      outcome: all.some(isNew) ? 'failed' : 'passed',
      durationMilliseconds: performance.now() - start,
      limitedTo: null,
      base: base?.ref ?? null,
      baseConfig: base?.config ?? null,
      harnessVersion: readOwnPackage().version,
      newWaivers: findNewWaivers(this.#project.suite, base?.suite?.suite ?? null),
      problems,
    }
  }
}
