/**
 * Goal: a sweep breaks each step once, from the file before it, and the whole way from nothing and from the oldest file, in one
 * transaction too.
 */
import { describe, expect, it } from 'vitest'
import { listAllJobs, listPaths, readPath } from '../../src/cli/crash/jobs.ts'
import { defaultSnapshots } from '../../src/snapshots/declaration.ts'
import { suiteOf } from '../findings/toy-suite.ts'

const tables = ['a', 'b', 'c', 'd'].map((table) => `CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`)
const toy = suiteOf({ versions: tables })
const suite = { ...toy, snapshots: defaultSnapshots(toy.plan) }

describe('the paths of a sweep', () => {
  it('end at the next snapshot, but for those from nothing, from the oldest file and from the newest', () => {
    expect(listPaths(suite)).toEqual(['fresh', 'v0-empty..1', 'v1', 'v2..3', 'v3'])
    expect(listPaths(suite, true)).toEqual(['fresh', 'v0-empty', 'v1', 'v2', 'v3'])
    expect(listPaths({ ...suite, snapshots: suite.snapshots.slice(0, 1) })).toEqual(['fresh', 'v0-empty'])
    expect(listPaths({ ...suite, snapshots: [] })).toEqual(['fresh'])
  })

  it('are swept in one transaction where they are the longest', () => {
    const together = listAllJobs(suite, 1, 'full').filter(({ transaction }) => transaction === 'all')
    expect([...new Set(together.map(({ path }) => path))]).toEqual(['fresh', 'v1'])
  })

  it('say where they end', () => {
    expect(readPath('v2..3')).toEqual({ start: 'v2', end: 3 })
    expect(readPath('v2')).toEqual({ start: 'v2', end: null })
  })
})
