// Goal: no two migrations have one number, in one folder or on two branches, and none is forgotten in the list.
import { describe, expect, it } from 'vitest'
import { findTakenVersions, findUnlisted, findWrongNumbers } from '../../src/gate/numbers.ts'
import { makeSide, migrationOf, released } from './side.ts'

const labels = migrationOf(3, 'CREATE TABLE label (id INTEGER)')
const badges = migrationOf(3, 'CREATE TABLE badge (id INTEGER)')
const recorded = released.recorded ?? []

/** The released state with one more file. */
function withFile(path: string) {
  return { ...released, sources: [...released.sources, { path, text: '' }] }
}

describe('numbers of files', () => {
  it('are right where each version has one file', () => {
    expect(findWrongNumbers(released)).toEqual([])
  })

  it.for(['migrations/v2-other.ts', 'migrations/v02-other.mjs'])('clash with that of %s', (path) => {
    expect(findWrongNumbers(withFile(path))).toMatchObject([
      {
        code: 'version-twice',
        subject: { type: 'migration', name: 'v2' },
        location: { file: path },
        actual: expect.stringContaining(path),
      },
    ])
  })

  it('clash also where nothing can be loaded', () => {
    const head = { ...withFile('migrations/v3-a.ts'), recorded: null, present: null }
    const sources = [...head.sources, { path: 'migrations/v3-b.ts', text: '' }]
    expect(findWrongNumbers({ ...head, sources })).toMatchObject([
      {
        code: 'version-twice',
        subject: { type: 'migration', name: 'v3' },
        fix: expect.stringContaining(' 4'),
      },
    ])
  })

  it('name a migration that the list does not', () => {
    expect(findWrongNumbers(withFile('migrations/v3-label.ts'))).toMatchObject([
      {
        code: 'migration-not-listed',
        subject: { type: 'migration', name: 'v3' },
        location: { file: 'migrations/v3-label.ts', line: 1 },
      },
    ])
  })

  it('name a later migration too, in the folder of the latest', () => {
    const later = withFile('migrations/v4-label.ts')
    expect(findWrongNumbers(later)).toMatchObject([{ code: 'migration-not-listed', subject: { name: 'v4' } }])
    expect(
      findUnlisted(['migrations/v4-label.ts', 'pages/v404-none.ts', 'migrations/v2-some.ts'], 2, 'index.ts'),
    ).toMatchObject([{ subject: { name: 'v4' }, expected: expect.stringContaining(' in index.ts') }])
  })

  it('name two new files of one number once', () => {
    const head = withFile('migrations/v3-a.ts')
    const sources = [...head.sources, { path: 'migrations/v3-b.ts', text: '' }]
    expect(findWrongNumbers({ ...head, sources })).toMatchObject([{ code: 'version-twice' }])
  })

  it.for([
    'migrations/v2-some.test.ts',
    'migrations/v3-other.test.ts',
    'pages/v404-none.ts',
    'migrations/v2-some.sql',
    'migrations/2026-01-31-notes.ts',
    'migrations/index.ts',
  ])('have nothing to do with %s', (path) => {
    expect(findWrongNumbers(withFile(path))).toEqual([])
  })
})

describe('a version that a change adds', () => {
  const head = makeSide([...recorded, labels])

  it('is free where the target has not got it', () => {
    expect(findTakenVersions(released, released, head)).toEqual([])
  })

  it('is free where the target has the same', () => {
    expect(findTakenVersions(released, head, head)).toEqual([])
  })

  it('is taken where the target has got another', () => {
    const target = makeSide([...recorded, badges])
    expect(findTakenVersions(released, target, head)).toMatchObject([
      {
        code: 'version-taken',
        subject: { type: 'migration', name: 'v3' },
        fix: expect.stringContaining('number this migration 4'),
      },
    ])
  })

  it('is taken where the ledger of the target alone says so', () => {
    const target = { ...makeSide([...recorded, badges]), recorded: null, present: null }
    expect(findTakenVersions(released, target, head)).toHaveLength(1)
  })
})
