// Goal: the published JSON Schema is the model of results and nothing else, so that a program in any language can
// rely on it.
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { describeResults, formatJson, parseResults, ResultsError } from '../../src/report/parse.ts'
import { sampleResults } from './samples.ts'

const ajv = new Ajv2020.default({ strict: true })
addFormats.default(ajv)
const isValid = ajv.compile(describeResults())

/** Each row: what is wrong, and the results with that fault. */
const faults: readonly (readonly [fault: string, results: object])[] = [
  ['an unknown field', { ...sampleResults(), more: 1 }],
  ['a part that is left out instead of null', withoutPart('crash')],
  ['an outcome that is none', { ...sampleResults(), outcome: 'skipped' }],
  ['another format', { ...sampleResults(), format: 1 }],
  ['a negative duration', { ...sampleResults(), durationMilliseconds: -1 }],
  ['a time that is none', { ...sampleResults(), startedAt: 'today' }],
]

describe('results.schema.json', () => {
  it('is the model; `npm run docs` writes it again', async () => {
    const text = `${JSON.stringify(describeResults(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../results.schema.json')
  })

  it('takes results with every part, and with none', () => {
    expect(isValid(sampleResults()), ajv.errorsText(isValid.errors)).toBe(true)
    expect(isValid(withoutParts()), ajv.errorsText(isValid.errors)).toBe(true)
  })

  it.for(faults)('refuses %s, and so does the reader', ([, results]) => {
    expect(isValid(results)).toBe(false)
    expect(() => parseResults(JSON.stringify(results), 'a file')).toThrow(ResultsError)
  })
})

describe('results', () => {
  it('are the same after they were written and read', () => {
    const results = sampleResults()
    expect(parseResults(formatJson(results), 'a file')).toEqual(results)
  })

  it('of a file that is no JSON are refused in one sentence that names the file', () => {
    expect(() => parseResults('{', 'results.json')).toThrow(/^results\.json: expected JSON, found [^\n]+\.$/)
  })
})

function withoutPart(name: 'crash'): object {
  const { [name]: _, ...rest } = sampleResults()
  return rest
}

function withoutParts(): object {
  return Object.fromEntries(
    Object.entries(sampleResults()).map(([name, value]) => [name, typeof value === 'object' ? null : value]),
  )
}
