// Goal: a change is answerable for what it touched, and for nothing else; what many proofs show alike is told once.
import { describe, expect, it } from 'vitest'
import { judgeProblems, problemOf } from '../../src/gate/problem.ts'
import {
  findSurvivors,
  findUnprovenUpgrades,
  findUnsafeInterruptions,
  findUnwaived,
} from '../../src/gate/proofs.ts'
import { makeProblem } from '../../src/problem.ts'
import { released } from './side.ts'

const told = { expected: 'one', actual: 'two', remedy: 'mend it' }
const problem = problemOf('snapshot-missing', 'snapshots/v1', { file: 'a.ts', line: 3 }, told)

describe('a problem', () => {
  it('counts where the base has not got it', () => {
    expect(judgeProblems([problem], [])).toEqual([{ ...problem, outcome: 'failed' }])
  })

  it('does not count where the base has it, wherever it has moved to', () => {
    expect(judgeProblems([problem], [{ ...problem, line: 9 }])).toEqual([{ ...problem, outcome: 'passed' }])
  })

  it.for([{ object: 'snapshots/v2' }, { rule: 'snapshot-edited' }, { actual: 'three' }] as const)(
    'counts where the base has another: %o',
    (other) => {
      expect(judgeProblems([problem], [{ ...problem, ...other }])).toMatchObject([{ outcome: 'failed' }])
    },
  )
})

describe('proofs', () => {
  it('that fail alike from many snapshots are one problem, at the migration that is to blame', () => {
    const subject = { type: 'table', name: 'tag' } as const
    const found = makeProblem('golden', { subject, expected: 'a column', actual: 'none', version: 2 })
    const checks = [{ check: 'golden', problems: [found] }]
    const problems = findUnprovenUpgrades(
      [
        { snapshot: 'v0', checks },
        { snapshot: 'v1', checks },
      ],
      released,
    )
    expect(problems).toMatchObject([
      {
        rule: 'upgrade-not-proven',
        object: 'table tag',
        file: 'migrations/v2-some.ts',
        line: 2,
        expected: 'a column (check golden, from v0, v1)',
        remedy: expect.stringContaining('npx migration-proof verify --snapshot v0'),
      },
    ])
  })

  it('point at the object where no migration is to blame', () => {
    const subject = { type: 'table', name: 'tag' } as const
    const found = makeProblem('facts', { subject, expected: 'none', actual: 'a table of that name' })
    const proofs = [{ snapshot: 'v0', checks: [{ check: 'facts', problems: [found] }] }]
    expect(findUnprovenUpgrades(proofs, released)).toMatchObject([
      { object: 'table tag', file: 'migrations/v2-some.ts', line: 2 },
    ])
  })

  it('name findings that nobody waived, where their object is made, and waivers of nothing', () => {
    const finding = {
      code: 'pk-nullable',
      severity: 'warning',
      object: 'tag.name',
      reason: 'It takes NULL.',
      remedy: 'say NOT NULL',
      source: 'https://www.sqlite.org/',
      evidence: [{ ran: 'INSERT', happened: 'accepted' }],
      waived: null,
    } as const
    const waived = { ...finding, object: 'note.id', waived: 'A test.' }
    const unusedWaivers = [{ code: 'unused-index', objects: ['gone'], reason: 'A test.' }]
    expect(findUnwaived({ findings: [finding, waived], unusedWaivers }, released)).toMatchObject([
      { rule: 'finding-new', object: 'pk-nullable of tag.name', file: 'migrations/v2-some.ts', line: 2 },
      { rule: 'waiver-unused', object: 'unused-index of gone' },
    ])
  })

  it('name mutants that survive, and equivalents that do not', () => {
    const report = {
      outcome: 'failed',
      survivors: [
        { id: 'v2/tag/column-dropped/1', fault: 'drops tag.name', wouldBeKilledBy: 'the facts of tag' },
      ],
      wrongEquivalents: ['v1/note/column-dropped/1'],
      behaviourRate: 1,
    } as const
    expect(findSurvivors(report, released)).toMatchObject([
      { rule: 'mutant-survived', object: 'v2/tag/column-dropped/1', file: 'migrations/v2-some.ts' },
      { rule: 'equivalent-wrong', object: 'v1/note/column-dropped/1' },
    ])
  })

  it('name what behaviour alone does not see enough of', () => {
    const seen = { survivors: [], wrongEquivalents: [], behaviourRate: 0.5 }
    expect(findSurvivors({ ...seen, outcome: 'failed' }, released)).toMatchObject([
      { rule: 'mutation-weak', actual: '50.0 %' },
    ])
    expect(findSurvivors({ ...seen, outcome: 'passed' }, released)).toEqual([])
  })

  it('name the first of many interruptions with one defect, and the command to see it', () => {
    const found = (place: number) => ({
      id: `1/v1/wal/512/${place}.1`,
      defect: 'half',
      detail: 'version 1 and 2',
    })
    expect(findUnsafeInterruptions([found(3), found(4)])).toMatchObject([
      {
        rule: 'crash-unsafe',
        object: 'the upgrade of v1 in journal mode wal: half',
        actual: 'version 1 and 2, and 1 more like it',
        remedy: expect.stringContaining('npx migration-proof crash --replay 1/v1/wal/512/3.1'),
      },
    ])
  })
})
