import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readGoldenSchemas } from './databases.ts'
import { runSequence, type SequenceOptions, type SequenceResult } from './sequence.ts'
import { canMount } from './small-disk.ts'

export interface SequencesOptions extends Omit<SequenceOptions, 'isKept'> {
  readonly first: number
  readonly count: number
  readonly jobs: number
  readonly isKept?: boolean
  readonly onResult?: (result: SequenceResult, finished: number) => void
  /** Whether to go on; asked before each sequence. */
  readonly goesOn?: (findings: readonly SequenceResult[]) => boolean
}

export interface Summary {
  readonly results: readonly SequenceResult[]
  readonly findings: readonly SequenceResult[]
  readonly text: string
}

/** The command line of the package in this folder, and a folder in memory where there is one: an fsync of a real disk takes long. */
export function defaultsOf(
  project: string,
  folder?: string,
): Omit<SequencesOptions, 'first' | 'count' | 'jobs'> {
  const parent = folder ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  return {
    project,
    parent,
    golden: readGoldenSchemas(project),
    canMount: canMount(parent),
    programs: {
      commandLine: [process.execPath, join(project, 'dist', 'cli', 'main.cjs')],
      server: join(project, 'tests', 'torture', 'programs', 'server.mjs'),
      visitor: join(project, 'tests', 'torture', 'programs', 'visitor.mjs'),
      look: 'look',
    },
  }
}

/** Runs the sequences of the seeds from the first one on, several at a time. */
export async function runSequences(options: SequencesOptions): Promise<Summary> {
  const { first, count, jobs, onResult = () => {}, goesOn = () => true } = options
  const parent = mkdtempSync(join(options.parent, 'torture-'))
  const startedAt = performance.now()
  const results: SequenceResult[] = []
  const findings: SequenceResult[] = []
  let next = first
  const work = async () => {
    while (next < first + count && goesOn(findings)) {
      const seed = next++
      const result = await runSequence(seed, { ...options, parent }).catch((cause) => {
        throw new Error(`The test itself failed at seed ${seed}.`, { cause })
      })
      results.push(result)
      if (result.violations.length > 0) findings.push(result)
      onResult(result, results.length)
    }
  }
  try {
    // A mistake of the test itself ends it, after the other sequences have ended and removed their files.
    const ends = await Promise.allSettled(Array.from({ length: jobs }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  } finally {
    if (options.isKept !== true) rmSync(parent, { recursive: true, force: true })
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { results, findings, text: summarize(results, findings, seconds, options.canMount) }
}

function summarize(
  results: readonly SequenceResult[],
  findings: readonly SequenceResult[],
  seconds: number,
  mounts: boolean,
): string {
  const runs = results.reduce((sum, result) => sum + result.runs, 0)
  const byStep = countAll(results.flatMap(({ steps }) => steps))
  const byFault = results.map(({ faults }) => faults).reduce((sum, faults) => addUp(sum, faults), {})
  const byKind = countAll(
    findings.flatMap(({ violations }) => [...new Set(violations.map(({ kind }) => kind))]),
  )
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    `${results.length} sequences, ${runs} runs of the command line, ${seconds.toFixed(0)} s`,
    `  Steps: ${list(byStep)}`,
    `  Killed, stopped or made to fail: ${list(byFault)}`,
    ...(mounts ? [] : ['  No small disks: this user may not mount a file system.']),
    `  Findings: ${findings.length}${findings.length === 0 ? '' : ` (${list(byKind)}), of the seeds ${findings.map(({ seed }) => seed).join(' ')}`}`,
  ].join('\n')
}

function countAll(names: readonly string[]): Record<string, number> {
  return names.reduce<Record<string, number>>((sum, name) => addUp(sum, { [name]: 1 }), {})
}

function addUp(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one }
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count
  return sum
}
