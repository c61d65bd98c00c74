// Goal: what a dead run left is removed, and nothing else: not the folder of a run that goes on, not that of a run on
// another file, and nothing that only has such a name.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftFolders, makeRunFolder, removeDeadRuns } from '../../src/upgrade/run-folder.ts'
import { bundleProgram } from '../support/bundle-program.ts'

let program: string
let parent: string
let file: string

beforeAll(async () => {
  program = await bundleProgram(fileURLToPath(new URL('programs/killed-run.ts', import.meta.url)))
})

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'run-folder-'))
  file = join(parent, 'data.db')
})

afterEach(() => rmSync(parent, { recursive: true, force: true }))

describe('the folder of a run', () => {
  it('can be entered by its owner alone', () => {
    using folder = makeRunFolder(parent, file)
    expect(statSync(folder.path).mode & 0o777).toBe(0o700)
  })

  it('is gone with all that it holds when the run ends', () => {
    const folder = makeRunFolder(parent, file)
    writeFileSync(join(folder.path, 'backup.db'), 'rows')
    folder.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  it('is left alone while the run goes on', () => {
    using folder = makeRunFolder(parent, file)
    expect(removeDeadRuns(parent, file)).toEqual([{ path: folder.path, state: 'alive', file: null }])
    expect(existsSync(folder.path)).toBe(true)
  })

  it('that could not be removed is not taken for that of another run', () => {
    const folder = makeRunFolder(parent, file)
    writeFileSync(join(folder.path, 'not of a run'), '')
    folder.remove()
    expect(leftFolders()).toContain(folder.path)
    expect(removeDeadRuns(parent, file)).toEqual([])
    expect(readdirSync(folder.path)).toEqual(['not of a run'])
  })

  it('is removed where it was moved to', () => {
    const folder = makeRunFolder(join(parent), file)
    writeFileSync(join(folder.path, 'backup.db'), 'rows')
    const moved = join(parent, 'moved')
    renameSync(folder.path, moved)
    folder.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  it('is removed after the run was killed', () => {
    const left = killRunOn(file)
    expect(existsSync(join(left, 'backup.db'))).toBe(true)
    expect(removeDeadRuns(parent, file)).toEqual([])
    expect(readdirSync(parent)).toEqual([])
  })

  it('is removed with the folder in which the journal beside a copy was tried', () => {
    const left = killRunOn(file)
    const nested = join(left, 'restored.db.unfinished-abcdef')
    mkdirSync(nested)
    for (const name of ['run.lock', 'tried.db', 'tried.db-journal']) writeFileSync(join(nested, name), 'rows')
    expect(removeDeadRuns(parent, file)).toEqual([])
    expect(readdirSync(parent)).toEqual([])
  })

  it('keeps its lock from other users', () => {
    using folder = makeRunFolder(parent, file)
    expect(statSync(join(folder.path, 'run.lock')).mode & 0o777).toBe(0o600)
  })

  it('loses what the killed run made, and keeps what a user put into it', () => {
    const left = killRunOn(file)
    const made = [
      'data.db',
      'data.db-journal',
      'data.db.v1.20260102T030405Z.backup',
      'copy-1.db-wal',
      'before.db',
    ]
    for (const name of made) writeFileSync(join(left, name), 'rows')
    const kept = ['data.db.bak', 'data.db.v1.mine.backup', 'NOTES.txt', 'notes.db']
    for (const name of kept) writeFileSync(join(left, name), 'mine')
    mkdirSync(join(left, 'sample.db'))
    expect(removeDeadRuns(parent, file)).toEqual([{ path: left, state: 'unknown', file: null }])
    expect(readdirSync(left).toSorted()).toEqual([...kept, 'sample.db'].toSorted())
  })

  it('keeps what a user put into it while the run went on', () => {
    const folder = makeRunFolder(parent, file)
    writeFileSync(join(folder.path, 'NOTES.txt'), 'mine')
    folder.remove()
    expect(readdirSync(folder.path)).toEqual(['NOTES.txt'])
    expect(leftFolders()).toContain(folder.path)
  })

  it('is not named where it is gone', () => {
    const folder = makeRunFolder(parent, file)
    folder.remove()
    expect(leftFolders()).not.toContain(folder.path)
  })

  it('is removed with the folder of a run within it', () => {
    const inner = killRunOn(join(killRunOn(file), 'data.db'))
    expect(inner).toContain('unfinished')
    expect(removeDeadRuns(parent, file)).toEqual([])
    expect(readdirSync(parent)).toEqual([])
  })

  it('is named, and not removed, after a killed run on another file of the same name', () => {
    const other = join(parent, 'other', 'data.db')
    const left = killRunOn(other)
    expect(removeDeadRuns(parent, file)).toEqual([{ path: left, state: 'other-file', file: other }])
    expect(existsSync(join(left, 'backup.db'))).toBe(true)
  })

  it('is not taken for a leftover between its making and its lock', () => {
    mkdirSync(join(parent, 'data.db.unfinished-abcdef'))
    expect(removeDeadRuns(parent, file)).toEqual([])
    using folder = makeRunFolder(parent, file)
    expect(existsSync(join(folder.path, 'run.lock'))).toBe(true)
  })
})

describe('what only has such a name', () => {
  it('is named, where it holds something of a user', () => {
    const path = join(parent, 'data.db.unfinished-abcdef')
    mkdirSync(path)
    writeFileSync(join(path, 'letter'), 'mine')
    expect(removeDeadRuns(parent, file)).toEqual([{ path, state: 'unknown', file: null }])
    expect(existsSync(join(path, 'letter'))).toBe(true)
  })

  it('is named, where its lock names no run', () => {
    const path = join(parent, 'data.db.unfinished-abcdef')
    mkdirSync(path)
    writeFileSync(join(path, 'run.lock'), '')
    writeFileSync(join(path, 'letter'), 'mine')
    expect(removeDeadRuns(parent, file)).toEqual([{ path, state: 'unknown', file: null }])
    expect(existsSync(join(path, 'letter'))).toBe(true)
  })

  it('is named and not opened, where its lock is a database of a user', () => {
    const path = join(parent, 'data.db.unfinished-abcdef')
    mkdirSync(path)
    const mine = new Database(join(path, 'run.lock'))
    mine.exec('PRAGMA journal_mode = WAL; CREATE TABLE run (file TEXT NOT NULL)')
    mine.prepare('INSERT INTO run VALUES (?)').run(file)
    mine.close()
    const before = readFileSync(join(path, 'run.lock'))
    expect(removeDeadRuns(parent, file)).toEqual([{ path, state: 'unknown', file: null }])
    expect(readFileSync(join(path, 'run.lock'))).toEqual(before)
    expect(readdirSync(path)).toEqual(['run.lock'])
  })

  it('is left alone, where it is a file or a link', () => {
    writeFileSync(join(parent, 'data.db.unfinished-afile1'), 'mine')
    mkdirSync(join(parent, 'target'))
    symlinkSync(join(parent, 'target'), join(parent, 'data.db.unfinished-alink1'))
    expect(removeDeadRuns(parent, file)).toEqual([])
    expect(readdirSync(parent)).toHaveLength(3)
  })
})

/** A process that makes a run's folder, writes a draft into it and is killed. Returns the folder. */
function killRunOn(path: string): string {
  const folder = path.includes('unfinished') ? dirname(path) : parent
  const { stdout, signal } = spawnSync(process.execPath, [program, folder, path], { encoding: 'utf8' })
  expect(signal).toBe('SIGKILL')
  return stdout
}
