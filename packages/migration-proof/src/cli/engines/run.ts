import { dirname } from 'node:path'
import { MissingEngineError, type OpenedEngine, openEngine } from '../../compatibility/open-engine.ts'
import { type EngineProof, proveOnEngine } from '../../compatibility/prove-on-engine.ts'
import { type EngineName, engineNames, isEngineName } from '../../engines/engine-names.ts'
import { howToRun } from '../../how-to-run.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { suggest } from '../../suggest.ts'
import { UsageError } from '../errors.ts'
import { progressOn } from '../output/progress.ts'

/** What the engines of a run proved, and those that are not installed. */
export interface EnginesReport {
  readonly engines: readonly EngineProof[]
  readonly missing: readonly MissingEngine[]
  /** Those that belong to no engine that ran. */
  readonly problems: readonly Problem[]
}

export interface MissingEngine {
  readonly engine: string
  /** The command that installs it. */
  readonly install: string
}

/** The snapshots of a run. */
export interface ChosenSnapshots {
  readonly all: readonly string[]
  /** Those whose upgrade the engine of the harness does not refuse: the others, few engines can say more of. */
  readonly upgraded: readonly string[]
}

/**
 * Opens the engines that a command names; without any, the one that the config says the application ships. Where all are asked
 * for, one that is not installed is named, and in CI that is a problem; one that was asked for by its name must be there.
 *
 * @param given the values of `--engine`
 * @returns what proves snapshots on them, each engine in a process of its own, and ends these
 * @throws {UsageError} for a name that is none of an engine
 * @throws {MissingEngineError}
 */
export function openEngines(
  suite: Suite,
  configFile: string,
  given: readonly string[],
): (snapshots: ChosenSnapshots) => EnginesReport {
  const isAll = given.includes('all')
  const engines: OpenedEngine[] = []
  const missing: MissingEngineError[] = []
  for (const engine of chooseEngines(suite, given)) {
    const options = engine === suite.engine ? suite.engineOptions : {}
    try {
      engines.push(openEngine(engine, { folder: dirname(configFile), options }))
    } catch (error) {
      if (!isAll || !(error instanceof MissingEngineError)) throw error
      missing.push(error)
    }
  }
  return (snapshots) => proveOnEngines(suite, engines, missing, snapshots)
}

function chooseEngines({ engine }: Suite, given: readonly string[]): readonly EngineName[] {
  if (given.includes('all')) return engineNames
  if (given.length === 0) return [engine]
  return [...new Set(given)].map((name) => {
    if (isEngineName(name)) return name
    const near = suggest(name, engineNames)
    throw new UsageError({
      where: '--engine',
      expected: `one of ${engineNames.join(', ')}, or all`,
      actual: `'${name}'`,
      fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
    })
  })
}

function proveOnEngines(
  suite: Suite,
  engines: readonly OpenedEngine[],
  missing: readonly MissingEngineError[],
  { all, upgraded }: ChosenSnapshots,
): EnginesReport {
  const progress = progressOn(process.stderr)
  try {
    const proofs = engines.map((engine) => {
      const onSnapshot = (name: string) => progress.show(`${engine.id}: ${name}`)
      const snapshots = engine.takesBatches === true ? all : upgraded
      return proveOnEngine(suite, engine, { snapshots, onSnapshot })
    })
    return {
      engines: proofs,
      missing: missing.map(({ engine, install }) => ({ engine, install })),
      problems: process.env.CI ? missing.map(describeMissing) : [],
    }
  } finally {
    progress.clear()
    for (const engine of engines) engine[Symbol.dispose]()
  }
}

function describeMissing({ engine, diagnosis }: MissingEngineError): Problem {
  return makeProblem('engine', {
    subject: { type: 'package', name: engine },
    expected: diagnosis.expected,
    actual: diagnosis.actual,
    why: 'In CI, no engine is skipped.',
    fix: `${diagnosis.fix}, or name the engines that are to be proven: ${howToRun('verify', '--engine', 'NAME')}`,
  })
}
