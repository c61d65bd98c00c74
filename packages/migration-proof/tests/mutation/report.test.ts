// Goal: the report counts what each check killed, and lets no survivor and no stale entry pass.
import { describe, expect, it } from 'vitest'
import { problemsOfMutation } from '../../src/cli/results/mutation.ts'
import { definePlan, migrate } from '../../src/index.ts'
import { mutantChecks } from '../../src/mutation/checks/index.ts'
import type { MutantVerdict } from '../../src/mutation/judge.ts'
import type { Mutant } from '../../src/mutation/model.ts'
import { type MutationReport, makeReport, renderMarkdown } from '../../src/mutation/report.ts'
import { makeProblem } from '../../src/problem.ts'
import type { Suite } from '../../src/proof/suite.ts'

const plan = definePlan([{ version: 1, name: 'first', up: () => {} }])

/** Behaviour is judged only where tables are declared. */
const declared = { plan, facts: { tables: [{ name: 't' }], contracts: [] } } as unknown as Suite

const isProven = (report: MutationReport) => problemsOfMutation(report, declared).length === 0

const checks = mutantChecks.filter(({ name }) => ['golden', 'behaviour'].includes(name))

/** A mutant of an operator and the checks that see it. */
function judged(
  id: string,
  killers: readonly string[],
  object = 't',
): { mutant: Mutant; verdict: MutantVerdict } {
  const operator = id.split('/')[2] ?? ''
  const fault = 'is wrong'
  const found = [
    makeProblem('golden', { subject: { type: 'table', name: 't' }, expected: 'this', actual: 'that' }),
  ]
  return {
    mutant: { id, operator, fault, site: 'schema', version: 1, object, plan, migrate },
    verdict: {
      id,
      operator,
      fault,
      checks: checks.map(({ name }) => ({
        check: name,
        problems: killers.includes(name) ? found : [],
        milliseconds: 2,
      })),
    },
  }
}

function report(
  cases: readonly ReturnType<typeof judged>[],
  equivalents: readonly string[] = [],
  isWhole = true,
  suite = declared,
) {
  return makeReport({
    mutants: cases.map(({ mutant }) => mutant),
    verdicts: cases.map(({ verdict }) => verdict),
    checks,
    equivalents: equivalents.length === 0 ? [] : [{ reason: 'the same behaviour', mutants: equivalents }],
    suite,
    isWhole,
  })
}

const both = judged('v1/t/column-dropped/1', ['golden', 'behaviour'])
const goldenAlone = judged('v1/t/constraint-renamed/1', ['golden'])
/** Of an operator that behaviour need not see, so that nothing but its survival counts. */
const survivor = judged('v1/t/constraint-renamed/2', [])

