// Goal: what was seen in many snapshots is one problem, and only what is new fails a run.
import { describe, expect, it } from 'vitest'
import type { Results } from '../../src/report/model.ts'
import { changeProblems, type JudgedPart, listProblems, problemOrder } from '../../src/report/problems.ts'
import { sampleResults } from './samples.ts'

function statusesOf(results: Results, part: JudgedPart) {
  return listProblems(results)
    .filter((listed) => listed.part === part)
    .map(({ problem }) => problem.status)
}

describe.for(problemOrder)('a problem of %s', (part) => {
  it('is listed once, with its status', () => {
    expect(statusesOf(sampleResults(), part)).toContain('new')
    const results = sampleResults()
    const own = results[part]
    if (own === null) throw new Error('no sample')
    const existing = { ...results, [part]: changeProblems(own, (each) => ({ ...each, status: 'existing' })) }
    expect(new Set(statusesOf(existing, part))).toEqual(new Set(['existing']))
    expect(listProblems(existing).at(-1)?.part).toBe(part)
  })
})

it('names every snapshot in which it was seen', () => {
  const results = sampleResults()
  const { upgrades } = results
  const [first] = upgrades?.snapshots ?? []
  if (upgrades === null || first === undefined) throw new Error('no sample')
  const second = changeProblems({ snapshots: [first] }, (each) => ({ ...each, seenIn: ['v0'] })).snapshots
  const both = { ...results, upgrades: { ...upgrades, snapshots: [first, ...second] } }
  const listed = listProblems(both).filter(({ part }) => part === 'upgrades')
  expect(listed.map(({ problem }) => problem.seenIn)).toEqual([['v1', 'v0']])
})
