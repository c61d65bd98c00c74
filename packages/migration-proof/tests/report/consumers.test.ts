// Goal: what reads the outputs in a build reads them as they were meant, whatever names a project has: two parsers of JUnit that
// build services use, the rules by which the runner of GitHub reads a line, the schema of SARIF, the schema of the results, and a
// parser of GitHub's Markdown.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse as readWithJunit2json } from 'junit2json'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { parse as readWithTestResultsParser } from 'test-results-parser'
import { afterAll, describe, expect, it } from 'vitest'
import { formatAnnotations } from '../../src/cli/output/annotations.ts'
import { safeCommands } from '../../src/cli/output/printable.ts'
import { describeSubject, isNew, type Problem } from '../../src/problem.ts'
import { formatJunit, junitParts } from '../../src/report/junit.ts'
import { formatMarkdown } from '../../src/report/markdown/summary.ts'
import type { Results } from '../../src/report/model.ts'
import { formatJson, parseResults } from '../../src/report/parse.ts'
import { changeProblems, listProblems, problemOrder } from '../../src/report/problems.ts'
import { formatSarif } from '../../src/report/sarif.ts'
import { readRunnerLine } from '../support/runner-commands.ts'
import { sarifErrors } from '../support/sarif-schema.ts'
import { hostile, sampleResults } from './samples.ts'

const ajv = new Ajv2020.default({ strict: true })
addFormats.default(ajv)
/** What is published, and no other: it is what the readers of results have. */
const published = new URL('../../results.schema.json', import.meta.url)
const isOfSchema = ajv.compile(JSON.parse(readFileSync(published, 'utf8')))

