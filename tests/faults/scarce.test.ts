// Goal: a machine that lacks something. A full file system, a limit on the size of files or on how many are
// open, a file or folder that cannot be written: each is a clear error, costs no row, and the upgrade goes on
// when the lack is mended.

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canRun, isRoot, need } from '../../packages/migration-proof/tests/support/needs.ts'
import { makeScratchFolder } from '../support/scratch-folder.ts'
import {
  expectUntouched,
  expectUpgradeGoesOn,
  expectWholeVersion,
  type NativeFile,
  placeFile,
} from './support/native.ts'
import { filesOf } from './support/paths.ts'
import { type UpgradeEnd, upgradeInProcess } from './support/upgrade-process.ts'

const path = 'v2'
const startBytes = [...filesOf(path).values()].reduce((sum, { length }) => sum + length, 0)

/** How much room is left, and how the upgrade may end there: too little, somewhere between, enough. */
const rooms = [
  { kibibytes: 4, exitCodes: [1] },
  { kibibytes: 40, exitCodes: [0, 1] },
  { kibibytes: 4096, exitCodes: [0] },
]

const tmpfs = need('root, and a file system that can be mounted', canMount())

describe.skipIf(!tmpfs.isMet)(`a full file system (${tmpfs.reason})`, { concurrent: true }, () => {
  it.for(rooms)('with room for $kibibytes KiB more loses nothing', async ({ kibibytes, exitCodes }) => {
    using folder = mountSmall(startBytes + kibibytes * 1024)
    using native = placeFile(path, folder.path)
    const end = await upgradeInProcess(native.file)
    expect(exitCodes).toContain(end.exitCode)
    expectSuccessOrCode(end, /^SQLITE_(FULL|IOERR)/)
    // To open a file in WAL mode takes room as well.
    folder.enlarge()
    expectWholeVersion(native, path)
    expectUpgradeGoesOn(native, path)
  })
})

describe.concurrent('a limit on the size of files', () => {
  it.for(rooms)('of $kibibytes KiB more loses nothing', async ({ kibibytes, exitCodes }) => {
    using native = placeFile(path)
    const blocks = Math.ceil((startBytes + kibibytes * 1024) / 512)
    const end = await upgradeInProcess(native.file, {}, ['sh', '-c', `ulimit -f ${blocks}; exec "$0" "$@"`])
    expect(exitCodes).toContain(end.exitCode)
    expectSuccessOrCode(end, /^SQLITE_(FULL|IOERR)/)
    expectWholeVersion(native, path)
    expectUpgradeGoesOn(native, path)
  })
})

describe.concurrent('a limit on open files', () => {
  it.for([0, 1, 2, 3])('that leaves %i of them loses nothing', async (spare) => {
    using native = placeFile(path)
    const prefix = ['sh', '-c', 'ulimit -n 80; exec "$0" "$@"']
    const end = await upgradeInProcess(native.file, { 'spare-descriptors': spare }, prefix)
    expectSuccessOrCode(end, /^SQLITE_(CANTOPEN|IOERR)|^EMFILE/)
    if (spare === 0) expect(end.exitCode).toBe(1)
    expectWholeVersion(native, path)
    expectUpgradeGoesOn(native, path)
  })
})

const anyoneUid = 65534
const asAnyone: Readonly<Record<string, number>> = isRoot ? { uid: anyoneUid } : {}

describe('a file or folder that cannot be written', () => {
  it.for([
    { what: 'file', fileMode: 0o444, folderMode: 0o755 },
    { what: 'folder', fileMode: 0o644, folderMode: 0o555 },
  ])('is a clear error and changes nothing: the $what', async ({ fileMode, folderMode }) => {
    using native = placeFile(path)
    giveAway(native)
    chmodSync(native.file, fileMode)
    chmodSync(native.folder, folderMode)
    const { said, exitCode } = await upgradeInProcess(native.file, asAnyone)
    chmodSync(native.folder, 0o755)
    chmodSync(native.file, 0o644)
    expect(exitCode).toBe(1)
    expect(said.error?.name).toBe('DatabaseOpenError')
    expect(said.error?.message).toMatch(/can be written/)
    expectUntouched(native)
    expectUpgradeGoesOn(native, path)
  })
})

/** Lets the process, which gives up the rights of root, own the file and its folder. */
function giveAway({ file, folder }: NativeFile) {
  if (!isRoot) return
  chownSync(file, anyoneUid, anyoneUid)
  chownSync(folder, anyoneUid, anyoneUid)
}

function expectSuccessOrCode({ said, exitCode, signal }: UpgradeEnd, codes: RegExp) {
  expect(signal).toBeNull()
  if (exitCode === 0) return
  expect(said.error?.code ?? said.error?.message).toMatch(codes)
  expect(said.error?.message).toMatch(/expected .+, found .+; .+\.$/)
}

function canMount(): boolean {
  if (!isRoot) return false
  using folder = makeScratchFolder()
  if (!canRun('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path)) return false
  return canRun('umount', folder.path)
}

/** A file system in memory that takes so many bytes, until it is enlarged. */
function mountSmall(sizeBytes: number) {
  const folder = makeScratchFolder()
  const point = join(folder.path, 'small')
  mkdirSync(point)
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', point)
  return {
    path: point,
    enlarge: () => run('mount', '-o', 'remount,size=32m', point),
    [Symbol.dispose]: () => {
      run('umount', point)
      folder.remove()
    },
  }
}

function run(command: string, ...parameters: string[]) {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr}`)
}
