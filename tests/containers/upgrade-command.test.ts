/**
 * Goal: a person who upgrades a file with the command, on a volume in a container, has either the file of
 * before or the upgraded one, whatever happens, and a clear message says what is wrong.
 */

import { loadSnapshot } from 'migration-proof'
import type { StartedTestContainer } from 'testcontainers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { docker } from './engines/runtime.ts'
import { containers, needContainers, nodeImage } from './support/need-containers.ts'
import { fillDisk, runNode, runOnLargeFile } from './support/reports.ts'
import { copyOut, exitCodeOf, placeFile, put, upgrade, upgradeCommand, Volume } from './support/volume.ts'
import { examineVersion } from './support/whole-version.ts'

const snapshot = 'v1'
const { bytes } = loadSnapshot(suite.fixtures, snapshot)
const untouched = { version: 1, deviations: [] }
const upgraded = { version: latestVersion, deviations: [] }

describe.skipIf(!containers.isReady)('the command upgrade on a volume', () => {
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

  it('upgrades the file', async () => {
    expect(await upgrade(keeper)).toMatchObject({ exitCode: 0 })
    expect(await examine()).toEqual(upgraded)
  })

  it.for(['Making the backup', 'Running v3'])(
    'is killed at "%s", and the file is what it was',
    async (text) => {
      const before = await runOnLargeFile(keeper, 'grow', 8000, 4000)
      const killed = await volume.startRunning(upgradeCommand, text)
      await docker('kill', '--signal', 'KILL', killed.getId())
      expect(await exitCodeOf(killed)).toBe(137)
      expect(await runOnLargeFile(keeper, 'report')).toEqual(before)
      expect(await upgrade(keeper)).toMatchObject({ exitCode: 0 })
      const { records, content } = before
      expect(await runOnLargeFile(keeper, 'report')).toMatchObject({
        version: latestVersion,
        integrity: 'ok',
        records,
        content,
      })
    },
  )

  it('runs twice at the same moment, and each of the two ends well or says why not', async () => {
    const other = await volume.startIdle()
    const ended = await Promise.all([upgrade(keeper), upgrade(other)])
    const refused = ended.filter(({ exitCode }) => exitCode !== 0)
    expect(refused.length).toBeLessThan(2)
    for (const { output } of refused) expect(output).toContain('Error: ')
    expect(await examine()).toEqual(upgraded)
  })

  it('says that a mount is read-only, and changes nothing', async () => {
    const reader = await volume.startIdle((container) => volume.readOnly(container))
    const { exitCode, output } = await upgrade(reader)
    expect({ exitCode, output }).toMatchObject({
      exitCode: 2,
      output: expect.stringContaining('expected a file that can be written, found one that can only be read'),
    })
    expect(await examine()).toEqual(untouched)
  })

  it('says that the disk is too full, and changes nothing', async () => {
    const small = await volume.startIdle((container) =>
      container.withBindMounts([]).withTmpFs({ '/data': 'rw,size=1m' }),
    )
    await put(small, bytes, '/start.db')
    await fillDisk(small, 160 * 1024)
    const { exitCode, output } = await upgrade(small)
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/Error: .*\b(?:space|full|free)\b/)
    await runNode(small, `fs.cpSync('/data', '/copy', { recursive: true })`)
    expect(await examine(small, '/copy')).toEqual(untouched)
  })

  it('says that a server holds the file, and changes nothing', async () => {
    const holder = await volume.startHolding('--hold-at', '3')
    await docker('pause', holder.getId())
    const { exitCode, output } = await upgrade(keeper)
    expect(exitCode).not.toBe(0)
    expect(output).toContain('a file that no other process has open')
    await docker('unpause', holder.getId())
    await docker('kill', '--signal', 'KILL', holder.getId())
    expect(await examine()).toEqual(untouched)
  })
})

if (!containers.isReady) it('the command upgrade on a volume', ({ skip }) => needContainers(skip))