describe('a report', () => {
  it('does not say what a check alone proves that had nothing to compare', () => {
    const bare = { facts: { tables: [], contracts: [] } } as unknown as Suite
    const reasonIn = (suite: Suite) =>
      report([both], [], true, suite).checks.find(({ check }) => check === 'behaviour')?.keptBecause
    expect(reasonIn(bare)).toBe('it had nothing to compare: no tables declared')
    expect(reasonIn(declared)).toMatch(/^it reads no schema/)
  })

  it('counts kills by operator and check, and what a check kills alone', () => {
    const { operators, checks: results } = report([both, goldenAlone])
    expect(operators).toEqual([
      { operator: 'column-dropped', mutants: 1, kills: { golden: 1, behaviour: 1 } },
      { operator: 'constraint-renamed', mutants: 1, kills: { golden: 1, behaviour: 0 } },
    ])
    expect(results.map(({ check, kills, killedAlone }) => ({ check, kills, killedAlone }))).toEqual([
      { check: 'golden', kills: 2, killedAlone: ['v1/t/constraint-renamed/1'] },
      { check: 'behaviour', kills: 1, killedAlone: [] },
    ])
  })

  it('is proven when every mutant is killed', () => {
    expect(isProven(report([both, goldenAlone]))).toBe(true)
  })

  it('names a survivor, and is not proven', () => {
    const result = report([both, survivor])
    expect(result.survivors.map(({ id }) => id)).toEqual(['v1/t/constraint-renamed/2'])
    expect(result.survivors[0]?.wouldBeKilledBy).toContain('version 1')
    expect(isProven(result)).toBe(false)
    expect(problemsOfMutation(result, declared)).toMatchObject([
      {
        code: 'mutant-survived',
        status: 'new',
        subject: { type: 'mutant', name: 'v1/t/constraint-renamed/2', table: 't' },
        version: 1,
        fix: expect.stringContaining('mutate --mutant v1/t/constraint-renamed/2'),
      },
    ])
  })

  it('names the table of a survivor, whatever its name holds', () => {
    const { survivors } = report([judged('v1/in/out/column-dropped/1', [], 'in/out')])
    expect(survivors).toMatchObject([{ table: 'in/out', wouldBeKilledBy: expect.stringContaining('in/out') }])
  })

  it('advises a row of the table that a migration declares to change, and never of one that it makes', () => {
    const change = { table: 'person', columns: ['bio'], reason: 'a test' }
    const declaring = definePlan([{ version: 1, name: 'first', up: () => {}, dataChanges: [change] }])
    const adviceOn = (sql: string, table: string) => {
      const { mutant, verdict } = judged('v1/copy/copied-column-dropped/1', [], 'copy')
      const changed = { sql, table }
      const [found] = report([{ mutant: { ...mutant, plan: declaring, changed }, verdict }]).survivors
      return [found?.table, found?.wouldBeKilledBy]
    }
    expect(adviceOn('INSERT INTO profile SELECT id, bio FROM person', 'profile')).toEqual([
      'profile',
      expect.stringMatching(
        /rows in person .* an example in dataChanges of person with intoTable: 'profile'$/,
      ),
    ])
    expect(adviceOn('INSERT INTO copy SELECT id, trim(bio) FROM person', 'person')).toEqual([
      'person',
      expect.stringMatching(/rows in person .* an example in dataChanges of person$/),
    ])
    expect(adviceOn('INSERT INTO copy SELECT id FROM tag', 'tag')).toEqual([
      'tag',
      expect.stringMatching(/rows in tag of which this makes others, as of ids with gaps and of NULL$/),
    ])
  })

  it('takes a survivor that is named as equivalent', () => {
    const result = report([both, survivor], ['v1/t/constraint-renamed/2'])
    expect(result.mutants).toBe(1)
    expect(isProven(result)).toBe(true)
  })

  it('refuses an equivalent that a check kills', () => {
    const result = report([both], ['v1/t/column-dropped/1'])
    expect(result.wrongEquivalents).toEqual(['v1/t/column-dropped/1'])
    expect(isProven(result)).toBe(false)
  })

  it('refuses an equivalent that does not exist, once every mutant was tried', () => {
    expect(report([both], ['v9/t/column-dropped/1']).wrongEquivalents).toEqual(['v9/t/column-dropped/1'])
    expect(report([both], ['v9/t/column-dropped/1'], false).wrongEquivalents).toEqual([])
  })

  it('is not proven when behaviour alone kills less than 95 % of what it can show', () => {
    const seen = (place: number) => judged(`v1/t/column-dropped/${place}`, ['golden', 'behaviour'])
    const unseen = (place: number) => judged(`v1/t/column-dropped/${place}`, ['golden'])
    const nineteen = Array.from({ length: 19 }, (_, place) => seen(place))
    expect(isProven(report([...nineteen, unseen(20)]))).toBe(true)
    const weak = report([...nineteen, unseen(20), unseen(21)])
    expect(isProven(weak)).toBe(false)
    expect(problemsOfMutation(weak, declared, true)).toEqual([])
  })

  it('does not ask behaviour to see a faulty migrator', () => {
    const { mutant, verdict } = judged('v1/migrator/deferred-begin/1', ['golden'])
    const faulty = { mutant: { ...mutant, site: 'migrator' as const }, verdict }
    expect(report([both, faulty]).behaviourRate).toBe(1)
  })

  it('names the mutants that behaviour misses, and the tables that are not declared', () => {
    const unseen = (name: string) => judged(`v1/${name}/column-dropped/1`, ['golden'], name)
    const problemOf = (names: readonly string[]) => {
      const suite = { facts: { tables: [{ name: 'Known' }], contracts: [] } } as unknown as Suite
      return problemsOfMutation(report(names.map(unseen), [], true, suite), suite)[0]
    }
    expect(problemOf(['known', 'other'])).toMatchObject({
      code: 'mutation-weak',
      actual: expect.stringContaining('v1/known/column-dropped/1, v1/other/column-dropped/1'),
      fix: expect.stringMatching(/^declare other in `tables`/),
    })
    expect(problemOf(['known'])?.fix).toContain('mutate --mutant v1/known/column-dropped/1')
    const many = problemOf(Array.from({ length: 30 }, (_, index) => `t${index}`))
    expect(many?.actual).toMatch(/and 20 more$/)
  })

  it('shows no times in the page, so that it is the same for every run', () => {
    const slow = {
      ...both,
      verdict: { ...both.verdict, checks: both.verdict.checks.map((one) => ({ ...one, milliseconds: 99 })) },
    }
    expect(renderMarkdown(report([slow]))).toBe(renderMarkdown(report([both])))
  })
})
