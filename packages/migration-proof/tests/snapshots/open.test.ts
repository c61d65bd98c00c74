/**
 * Goal: every test gets a private copy of a snapshot, proven to be the frozen one, and leaves nothing behind.
 */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { diffContent, readContent } from '../../src/snapshots/content-hash.ts'
import { FixtureError } from '../../src/snapshots/errors.ts'
import { copySnapshot, loadSnapshot, openInMemory, openSnapshot } from '../../src/snapshots/open.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { makeFrozenSuite } from './library.ts'

const places = ['memory', 'disk'] as const

describe.for(places)('a copy on %s', (on) => {
  it('holds the schema and the rows that the ledger pins', () => {
    const { fixtures } = makeFrozenSuite()
    for (const name of ['v0-empty', 'v1', 'v2']) {
      const snapshot = openSnapshot(fixtures, name, { on })
      expect(diffContent(snapshot.entry, readContent(snapshot.connection))).toEqual([])
      snapshot.close()
    }
  })

  it('can be written, and the frozen file stays as it is', () => {
    const { fixtures } = makeFrozenSuite()
    const before = readFileSync(join(fixtures, 'snapshots/v1.db'))
    const snapshot = openSnapshot(fixtures, 'v1', { on })
    snapshot.connection.exec('DELETE FROM author')
    expect(snapshot.database.prepare('SELECT * FROM author').all()).toEqual([])
    snapshot.close()
    expect(readFileSync(join(fixtures, 'snapshots/v1.db'))).toEqual(before)
  })

  it('is closed when it is disposed of', () => {
    const snapshot = openSnapshot(makeFrozenSuite().fixtures, 'v1', { on })
    snapshot[Symbol.dispose]()
    expect(snapshot.database.open).toBe(false)
  })
})

describe('a copy on disk', () => {
  it('is in WAL mode, as the files in the field are', () => {
    const snapshot = openSnapshot(makeFrozenSuite().fixtures, 'v1', { on: 'disk' })
    onTestFinished(snapshot.close)
    expect(snapshot.connection.all('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
  })

  it.skipIf(process.platform === 'win32')('is readable by its owner alone', () => {
    const snapshot = openSnapshot(makeFrozenSuite().fixtures, 'v1', { on: 'disk' })
    onTestFinished(snapshot.close)
    expect(statSync(snapshot.path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(snapshot.path)).mode & 0o777).toBe(0o700)
  })

  it('can be attached by another connection', () => {
    const snapshot = openSnapshot(makeFrozenSuite().fixtures, 'v1', { on: 'disk' })
    const other = new Database(':memory:')
    other.prepare('ATTACH ? AS old').run(snapshot.path)
    expect(other.prepare('SELECT count(*) AS n FROM old.author').get()).toEqual({ n: 2 })
    other.close()
    snapshot.close()
  })

  it('is gone with its folder when it is closed', () => {
    const snapshot = openSnapshot(makeFrozenSuite().fixtures, 'v1', { on: 'disk' })
    snapshot.connection.exec('DELETE FROM author')
    expect(existsSync(`${snapshot.path}-wal`)).toBe(true)
    snapshot.close()
    expect(existsSync(dirname(snapshot.path))).toBe(false)
  })
})

it('is loaded once and opened many times, each copy by itself', () => {
  const image = loadSnapshot(makeFrozenSuite().fixtures, 'v1')
  const [first, second] = [openInMemory(image), openInMemory(image)]
  first.connection.exec('DELETE FROM author')
  expect(second.connection.all('SELECT id FROM author')).toEqual([{ id: 7n }, { id: 9007199254740993n }])
  first.close()
  second.close()
})

describe('a copy to a given path', () => {
  const target = () => {
    const folder = makePrivateFolder()
    onTestFinished(folder.remove)
    return join(folder.path, 'copy.db')
  }

  it('has the bytes of the frozen file', () => {
    const { fixtures } = makeFrozenSuite()
    const file = target()
    expect(copySnapshot(fixtures, 'v2', file).name).toBe('v2')
    expect(readFileSync(file)).toEqual(readFileSync(join(fixtures, 'snapshots/v2.db')))
  })

  it('never takes the place of another file', () => {
    const file = target()
    writeFileSync(file, 'precious')
    expect(() => copySnapshot(makeFrozenSuite().fixtures, 'v2', file)).toThrow('EEXIST')
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })
})

describe('a snapshot that cannot be trusted', () => {
  const open = (fixtures: string, name: string) => () => openSnapshot(fixtures, name, { on: 'memory' })

  it('is an error that names it when it is not in the ledger, and the command that makes it', () => {
    const { fixtures } = makeFrozenSuite()
    expect(open(fixtures, 'v9')).toThrow(FixtureError)
    expect(open(fixtures, 'v9')).toThrow(/^snapshots\/v9: .*`npx migration-proof freeze`/)
  })

  it('is an error that names it when its file is missing', () => {
    const { fixtures } = makeFrozenSuite()
    rmSync(join(fixtures, 'snapshots/v1.db'))
    expect(open(fixtures, 'v1')).toThrow(/^snapshots\/v1: expected the file .*v1\.db, found none/)
  })

  it('is an error that names it when one byte of its file changed', () => {
    const { fixtures } = makeFrozenSuite()
    const file = join(fixtures, 'snapshots/v1.db')
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000)
    writeFileSync(file, bytes)
    expect(open(fixtures, 'v1')).toThrow(/^snapshots\/v1: expected a file of SHA-256 /)
  })
})
