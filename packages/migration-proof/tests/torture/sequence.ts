import { dirname } from 'node:path'
import type { Run } from './command.ts'
import { latestVersion } from './compare.ts'
import { randomFrom } from './random.ts'
import { describeRecipe, type Programs, type Stage, type StepKind, steps, upgradeCleanly } from './steps.ts'
import type { Violation } from './violations.ts'
import { World, type WorldOptions } from './world.ts'

export interface SequenceOptions extends WorldOptions {
  readonly programs: Programs
  /** How often each step is drawn; all steps where it is left out. */
  readonly weights?: Readonly<Partial<Record<StepKind, number>>>
  readonly isKept?: boolean
}

/** What one sequence did, and what it found. */
export interface SequenceResult {
  readonly seed: number
  readonly log: readonly string[]
  readonly steps: readonly StepKind[]
  readonly runs: number
  /** How many of the runs were killed, stopped or made to fail, by what was done to them. */
  readonly faults: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
}

const usualWeights: Readonly<Record<StepKind, number>> = {
  upgrade: 34,
  'upgrade beside another program': 9,
  'upgrade two files at once': 10,
  'upgrade one file twice at once': 6,
  'use a served file': 9,
  'serve and crash': 7,
  restore: 16,
  'restore to a missing file': 8,
  inspect: 3,
  'refuse what is foreign': 4,
}

/** Runs the sequence of a seed, and stops at the first step that broke a promise. */
export async function runSequence(seed: number, options: SequenceOptions): Promise<SequenceResult> {
  const random = randomFrom(seed)
  const world = new World(random, options)
  const log: string[] = []
  const done: StepKind[] = []
  const faults: Record<string, number> = {}
  let runs = 0
  const onRun = (run: Run) => {
    runs++
    const kind = kindOf(run)
    if (kind !== null) faults[kind] = (faults[kind] ?? 0) + 1
  }
  const stageOf = (step: number): Stage => ({
    world,
    // Each step has numbers of its own, so that what one draws does not depend on how the last one ended.
    random: randomFrom(seed, step),
    programs: options.programs,
    note: (text) => log.push(text.replaceAll(`${world.folder}/`, '')),
    onRun,
  })
  try {
    for (const tenant of world.tenants)
      log.push(`${tenant.name}: ${describeRecipe(tenant)}${tenant.disk === null ? '' : ', on a small disk'}`)
    const count = random.between(1, 4)
    const weights = options.weights === undefined ? usualWeights : { ...noWeights(), ...options.weights }
    for (let step = 1; step <= count && world.violations.length === 0; step++) {
      const kind = randomFrom(seed, step, 1).weigh(weights)
      done.push(kind)
      await steps[kind](stageOf(step))
    }
    if (world.violations.length === 0) await finish(world, stageOf(1000))
    return { seed, log, steps: done, runs, faults, violations: world.violations }
  } finally {
    if (options.isKept !== true) world.remove()
  }
}

function noWeights(): Record<StepKind, number> {
  return Object.fromEntries(Object.keys(usualWeights).map((kind) => [kind, 0])) as Record<StepKind, number>
}

function kindOf({ fault, injected, signal }: Run): string | null {
  if (signal !== null) return fault.kind === 'kill-at-call' ? 'killed at a system call' : signal
  if (injected !== null) return `failed ${/ (\w+)\(/.exec(injected)?.[1] ?? 'call'}`
  return fault.kind === 'output' ? 'broken output' : null
}

/** The last upgrade of each file is left alone, and then nothing is left that no document names. */
async function finish(world: World, stage: Stage) {
  for (const tenant of world.tenants) {
    const own = () => [...world.dead].filter((path) => world.list().has(path) && isOf(path, tenant.folder))
    if (tenant.content === null) continue
    const isShared = [...world.dead].some((path) => isOf(path, world.backups))
    const plain = { tenant, quick: false, noBackup: false, dryRun: false, backupDir: null, json: false }
    if (isShared) await upgradeCleanly(stage, { ...plain, backupDir: world.backups })
    if (world.violations.length > 0) return
    if (!isShared || own().length > 0) await upgradeCleanly(stage, plain)
    if (world.violations.length > 0) return
    if (tenant.content?.version !== latestVersion)
      world.report('untrue', `${tenant.name} is not at the last version`)
    if ([...world.dead].some((path) => isOf(path, world.temporary) && world.list().has(path))) {
      await upgradeCleanly(stage, { ...plain, dryRun: true })
    }
    for (const path of own()) world.report('leftover', `${world.nameOf(path)} after the last upgrade`)
  }
  const others = [...world.dead].filter((path) => world.list().has(path))
  const isAnyMissing = world.tenants.some(({ content }) => content === null)
  if (!isAnyMissing && world.violations.length === 0) {
    for (const path of others) world.report('leftover', `${world.nameOf(path)} after the last upgrades`)
  }
}

function isOf(path: string, folder: string): boolean {
  return dirname(path) === folder
}
