import { spawnSync } from 'node:child_process'
import { findPackageFolder, readPackageVersion } from '../../gate/side.ts'
import { findLocation } from '../../history/location.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Suite } from '../../proof/suite.ts'
import type { History, Results } from '../../report/model.ts'
import { changeProblems, judge } from '../../report/problems.ts'
/** The parts that a suite gives by itself, in the order in which they are run. */
export const partNames = [
  'history',
  'contracts',
  'upgrades',
  'findings',
  'mutation',
  'crash',
  'fuzz',
  'engines',
] as const

/** The parts of the results. */
export type PartName = (typeof order)[number]

/** The command that shows a part by itself. */
export function repeatPart(part: string): string {
  const commands: Readonly<Record<string, string>> = {
    upgrades: 'verify',
    findings: 'lint',
    mutation: 'mutate',
    crash: 'crash',
    gate: 'gate',
  }
  const command = commands[part]
  return command === undefined ? howToRun('report', '--parts', part) : howToRun(command)
}

/** What makes each part. A part without one is not run, and null in the results. */
export type Parts = {
  readonly [Name in PartName]?: (
    soFar: Readonly<Pick<Results, PartName>>,
  ) => Results[Name] | Promise<Results[Name]>
}

export interface CollectOptions {
  /** Called before each part. */
  readonly onStart?: (part: PartName) => void
  /** Called after each part, with what it made. */
  readonly onEnd?: (part: PartName, results: Readonly<Pick<Results, PartName>>) => void
}

const order = [...partNames, 'gate'] as const

/** Runs parts one after another, `gate` last, and collects what they found in the one model of results. */
export async function collectResults(
  suite: Pick<Suite, 'name' | 'fixtures'>,
  parts: Parts,
  { onStart, onEnd }: CollectOptions = {},
): Promise<Results> {
  const startedAt = new Date().toISOString()
  const start = performance.now()
  let found: Pick<Results, PartName> = {
    upgrades: null,
    findings: null,
    mutation: null,
    crash: null,
    contracts: null,
    fuzz: null,
    gate: null,
    history: null,
    engines: null,
  }
  for (const name of order) {
    const run = parts[name]
    if (run === undefined) continue
    onStart?.(name)
    found = { ...found, [name]: locate(await run(found), found.history) }
    onEnd?.(name, found)
  }
  const folder = findPackageFolder(suite.fixtures)
  return {
    format: 2,
    suite: suite.name,
    packageVersion: (folder === null ? null : readPackageVersion(folder)) ?? '0.0.0',
    commit: folder === null ? null : readCommit(folder),
    startedAt,
    durationMilliseconds: performance.now() - start,
    outcome: judge(found),
    ...found,
  }
}

/** Gives each problem of a part that has no location the statement that it comes from, where the history is known. */
function locate<Part>(part: Part, history: History | null): Part {
  if (part === null || typeof part !== 'object' || !('problems' in part || 'snapshots' in part)) return part
  const judged = part as Part & Parameters<typeof changeProblems>[0]
  return changeProblems(judged, (problem) =>
    problem.location === null
      ? { ...problem, location: findLocation(history?.versions ?? [], problem) }
      : problem,
  )
}

/** The commit that a folder is at; null without git. */
function readCommit(folder: string): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
