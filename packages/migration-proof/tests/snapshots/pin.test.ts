/**
 * Goal: a snapshot is pinned from its text with all that the ledger says of it, and a text that is missing, of
 * another version, or unlike its file is one sentence with the way out.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SnapshotDeclaration } from '../../src/snapshots/declaration.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { sha256 } from '../../src/snapshots/hash.ts'
import { readLedger } from '../../src/snapshots/ledger.ts'
import { pinSnapshot, rebuildSnapshot } from '../../src/snapshots/pin.ts'
import { makeFrozenSuite, makeWrittenSuite, rows, writeText } from './library.ts'
import { makeImage, openMemory } from './memory.ts'

const first: SnapshotDeclaration = {
  name: 'v1',
  version: 1,
  form: 'versioned',
  origin: 'the first release',
  releases: ['1.0'],
}

describe('a pinned snapshot', () => {
  it('has what is declared of it, the hash of its bytes, and the engine that wrote them', () => {
    const { entry, bytes } = pinSnapshot(makeWrittenSuite(), first)
    const [row] = openMemory().all('SELECT sqlite_version() AS engine')
    expect(entry).toMatchObject({ ...first, fileHash: sha256(bytes), engine: row?.engine })
    expect(entry.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['author', 2],
      ['sqlite_sequence', 1],
    ])
  })

  it('was written by no engine where it is a file of zero bytes', () => {
    const { entry, bytes } = pinSnapshot(makeWrittenSuite(), { ...first, version: 0, form: 'empty' })
    expect({ engine: entry.engine, length: bytes.length }).toEqual({ engine: 'none', length: 0 })
  })
})

describe('a text that cannot be pinned', () => {
  it.for(['schemas', 'rows'])('because it is missing from %s', (kind) => {
    const suite = makeWrittenSuite()
    rmSync(join(suite.fixtures, kind, 'v1.sql'))
    expect(() => rebuildSnapshot(suite, first)).toThrow(
      `${kind}/v1: expected the file ${kind}/v1.sql, found none; restore it from version control.`,
    )
  })

  it('because it is of another version', () => {
    const suite = makeWrittenSuite()
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('user_version = 1', 'user_version = 2'))
    expect(() => rebuildSnapshot(suite, first)).toThrow(
      'rows/v1: expected a database of version 1, found version 2; correct the rows that hold the version, or the declaration of the snapshot.',
    )
  })

  it('because the file that a release left behind holds something else', () => {
    const suite = makeWrittenSuite()
    writeText(suite, 'snapshots/v1.db', '')
    writeFileSync(join(suite.fixtures, 'snapshots/v1.db'), makeImage('CREATE TABLE other (a)'))
    expect(() => pinSnapshot(suite, first)).toThrow(
      'snapshots/v1: expected a file of the schema and rows that its text says, found another schema; correct the text, or delete the file, which is not in the ledger.',
    )
  })
})

describe('freezing again', () => {
  it('says both hashes where a missing file cannot be built as it was', () => {
    const suite = makeFrozenSuite()
    const pinned = readLedger(suite.fixtures).snapshots[1]
    rmSync(join(suite.fixtures, 'snapshots/v1.db'))
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('1929.8', '1929.7'))
    const { entry } = rebuildSnapshot(suite, first)
    expect(freezeMissing(suite).failures.map(({ message }) => message)).toEqual([
      `snapshots/v1: expected a file of SHA-256 ${pinned?.fileHash}, found no file, and its text builds ${entry.fileHash} on SQLite ${entry.engine}; restore the file from version control.`,
    ])
  })

  it('takes over an origin alone, and releases alone', () => {
    for (const change of [{ origin: 'another user' }, { releases: ['1.0', '1.1'] }]) {
      const suite = makeFrozenSuite()
      const snapshots = suite.snapshots.map((entry) =>
        entry.name === 'v1' ? { ...entry, ...change } : entry,
      )
      expect(freezeMissing({ ...suite, snapshots }).described).toEqual(['snapshots/v1'])
      expect(readLedger(suite.fixtures).snapshots[1]).toMatchObject(change)
    }
  })

  it('describes nothing again where nothing else is declared', () => {
    const suite = makeFrozenSuite()
    const before = readFileSync(join(suite.fixtures, 'manifest.json'), 'utf8')
    expect(freezeMissing(suite).described).toEqual([])
    expect(readFileSync(join(suite.fixtures, 'manifest.json'), 'utf8')).toBe(before)
  })

  it('refuses to rewrite what is not frozen, and says what a name looks like', () => {
    expect(() => freezeMissing(makeFrozenSuite(), { refreeze: 'v9' })).toThrow(
      'v9: expected a frozen fixture of this name, to freeze again, found none; name one of the ledger, such as snapshots/v1.',
    )
  })
})