const folder = mkdtempSync(join(tmpdir(), 'consumers-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Each row: what the name is like, the name, and its form where no control character may be. */
const names: readonly (readonly [kind: string, name: string, shown?: string])[] = [
  ['quotes', `"'\``],
  ['escapes of annotations', '100%0A%0D%25%3A%2C'],
  ['a command of GitHub', '::error file=a.ts,line=1::b'],
  ['the end of its commands', '::stop-commands::token'],
  ['an older command', '##[error]a ##vso[task.complete]b', '##[error]a ##vso[task.complete]b'],
  ['the end of a section', ']]>'],
  ['a comment and a tag', '<!-- --><failure message="a">&amp;&#10;'],
  ['line ends', 'a\nb\r\n::warning::c', 'a\\u{a}b\\u{d}\\u{a}::warning::c'],
  ['control characters', '\u0000\u001b[31m\u0007\u009b', '\\u{0}\\u{1b}[31m\\u{7}\\u{9b}'],
  ['emoji and accents', '🗑️ é ﷽'],
  [
    'Markdown',
    '[a](b) ![c](d) **e** | f | ~g~ # h - [ ] i www.example.org a@example.org https://example.org',
  ],
  ['mentions', '@person and #1'],
  ['more than all others', hostile, hostile.replace('\n', '\\u{a}').replace('\u202E', '\\u{202e}')],
  ['a hundred thousand characters', 'a'.repeat(100_000)],
]

/** The sample, in which each problem is about something of that name. */
function resultsAbout(name: string): Results {
  const results = sampleResults()
  const change = (problem: Problem): Problem => ({
    ...problem,
    subject: { ...problem.subject, name },
    actual: name,
    why: name,
    location: problem.location && { file: `src/${name}`, line: 3 },
  })
  const changed = Object.fromEntries(
    problemOrder.map((part) => [part, results[part] && changeProblems(results[part], change)]),
  )
  return { ...results, suite: name, ...changed }
}

describe.for(names)('a name with %s', ([, name, shown = name]) => {
  const results = resultsAbout(name)
  const failed = listProblems(results)
    .map(({ problem }) => problem)
    .filter(isNew)

  it('is read by the parsers of JUnit, which count the same failures', async () => {
    const text = formatJunit(name, junitParts(results))
    const file = join(folder, 'junit.xml')
    writeFileSync(file, text)
    const first = await readWithJunit2json(text)
    const second = readWithTestResultsParser({ type: 'junit', files: [file] })
    if (first === undefined || first === null || !('testsuite' in first)) throw new Error('no suites')
    const suites = first.testsuite ?? []
    const cases = suites.flatMap((suite) => suite.testcase ?? [])
    const failures = cases.filter((one) => (one.failure ?? []).length > 0)
    expect(failures.length).toBeGreaterThan(5)
    expect(second.failed).toBe(failures.length)
    expect(second.suites.map((suite) => suite.cases.length)).toEqual(
      suites.map((suite) => suite.testcase?.length ?? 0),
    )
    const names = failures.flatMap((one) => one.failure ?? []).map(({ message }) => message)
    expect(names.filter((message) => !message?.includes('found '))).toEqual([])
    if (shown === name) expect(names.some((message) => message?.includes(name))).toBe(true)
  })

  it('is one line for the runner of GitHub, with the file, the title and the message', () => {
    const lines = safeCommands(formatAnnotations(failed, process.cwd())).trimEnd().split('\n')
    expect(lines).toHaveLength(failed.length)
    for (const [index, line] of lines.entries()) {
      const command = readRunnerLine(line)
      const { location, severity, code, subject } = failed[index] ?? expect.unreachable()
      expect(command?.name).toBe({ error: 'error', warning: 'warning', note: 'notice' }[severity])
      expect(Object.keys(command?.properties ?? {})).toEqual([
        ...(location === null ? [] : ['file', 'line']),
        'title',
      ])
      expect(command?.properties.title).toContain(`${code}: `)
      expect(command?.data).toContain('Expected ')
      if (shown === name && !name.includes('##')) {
        expect(command?.properties.title).toBe(`${code}: ${describeSubject(subject)}`)
        if (location !== null) expect(command?.properties.file).toBe(posix.normalize(location.file))
        expect(command?.data).toContain(`found ${name}.`)
      }
    }
  })

  it('is SARIF that holds it', () => {
    const log = JSON.parse(formatSarif(results))
    expect(sarifErrors(log)).toBe('')
    const { runs } = log
    const texts: string[] = runs[0].results.map(({ message }: { message: { text: string } }) => message.text)
    expect(texts.filter((text) => !text.includes(name))).toEqual([])
  })

  it('is JSON of the published schema, from which the same is read', () => {
    const text = formatJson(results)
    expect(isOfSchema(JSON.parse(text)), ajv.errorsText(isOfSchema.errors)).toBe(true)
    expect(parseResults(text, 'a file')).toEqual(results)
  })

  it('is text in Markdown: no link, no image, no mention, no HTML, and tables of whole rows', () => {
    const html = micromark(formatMarkdown(results), {
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
      allowDangerousHtml: true,
    })
    const tags = new Set([...html.matchAll(/<([a-z]\w*)/g)].map(([, tag]) => tag))
    expect([...tags].filter((tag) => !allowedTags.includes(tag ?? ''))).toEqual([])
    expect(html).not.toMatch(/[@#](?=\w)(?![^<]*<\/(?:code|pre)>)/)
    for (const [table] of html.matchAll(/<table>.*?<\/table>/gs)) {
      const widths = [...table.matchAll(/<tr>.*?<\/tr>/gs)].map(([row]) => row.match(/<t[hd]/g)?.length)
      expect(new Set(widths).size).toBe(1)
    }
    expect(html.match(/<h2>/g)).toHaveLength(1)
    expect(html.match(/<details/g)?.length).toBe(html.match(/<\/details>/g)?.length)
  })
})

const allowedTags = 'h2 h3 p table thead tbody tr th td ul li strong code details summary b pre'.split(' ')

describe('the readers', () => {
  it('of the runner find the commands that a line holds', () => {
    expect(readRunnerLine('  ::error file=a%2Cb,line=3::c%0Ad')).toEqual({
      name: 'error',
      properties: { file: 'a,b', line: '3' },
      data: 'c\nd',
    })
    expect(readRunnerLine('text ##[warning]a')).toMatchObject({ name: 'warning', data: 'a' })
    expect(readRunnerLine('text ::error::a')).toBeNull()
  })

  it('of Markdown see a link and a mention where they are', () => {
    const html = micromark('@person https://example.org', {
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
    })
    expect(html).toMatch(/@person.*<a href/)
  })

  it('of JUnit refuse what is none', async () => {
    await expect(readWithJunit2json('<testsuites><a></testsuites>')).rejects.toThrow()
    expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toContain('<testsuites')
  })
})
