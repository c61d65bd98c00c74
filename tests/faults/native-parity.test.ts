// Goal: the simulated disk is asked for the same as a real one. Creating, writing, truncating, syncing and
// removing, in order, with places and lengths, are those of better-sqlite3 under strace.
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  describeLog,
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

const upgrades = ['fresh', 'v0-first-release', 'v2', 'v5'].flatMap((path) =>
  journalModes.map((journalMode) => ({ path, journalMode })),
)

describe.skipIf(!strace.isMet)(`what an upgrade asks of the disk (${strace.reason})`, () => {
  it.for(upgrades)('is the same in the simulation: $path, $journalMode', ({ path, journalMode }) => {
    using native = placeFile(path)
    const names = [...filesOf(path).keys()]
    const expected = traceProgram(native.folder, names, [program, native.file, journalMode])
    const { log } = runUpgrade(simulator, optionsOf(path, journalMode))
    const changes = log.filter(({ kind }) => kind !== 'acknowledge')
    const actual = describeLog(changes, names).map((line) => line.replace(/^\d+ /, ''))
    expect(actual).toEqual(expected)
    expect(actual.length).toBeGreaterThan(40)
  })
})
