// Goal: what was seen in many snapshots, or in two parts, is one problem, and only what is new fails a run.
import { describe, expect, it } from 'vitest'
import { runUpgrades } from '../../src/cli/results/upgrades.ts'
import type { Results } from '../../src/report/model.ts'
import { changeProblems, type JudgedPart, listProblems, problemOrder } from '../../src/report/problems.ts'
import { readContracts } from '../../src/report/read/contracts.ts'
import { formatSarif } from '../../src/report/sarif.ts'
import { forum } from '../support/forum.ts'
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

describe('a broken contract', () => {
  const broken = {
    ...forum,
    facts: {
      ...forum.facts,
      contracts: forum.facts.contracts.map((contract) => ({
        ...contract,
        access: { index: 'no_such_index' },
      })),
    },
  }
  const contracts = readContracts(broken)
  const none = { findings: null, mutation: null, crash: null, fuzz: null, gate: null }
  const names = contracts.problems.map(({ subject }) => subject.name)

  it('is one problem, of the upgrades, where both parts see it', async () => {
    const upgrades = await runUpgrades({ ...broken, snapshots: broken.snapshots.slice(0, 2) })
    expect(names).not.toEqual([])
    const listed = listProblems({ ...none, upgrades, contracts })
    expect(listed.map(({ problem }) => problem.subject.name)).toEqual(names)
    expect(new Set(listed.map(({ part, problem }) => `${part}/${problem.code}`))).toEqual(
      new Set(['upgrades/contracts']),
    )
    const sarif = formatSarif({ ...sampleResults(), ...none, upgrades, contracts })
    expect(sarif).toContain('"upgrades/contracts"')
    expect(sarif).not.toContain('"contracts/contracts"')
  })

  it('is listed where no upgrade was run', () => {
    const listed = listProblems({ ...none, upgrades: null, contracts })
    expect(listed.map(({ part, problem }) => [part, problem.subject.name])).toEqual(
      names.map((name) => ['contracts', name]),
    )
  })
})
