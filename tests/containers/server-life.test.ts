/**
 * Goal: whatever happens to the server while it upgrades its file, on a volume in a container, the file is at
 * a whole version with every row, the next start goes on from there, and a server that can still speak says
 * clearly what is wrong.
 */

import { definePlan, loadSnapshot, migrate, openSnapshot, type StatementEvent } from 'migration-proof'
import type { StartedTestContainer } from 'testcontainers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { latestVersion, migrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { docker } from './engines/runtime.ts'
import { containers, needContainers, nodeImage } from './support/need-containers.ts'
import { eventOf, fillDisk, query, runNode, runOnLargeFile, startOf } from './support/reports.ts'
import { copyOut, exitCodeOf, placeFile, put, serve, Volume } from './support/volume.ts'
import { examineVersion } from './support/whole-version.ts'

const snapshot = 'v1'
const { bytes } = loadSnapshot(suite.fixtures, snapshot)

const upgraded = { version: latestVersion, deviations: [] }

describe.skipIf(!containers.isReady)('a server on a volume', () => {
  let volume: Volume
  let keeper: StartedTestContainer

  beforeAll(async () => {
    volume = await Volume.make(nodeImage())
    keeper = await volume.startIdle()
  })
  beforeEach(() => placeFile(keeper, bytes))
  afterEach(() => volume.leaveOnly(keeper))
  afterAll(() => volume.remove())

  const examine = async (from = keeper, folder = '/data') => {
    using copy = await copyOut(from, folder)
    return examineVersion(copy.file, snapshot)
  }

  it.for(killPoints())('is killed $moment, and the next start finishes', async ({ statement, version }) => {
    const killed = await volume.startHolding('--hold-at', String(statement))
    await docker('kill', '--signal', 'KILL', killed.getId())
    expect(await exitCodeOf(killed)).toBe(137)
    expect(await examine()).toEqual({ version, deviations: [] })
    expect(startOf(await serve(keeper))).toMatchObject({ from: version, to: latestVersion })
    expect(await examine()).toEqual(upgraded)
  })

  it('is killed for its memory in the middle of a version, and the next start finishes', async () => {
    const small = await volume.startIdle((container) => container.withResourcesQuota({ memory: 0.0625 }))
    const { statement, version } = middleOfLast()
    expect(await serve(small, '--eat-at', String(statement))).toMatchObject({ exitCode: 137 })
    expect(await examine()).toEqual({ version, deviations: [] })
    expect(startOf(await serve(keeper))).toMatchObject({ from: version, to: latestVersion })
    expect(await examine()).toEqual(upgraded)
  })

  it('starts twice at the same moment, and one of the two does the work', async () => {
    const other = await volume.startIdle()
    const ended = await Promise.all([serve(keeper), serve(other)])
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    const applied = ended.flatMap((server) => startOf(server).applied)
    expect(applied.toSorted()).toEqual([2, 3, 4, 5, 6])
    expect(await examine()).toEqual(upgraded)
  })

  it('starts five times in a row, each while the others serve, and no write is lost', async () => {
    const others = await Promise.all([1, 2, 3, 4].map(() => volume.startIdle()))
    const ended = await Promise.all(
      [keeper, ...others].map(async (container, place) => {
        await new Promise((resolve) => setTimeout(resolve, place * 150))
        return serve(container, '--serve-for', '1500')
      }),
    )
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0])
    const written = ended.map((server) => Number(eventOf(server, 'served').written))
    expect(Math.min(...written)).toBeGreaterThan(0)
    const total = written.reduce((sum, count) => sum + count, 0)
    expect(await query(keeper, `DELETE FROM record WHERE cid = 'a-cid'`)).toBe(total)
    expect(await examine()).toEqual(upgraded)
  })

  it('says that a mount is read-only, and changes nothing', async () => {
    const reader = await volume.startIdle((container) => volume.readOnly(container))
    const { exitCode, output } = await serve(reader)
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('DatabaseOpenError'),
    })
    expect(output).toContain('can only be read')
    using copy = await copyOut(keeper)
    expect(examineVersion(copy.file, snapshot)).toEqual({ version: 1, deviations: [] })
  })

  it('waits no longer than its timeout for a paused server that holds the lock, and says so', async () => {
    const holder = await volume.startHolding(
      '--hold-at',
      String(middleOfLast().statement),
      '--hold-for',
      '2000',
    )
    await docker('pause', holder.getId())
    const { exitCode, output } = await serve(keeper, '--busy-timeout', '200')
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('DatabaseBusyError'),
    })
    await docker('unpause', holder.getId())
    expect(await exitCodeOf(holder)).toBe(0)
    expect(await examine()).toEqual(upgraded)
  })

  it('says that the disk is full, keeps what it had, and finishes once there is room', async () => {
    const small = await volume.startIdle((container) =>
      container.withBindMounts([]).withTmpFs({ '/data': 'rw,size=1m' }),
    )
    await put(small, bytes, '/start.db')
    // Room for the first migrations, but not for the last.
    await fillDisk(small, 160 * 1024)
    const { exitCode, output } = await serve(small)
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('SQLITE_FULL'),
    })
    await runNode(small, `fs.cpSync('/data', '/copy', { recursive: true })`)
    const { version, deviations } = await examine(small, '/copy')
    expect(version).toBeLessThan(latestVersion)
    expect(deviations).toEqual([])
    await runNode(small, `fs.rmSync('/data/ballast')`)
    expect(startOf(await serve(small))).toMatchObject({ from: version, to: latestVersion })
    await runNode(small, `fs.cpSync('/data', '/finished', { recursive: true })`)
    expect(await examine(small, '/finished')).toEqual(upgraded)
  })

  it('upgrades 500 MB in 64 MiB of memory, or is killed for it and loses nothing', async () => {
    const before = await runOnLargeFile(keeper, 'grow', 130_000, 4000)
    expect(before.bytes).toBeGreaterThan(500e6)
    const small = await volume.startIdle((container) => container.withResourcesQuota({ memory: 0.0625 }))
    const { exitCode } = await serve(small)
    expect([0, 137]).toContain(exitCode)
    const after = await runOnLargeFile(keeper, 'report')
    expect(after).toMatchObject({ integrity: 'ok', records: before.records, content: before.content })
    expect(after.version).toBe(exitCode === 0 ? latestVersion : expect.any(Number))
    expect(startOf(await serve(keeper))).toMatchObject({ from: after.version, to: latestVersion })
  })
})

if (!containers.isReady) it('a server on a volume', ({ skip }) => needContainers(skip))

/** Where a server is killed: before each COMMIT, and in the middle of the last migration. */
function killPoints() {
  const statements = listStatements()
  const commits = statements.flatMap(({ sql }, place) => (sql === 'COMMIT' ? [place + 1] : []))
  const points = commits.map((statement, place) => ({
    moment: `before version ${place + 2} is committed`,
    statement,
    version: place + 1,
  }))
  return [...points, middleOfLast()]
}

function middleOfLast() {
  const statements = listStatements()
  const own = statements.flatMap(({ version }, place) => (version === latestVersion ? [place + 1] : []))
  const statement = own[Math.floor(own.length / 2)] ?? 0
  return { moment: `in the middle of version ${latestVersion}`, statement, version: latestVersion - 1 }
}

/** The statements of the upgrade, in the order in which every engine runs them. */
function listStatements(): StatementEvent[] {
  const statements: StatementEvent[] = []
  using copy = openSnapshot(suite.fixtures, snapshot, { on: 'memory' })
  migrate(copy.connection, definePlan(migrations), { beforeStatement: (event) => statements.push(event) })
  return statements
}
