// Goal: the simulated disk is asked for the same as a real one. Creating, writing, truncating, syncing and
// removing, in order, with places and lengths, are those of better-sqlite3 under strace.
import { fileURLToPath } from 'node:url'
import {
  describeLog,
  type JournalMode,
  journalModes,
  loadSimulator,
  type Simulator,
  simulateUpgrade,
} from 'migration-proof/faults'
import { beforeAll, describe, expect, it } from 'vitest'
import { canRun, need } from '../../packages/migration-proof/tests/support/needs.ts'
import { placeFile } from './support/native.ts'
import { filesOf, optionsOf } from './support/paths.ts'
import { traceProgram } from './support/strace.ts'

const strace = need('strace', canRun('strace', '-o', '/dev/null', 'true'))
const program = fileURLToPath(new URL('programs/trace.mjs', import.meta.url))
let simulator: Simulator

const traced = ['fresh', 'v0-first-release', 'v2', 'v5']
const modes = [...journalModes, 'application'] as const
const upgrades = traced.flatMap((path) => modes.map((mode) => ({ path, mode })))

/** What better-sqlite3 asks of the disk during each upgrade. */
const native = new Map<string, readonly string[]>()

beforeAll(async () => {
  simulator = await loadSimulator()
  if (strace.isMet) traceNative()
})

/** One process does all upgrades: most of what it takes is to start it. */
function traceNative() {
  const placed = upgrades.map(({ path, mode }) => ({ path, mode, place: placeFile(path) }))
  try {
    const folders = placed.map(({ path, place }) => ({
      folder: place.folder,
      names: [...filesOf(path).keys()],
    }))
    const changes = traceProgram(folders, [
      program,
      ...placed.flatMap(({ place, mode }) => [place.file, mode]),
    ])
    for (const [index, { path, mode }] of upgrades.entries())
      native.set(`${path} ${mode}`, changes[index] ?? [])
  } finally {
    for (const { place } of placed) place[Symbol.dispose]()
  }
}

/** What the simulated disk is asked for during an upgrade. */
function traceSimulation(path: string, journalMode: JournalMode): string[] {
  const { log } = simulateUpgrade(simulator, optionsOf(path, journalMode))
  const changes = log.filter(({ kind }) => kind !== 'acknowledge')
  return describeLog(changes, [...filesOf(path).keys()]).map((line) => line.replace(/^\d+ /, ''))
}

describe.skipIf(!strace.isMet)(`what an upgrade asks of the disk (${strace.reason})`, () => {
  it.for(upgrades)('is the same in the simulation: $path, as $mode', ({ path, mode }) => {
    // The server's own way is WAL.
    const actual = traceSimulation(path, mode === 'application' ? 'wal' : mode)
    expect(actual).toEqual(native.get(`${path} ${mode}`))
    expect(actual.length).toBeGreaterThan(40)
  })
})
