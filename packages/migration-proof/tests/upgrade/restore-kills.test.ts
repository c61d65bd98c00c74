// Goal: a restore that is killed before any of its changes leaves a whole file, the old or the new one, or none where there
// was none; what was there is kept; and the same command run again finishes, and leaves nothing of the killed run.
import childProcess from 'node:child_process'
import fs, { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { betterSqliteConnection, readContent } from '../../src/index.ts'
import { restoreFile } from '../../src/upgrade/restore-file.ts'
import { makeFolder, makeShop, makeUnfinished, shopWith } from './shop.ts'

const folder = makeFolder()
const place = join(folder.path, 'place')
const file = join(place, 'data.db')
const backup = join(folder.path, 'backup.db')
const old = join(folder.path, 'old.db')

beforeAll(() => {
  makeShop(backup)
  makeShop(old, "INSERT INTO note VALUES ('of the old file')")
})
afterAll(folder.remove)

const starts = [
  { name: 'a file', make: () => copyFileSync(old, file), isThere: true },
  { name: 'a file with a log', make: () => makeUnfinished(old, file, 'log'), isThere: true },
  { name: 'a file with a journal', make: () => makeUnfinished(old, file, 'journal'), isThere: true },
  { name: 'no file', make: () => {}, isThere: false },
  { name: 'a log without its file', make: () => makeSidecars('log'), isThere: false },
  { name: 'a journal without its file', make: () => makeSidecars('journal'), isThere: false },
] as const

describe('killed before each of its changes, with what was there being', () => {
  it.for(starts)('$name', async ({ make, isThere }) => {
    begin(make)
    const [before, after] = [isThere ? readOnce() : null, contentOf(backup)]
    const changes = await restore()
    expect(changes).toBeGreaterThan(5)
    for (let killAt = 1; killAt <= changes; killAt++) {
      begin(make)
      const message = `killed before change ${killAt} of ${changes}`
      // Of a clean-up that fails at the end, it says nothing.
      await Promise.allSettled([restore(killAt)])
      const left = readOnce()
      expect([before, after], message).toContain(left)
      if (before !== null && left === after) expect(contentsAside(), message).toContain(before)
      await restore()
      expect(readOnce(), message).toBe(after)
      if (before !== null) expect(contentsAside(), message).toContain(before)
      expect(
        readdirSync(place).filter((name) => /unfinished|^data\.db-/.test(name)),
        message,
      ).toEqual([])
    }
  })
})

type Change = (...parameters: unknown[]) => unknown

/** What the other process does that copies a file: to start one for each copy would take most of the time. */
function copyHere(_: unknown, [, , path = '', target = '']: readonly string[]) {
  copyFileSync(path, target, fs.constants.COPYFILE_EXCL)
  return { status: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
}

/** Of the functions that the restore calls, those that change a folder or a file. */
const changing: readonly (readonly [module: object, name: string, change: unknown])[] = [
  ...(['linkSync', 'renameSync', 'rmSync', 'rmdirSync', 'chmodSync', 'mkdtempSync', 'openSync'] as const).map(
    (name) => [fs, name, fs[name]] as const,
  ),
  [childProcess, 'spawnSync', copyHere],
]

const originals = [
  ...changing.filter(([module]) => module === fs),
  [childProcess, 'spawnSync', childProcess.spawnSync] as const,
]

/**
 * Restores the file. Where it is to be killed, that change fails, and so does every later one: a dead process cleans up
 * nothing. What SQLite itself writes is in the folder of the run alone.
 *
 * @returns how many changes it made
 */
async function restore(killAt = Number.POSITIVE_INFINITY): Promise<number> {
  let count = 0
  for (const [module, name, original] of changing) {
    const counted: Change = (...parameters) => {
      const isChange = name !== 'openSync' || parameters[1] === 'wx'
      if (isChange) count += 1
      if (isChange && count >= killAt) throw new Error('killed')
      return Reflect.apply(original as Change, module, parameters)
    }
    Object.assign(module, { [name]: counted })
  }
  syncBuiltinESMExports()
  try {
    const request = { path: file, backup, subject: shopWith(''), madeAt: new Date(0), report: () => {} }
    await restoreFile({ ...request, busyTimeoutMilliseconds: 10 })
    return count
  } finally {
    for (const [module, name, original] of originals) Object.assign(module, { [name]: original })
    syncBuiltinESMExports()
  }
}

function begin(make: () => unknown) {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  make()
}

function makeSidecars(kind: 'log' | 'journal') {
  makeUnfinished(old, file, kind)
  rmSync(file)
}

/** What a server would read, of a copy: reading changes what lies beside a file. Null where there is no file. */
function readOnce(path = file): string | null {
  if (!existsSync(path)) return null
  const copy = join(folder.path, 'copy.db')
  for (const ending of ['', '-wal', '-journal', '-shm']) {
    rmSync(copy + ending, { force: true })
    if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending)
  }
  return contentOf(copy)
}

function contentsAside(): (string | null)[] {
  const names = readdirSync(place).filter((name) => /^data\.db\.replaced\.[^-]+(-\d+)?$/.test(name))
  return names.map((name) => readOnce(join(place, name)))
}

function contentOf(path: string): string {
  const database = new Database(path)
  try {
    return readContent(betterSqliteConnection(database)).contentHash
  } finally {
    database.close()
  }
}
