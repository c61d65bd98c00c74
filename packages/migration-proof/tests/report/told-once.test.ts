// Goal: what the gate tells of a part is told once, so that nobody mends a thing twice, or one that does not count.
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
  it('is told where the gate does not tell it', () => {
    expect(open(null, 'failed').map((problem) => problem.part)).toContain(part)
  })

  it('is told by the gate where that tells it', () => {
    const parts = open(rule, 'failed').map((problem) => problem.part)
    expect(parts).not.toContain(part)
    expect(parts).toContain('gate')
  })

  it('is told as nothing to mend where the gate says that it was there before', () => {
    expect(open(rule, 'passed').map((problem) => problem.part)).not.toContain(part)
  })
})
