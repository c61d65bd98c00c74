import { describeObstacle, type Rollback } from '../checks/rollback.ts'
import { countOf, formatCount } from '../count.ts'
import { isFinding } from '../findings/finding.ts'
import { isNew } from '../problem.ts'
import type { Results } from './model.ts'
import type { judgedParts } from './problems.ts'
import { listProblems } from './problems.ts'

/** The parts in words. */
export const partTitles: Readonly<Record<(typeof judgedParts)[number], string>> = {
  upgrades: 'Upgrades of snapshots',
  findings: 'Weaknesses of the schema',
  mutation: 'Injected faults',
  crash: 'Power and disk failures',
  contracts: 'Query plans',
  fuzz: 'Random rows',
  gate: 'Release gate',
}

/** What a part proved, in a few words; `not run` where it was not. */
export function summarisePart(results: Results, part: keyof typeof partTitles): string {
  return results[part] === null ? 'not run' : summaries[part](results)
}

const summaries: Readonly<Record<keyof typeof partTitles, (results: Results) => string>> = {
  upgrades: ({ upgrades }) => {
    const snapshots = upgrades?.snapshots ?? []
    const passed = snapshots.filter(({ outcome }) => outcome === 'passed').length
    const checks = snapshots.reduce((sum, each) => sum + countCompared(each.checks), 0)
    return `${passed} of ${countOf(snapshots.length, 'snapshot')} proven, ${countOf(checks, 'check')}`
  },
  findings: ({ findings }) => {
    const problems = findings?.problems ?? []
    const all = problems.filter(isFinding)
    const accepted = all.filter(({ status }) => status === 'accepted').length
    const unused = problems.length - all.length
    return `${all.length - accepted} open, ${accepted} accepted${unused === 0 ? '' : `, ${countOf(unused, 'unused waiver')}`}`
  },
  mutation: ({ mutation }) => {
    const survivors = mutation?.problems.filter(({ code }) => code === 'mutant-survived').length ?? 0
    const mutants = mutation?.mutants ?? 0
    return `${formatCount(mutants - survivors)} of ${countOf(mutants, 'mutant')} killed`
  },
  crash: ({ crash }) =>
    `${countOf(crash?.images ?? 0, 'disk image')}, ${countOf(crash?.faults ?? 0, 'disk fault')}, ${formatCount(crash?.bad ?? 0)} bad`,
  contracts: ({ contracts }) => {
    const all = contracts?.contracts ?? []
    return `${all.length - (contracts?.problems.length ?? 0)} of ${countOf(all.length, 'statement')} served as declared`
  },
  fuzz: ({ fuzz }) => {
    const failed = fuzz?.properties.filter(({ outcome }) => outcome === 'failed').length ?? 0
    return `${countOf(fuzz?.rows ?? 0, 'random row')}, ${countOf(failed, 'failure')}`
  },
  gate: (results) => {
    const failed = listProblems(results).filter(({ problem }) => isNew(problem)).length
    return failed === 0 ? 'nothing new' : countOf(failed, 'new problem')
  },
}

/** How many checks had something to compare. */
export function countCompared(checks: readonly { readonly outcome: string }[]): number {
  return checks.filter(({ outcome }) => outcome !== 'not-applicable').length
}

/** What roll-backs to the version before do, in a few sentences; empty where none could be judged. */
export function describeRollbacks(rollbacks: readonly Rollback[]): string {
  const possible = rollbacks.filter(({ outcome }) => outcome === 'possible').map(({ version }) => version)
  const others = rollbacks.filter(({ outcome }) => outcome !== 'possible')
  return [
    ...(possible.length === 0
      ? []
      : [`The program of the version before can go on with a file of ${nameVersions(possible)}.`]),
    ...others.map(describeRollback),
  ].join(' ')
}

function describeRollback({ version, outcome, obstacles }: Rollback): string {
  const [first] = obstacles
  const needs = outcome === 'breaks' ? 'breaks it' : 'needs an expand step first'
  if (first === undefined) return `v${version} ${needs}.`
  const count = obstacles.length === 1 ? '' : `${obstacles.length} statements, such as `
  return `v${version} ${needs}: ${count}${describeObstacle(first)}.`
}

/** Versions, the ones in a row together: `v1 to v4, v6`. */
function nameVersions(versions: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const version of versions) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === version - 1) last[1] = version
    else runs.push([version, version])
  }
  return runs.map(([first, last]) => (first === last ? `v${first}` : `v${first} to v${last}`)).join(', ')
}

/** A duration as a person reads it: `8 ms`, `1.4 s`, `3 min 20 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
