// Goal: a code host takes the problems as they are: valid SARIF, each at the line of its statement, and the same
// problem the same when lines move.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../src/problem.ts'
import type { Results } from '../../src/report/model.ts'
import { changeProblems, problemOrder } from '../../src/report/problems.ts'
import { formatSarif } from '../../src/report/sarif.ts'
import { packageFolder } from '../support/command-line.ts'
import { isSarif, sarifErrors } from '../support/sarif-schema.ts'
import { hostile, hostileResults, sampleResults, unrunResults } from './samples.ts'

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly invocations: readonly [
        { readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[] },
      ]
      readonly results: readonly SarifResult[]
    },
  ]
}

interface SarifResult {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly [{ readonly physicalLocation?: object }]
  readonly partialFingerprints: object
}

function sarifOf(results: Results) {
  const log: Sarif = JSON.parse(formatSarif(results))
  return log.runs[0]
}

function placeOf(results: Results, ruleId: string) {
  return sarifOf(results).results.find((result) => result.ruleId === ruleId)?.locations[0].physicalLocation
}

const cases: readonly (readonly [name: string, results: () => Results])[] = [
  ['with problems of every part', sampleResults],
  ['with hostile names', hostileResults],
  ['of which nothing was run', unrunResults],
]

describe.for(cases)('results %s', ([, make]) => {
  it('are valid SARIF 2.1.0', () => {
    expect(sarifErrors(JSON.parse(formatSarif(make())))).toBe('')
  })
})

describe('the schema of SARIF', () => {
  it('refuses what is none', () => {
    const { runs, ...rest } = JSON.parse(formatSarif(sampleResults()))
    expect(isSarif(rest)).toBe(false)
    expect(isSarif({ ...rest, runs: runs.map((run: object) => ({ ...run, tool: {} })) })).toBe(false)
  })
})

describe('the problems', () => {
  it('are listed for every part', () => {
    const ids = sarifOf(sampleResults()).results.map(({ ruleId }) => ruleId)
    expect(ids).toEqual([
      'gate/migration-edited',
      'upgrades/golden',
      'crash/half-done',
      'contracts/contracts',
      'fuzz/behaviour',
      'mutation/mutant-survived',
      'findings/pk-nullable',
      'findings/waiver-unused',
    ])
  })

  it('name their rule by its place in the list of rules', () => {
    const { tool, results } = sarifOf(sampleResults())
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
  })

  /** Each row: a rule of the sample, and the file and the line of the statement that it is about. */
  const places: readonly (readonly [ruleId: string, uri: string, startLine: number])[] = [
    ['gate/migration-edited', 'src/migrations/v1-notes.ts', 8],
    ['upgrades/golden', 'src/migrations/v2-tags.ts', 8],
    ['findings/pk-nullable', 'src/migrations/v1-notes.ts', 8],
    ['mutation/mutant-survived', 'src/migrations/v2-tags.ts', 8],
    ['contracts/contracts', 'src/migrations/v2-tags.ts', 8],
    ['crash/half-done', 'src/migrations/v2-tags.ts', 14],
  ]

  it.for(places)('of %s are at the statement', ([ruleId, uri, startLine]) => {
    expect(placeOf(sampleResults(), ruleId)).toEqual({
      artifactLocation: { uri, uriBaseId: 'SRCROOT' },
      region: { startLine },
    })
  })

  it('leave out what is accepted, which a code host would show as open', () => {
    const results = sampleResults()
    const accepted = {
      ...results,
      findings:
        results.findings && changeProblems(results.findings, (each) => ({ ...each, status: 'accepted' })),
    }
    expect(sarifOf(accepted).results.map(({ ruleId }) => ruleId)).not.toContain('findings/pk-nullable')
  })

  it('keep their fingerprints when lines move, and differ by rule and object', () => {
    const results = repeatFinding(sampleResults())
    const before = sarifOf(results).results.map(({ partialFingerprints }) => partialFingerprints)
    const after = sarifOf(moveLines(results)).results.map(({ partialFingerprints }) => partialFingerprints)
    expect(after).toEqual(before)
    expect(new Set(before.map((print) => JSON.stringify(print))).size).toBe(before.length)
  })

  it('say of a name what it is, whatever it holds', () => {
    const texts = sarifOf(hostileResults()).results.map(({ message }) => message.text)
    expect(texts.some((text) => text.includes(hostile))).toBe(true)
  })
})

describe('the repository of this package', () => {
  const driverOf = (url: string | null) => {
    const repository = url === null ? null : { url, tag: 'migration-proof-v1.2.3' }
    const log = JSON.parse(formatSarif(sampleResults(), repository))
    expect(sarifErrors(log)).toBe('')
    return log.runs[0].tool.driver
  }
  const helpOf = (url: string | null, id: string) =>
    driverOf(url).rules.find((rule: { readonly id: string }) => rule.id === id).helpUri

  it('gives each rule its page', () => {
    const url = 'https://example.org/owner/name'
    const blob = `${url}/blob/migration-proof-v1.2.3/packages/migration-proof`
    expect(driverOf(url).informationUri).toBe(`${blob}/README.md`)
    expect(helpOf(url, 'crash/half-done')).toBe(`${blob}/docs/power-loss.md`)
    expect(helpOf(url, 'findings/pk-nullable')).toBe(`${blob}/docs/rules/pk-nullable.md`)
  })

  it('is left out while it is not known, and a source is the help then', () => {
    expect(driverOf(null)).not.toHaveProperty('informationUri')
    expect(helpOf(null, 'crash/half-done')).toBeUndefined()
  })

  it('has every page', () => {
    const pages: readonly string[] = driverOf('https://example.org').rules.flatMap(
      ({ helpUri }: { readonly helpUri?: string }) => helpUri?.split('/packages/migration-proof/')[1] ?? [],
    )
    expect(pages.length).toBeGreaterThan(5)
    const [first] = pages.filter((page) => !existsSync(join(packageFolder, page.split('#')[0] ?? '')))
    expect(first).toBeUndefined()
  })
})

describe('a part that was not run', () => {
  it('is listed, and so is one that was run for a choice', () => {
    const messages = (results: Results) =>
      sarifOf(results).invocations[0].toolExecutionNotifications.map(({ message }) => message.text)
    expect(messages(unrunResults())).toContain('crash: not run.')
    expect(messages(sampleResults())).toEqual(['mutation: only the mutants of version 2.'])
  })
})

/** The same weakness at another object of the same file. */
function repeatFinding(results: Results): Results {
  const { findings } = results
  const [first] = findings?.problems ?? []
  if (!findings || first === undefined) throw new Error('no sample')
  const more = { ...first, subject: { ...first.subject, name: 'note.text' } }
  return { ...results, findings: { ...findings, problems: [...findings.problems, more] } }
}

function moveLines(results: Results): Results {
  const { history } = results
  const move = (problem: Problem) => ({
    ...problem,
    location: problem.location && { ...problem.location, line: 99 },
  })
  const moved = Object.fromEntries(
    problemOrder.map((part) => [part, results[part] && changeProblems(results[part], move)]),
  )
  return {
    ...results,
    ...moved,
    history: history && {
      ...history,
      versions: history.versions.map((version) => ({
        ...version,
        statements: version.statements.map((statement) => ({ ...statement, line: 77 })),
      })),
    },
  }
}
