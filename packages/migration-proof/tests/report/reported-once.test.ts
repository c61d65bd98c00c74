// Goal: what the gate reports of a part is reported once, so that no one fixes a thing twice, or one that does not count.
import { describe, expect, it } from 'vitest'
import { isOpen, listProblems } from '../../src/report/problems.ts'
import { sampleResults } from './samples.ts'

const results = sampleResults()
const open = (rule: string | null, outcome: 'failed' | 'passed') => {
  const [problem] = results.gate?.problems ?? []
  const more = problem === undefined || rule === null ? [] : [{ ...problem, rule, outcome }]
  const gate = results.gate && { ...results.gate, problems: more }
  return listProblems({ ...results, gate }).filter(isOpen)
}

const cases = [
  { part: 'upgrades', rule: 'upgrade-not-proven' },
  { part: 'findings', rule: 'finding-new' },
  { part: 'mutation', rule: 'mutant-survived' },
  { part: 'crash', rule: 'crash-unsafe' },
] as const

describe.for(cases)('what was found by $part', ({ part, rule }) => {
  it('is reported where the gate does not report it', () => {
    expect(open(null, 'failed').map((problem) => problem.part)).toContain(part)
  })

  it('is reported by the gate where that reports it', () => {
    const parts = open(rule, 'failed').map((problem) => problem.part)
    expect(parts).not.toContain(part)
    expect(parts).toContain('gate')
  })

  it('is reported as nothing to fix where the gate says that it was there before', () => {
    expect(open(rule, 'passed').map((problem) => problem.part)).not.toContain(part)
  })
})
