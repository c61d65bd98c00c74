// Goal: the simulated disk is asked for the same as a real one. Creating, writing, truncating, syncing and
// removing, in order, with places and lengths, are those of better-sqlite3 under strace.
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  describeLog,
  type JournalMode,
  journalModes,
  loadSimulator,
  runUpgrade,
  type Simulator,
} from '../../src/harness/faults/index.ts'
import { placeFile } from './support/native.ts'
import { canRun, need } from './support/needs.ts'
import { filesOf, optionsOf } from './support/paths.ts'
import { traceProgram } from './support/strace.ts'

const strace = need('strace', canRun('strace', '-o', '/dev/null', 'true'))
const program = fileURLToPath(new URL('programs/trace.mjs', import.meta.url))
let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

const traced = ['fresh', 'v0-first-release', 'v2', 'v5']
const upgrades = traced.flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode })))

/** What better-sqlite3 asks of the disk during an upgrade. */
function traceNative(path: string, mode: JournalMode | 'application'): string[] {
  using native = placeFile(path)
  return traceProgram(native.folder, [...filesOf(path).keys()], [program, native.file, mode])
}

/** What the simulated disk is asked for during an upgrade. */
function traceSimulation(path: string, journalMode: JournalMode): string[] {
  const { log } = runUpgrade(simulator, optionsOf(path, journalMode))
  const changes = log.filter(({ kind }) => kind !== 'acknowledge')
  return describeLog(changes, [...filesOf(path).keys()]).map((line) => line.replace(/^\d+ /, ''))
}

describe.skipIf(!strace.isMet)(`what an upgrade asks of the disk (${strace.reason})`, () => {
  it.for(upgrades)('is the same in the simulation: $path, $journalMode', ({ path, journalMode }) => {
    const actual = traceSimulation(path, journalMode)
    expect(actual).toEqual(traceNative(path, journalMode))
    expect(actual.length).toBeGreaterThan(40)
  })

  it.for(traced)('is the same when the server opens and upgrades %s', (path) => {
    expect(traceSimulation(path, 'wal')).toEqual(traceNative(path, 'application'))
  })
})
