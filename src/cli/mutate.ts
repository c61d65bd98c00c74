import { availableParallelism } from 'node:os'
import { defineCommand } from 'citty'
import { killersOf, type MutantVerdict } from '../harness/mutation/judge.ts'
import { layers as allLayers } from '../harness/mutation/layers/index.ts'
import type { Layer } from '../harness/mutation/layers/layer.ts'
import type { Mutant } from '../harness/mutation/model.ts'
import { listMutants } from '../harness/mutation/mutants.ts'
import { judgeInThreads } from '../harness/mutation/pool.ts'
import { isProven, type MutationReport, makeReport } from '../harness/mutation/report.ts'
import { UsageError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { loadSuite, suiteArgument } from './load-suite.ts'
import { checkPage, writePage } from './mutation-page.ts'
import { printJson } from './output/json.ts'
import { renderReport, renderVerdict } from './output/mutation.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'
import { suggest } from './suggest.ts'

export const mutateCommand = defineCommand({
  meta: {
    name: 'mutate',
    description:
      'Plant one fault at a time in the migrations and the migrator, and show which layer of the suite sees ' +
      'it. A mutant that no layer kills is a hole in the suite.',
  },
  args: {
    operator: { type: 'string', valueHint: 'name', description: 'try the mutants of this operator only' },
    layer: { type: 'string', valueHint: 'name', description: 'run this layer only' },
    mutant: {
      type: 'string',
      valueHint: 'id',
      description: 'try this mutant only, and show what each layer saw',
    },
    write: { type: 'boolean', description: 'write the kill matrix into docs/mutation.md' },
    suite: suiteArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const start = performance.now()
    const suite = await loadSuite(args.suite)
    const every = listMutants(suite)
    const mutants = chooseMutants(every, args)
    const layers = chooseLayers(args.layer)
    const verdicts = await judge(mutants, layers, args.suite)
    const isOwn = args.suite === undefined
    const isWhole = mutants.length === every.length && layers.length === allLayers.length
    const equivalents = isOwn ? (await import('../suite/mutation.ts')).equivalentMutants : []
    const report = makeReport({ mutants, verdicts, layers, equivalents, isWhole })
    const durationMilliseconds = performance.now() - start
    if (args.json) printJson(toJson(report, verdicts, durationMilliseconds))
    else print(report, verdicts, args.mutant !== undefined, durationMilliseconds)
    if (args.write && isWhole && isOwn) writePage(report)
    else if (isWhole && isOwn) checkPage(report)
    return isProven(report) ? exitCodes.proven : exitCodes.notProven
  },
})

function chooseMutants(
  mutants: readonly Mutant[],
  { operator, mutant: id }: { readonly operator?: string | undefined; readonly mutant?: string | undefined },
): readonly Mutant[] {
  const names = [...new Set(mutants.map((mutant) => mutant.operator))]
  if (operator !== undefined) requireOne('--operator', operator, names)
  if (id !== undefined)
    requireOne(
      '--mutant',
      id,
      mutants.map((mutant) => mutant.id),
    )
  return mutants.filter(
    (mutant) => (id ?? mutant.id) === mutant.id && (operator ?? mutant.operator) === mutant.operator,
  )
}

function chooseLayers(name: string | undefined): readonly Layer[] {
  if (name === undefined) return allLayers
  requireOne(
    '--layer',
    name,
    allLayers.map((layer) => layer.name),
  )
  return allLayers.filter((layer) => layer.name === name)
}

function requireOne(option: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return
  const near = suggest(value, names)
  throw new UsageError({
    where: option,
    expected:
      names.length > 80 ? `one of ${names.length} ids such as ${names[0]}` : `one of ${names.join(', ')}`,
    actual: `'${value}'`,
    remedy: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

/** The same file from src/cli and from dist/cli: threads run the bundle. */
const workerFile = new URL('../../dist/cli/mutate.worker.js', import.meta.url)

async function judge(
  mutants: readonly Mutant[],
  layers: readonly Layer[],
  suiteFile: string | undefined,
): Promise<MutantVerdict[]> {
  const progress = progressOn(process.stderr)
  const verdicts: MutantVerdict[] = []
  let survivors = 0
  try {
    await judgeInThreads(
      mutants.map(({ id }) => id),
      {
        worker: workerFile,
        workerData: { suiteFile },
        threads: Math.min(2, availableParallelism()),
        layers: layers.map(({ name }) => name),
        onVerdict: (verdict) => {
          verdicts.push(verdict)
          if (killersOf(verdict).length === 0) survivors += 1
          progress.show(
            `${verdicts.length} of ${mutants.length} mutants, ${survivors} not killed: ${verdict.id}`,
          )
        },
      },
    )
  } finally {
    progress.clear()
  }
  return verdicts
}

function print(
  report: MutationReport,
  verdicts: readonly MutantVerdict[],
  isDetailed: boolean,
  duration: number,
): void {
  const style = styleFor(process.stdout)
  const details = isDetailed ? verdicts.map((verdict) => renderVerdict(verdict, style)) : []
  process.stdout.write(`${[...details, renderReport(report, style, duration)].join('\n\n')}\n`)
}

function toJson(report: MutationReport, verdicts: readonly MutantVerdict[], durationMilliseconds: number) {
  const { operators, layers, behaviourRate, survivors, equivalents, wrongEquivalents } = report
  const ordered = verdicts.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  return {
    outcome: isProven(report) ? 'proven' : 'not-proven',
    durationMilliseconds,
    behaviourRate,
    survivors,
    equivalents,
    wrongEquivalents,
    operators,
    layers,
    mutants: ordered.map((verdict) => ({
      id: verdict.id,
      operator: verdict.operator,
      fault: verdict.fault,
      killedBy: killersOf(verdict),
      milliseconds: verdict.layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      layers: verdict.layers.map(({ layer, milliseconds, symptoms }) => ({
        layer,
        milliseconds,
        symptoms: symptoms.length,
      })),
    })),
  }
}
