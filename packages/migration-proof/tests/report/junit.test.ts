// Goal: the report in the form of JUnit is well-formed XML of the shape that its readers know, whatever names a project has, and
// counts as many tests and failures as it holds.
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { makeProblem } from '../../src/problem.ts'
import { formatJunit, junitParts } from '../../src/report/junit.ts'
import { sampleResults } from './samples.ts'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

/** Reads a document; throws where it is not well-formed. */
function readXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('text', (found) => {
    const last = open.at(-1)
    if (last !== undefined) last.text += found
  })
  parser.on('closetag', () => open.pop())
  parser.write(text).close()
  const [document = root] = root.children
  return document
}

/** What https://github.com/testmoapp/junitxml lists for each element, which is what its readers have in common. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
  testsuite: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
  testcase: ['name', 'classname', 'time', 'file', 'line'],
  skipped: ['message'],
  failure: ['message', 'type'],
}
const inside: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['testsuite'],
  testsuite: ['testcase'],
  testcase: ['skipped', 'failure'],
  skipped: [],
  failure: [],
}

function expectShape({ name, attributes, children }: Element) {
  expect(Object.keys(attributes).filter((key) => !allowed[name]?.includes(key))).toEqual([])
  for (const child of children) {
    expect(inside[name]).toContain(child.name)
    expectShape(child)
  }
}

const casesOf = (element: Element): Element[] =>
  element.name === 'testcase' ? [element] : element.children.flatMap(casesOf)

function expectCounts(element: Element) {
  const cases = casesOf(element)
  const having = (name: string) =>
    cases.filter(({ children }) => children.some((child) => child.name === name)).length
  expect(element.attributes).toMatchObject({
    tests: `${cases.length}`,
    failures: `${having('failure')}`,
    skipped: `${having('skipped')}`,
    errors: '0',
  })
}

describe('results', () => {
  const document = readXml(formatJunit('notes', junitParts(sampleResults())))

  it('have the shape that readers know', () => {
    expectShape(document)
  })

  it('count what they hold', () => {
    for (const element of [document, ...document.children]) expectCounts(element)
    expect(casesOf(document).length).toBeGreaterThan(5)
  })

  it('name the check, the file and the line of what failed', () => {
    const suite = document.children.find(({ attributes }) => attributes.name?.startsWith('upgrade of v1'))
    const failed = suite?.children.find(({ children }) => children.some(({ name }) => name === 'failure'))
    expect(failed?.attributes).toMatchObject({ name: 'golden', classname: 'notes.upgrade of v1, v1 to v2' })
    expect(failed?.children[0]?.attributes.message).toBe('table tag: expected CASCADE, found NO ACTION')
  })

  it('skip what there was nothing to compare of, and what is accepted', () => {
    const reasons = casesOf(document).flatMap(({ children }) =>
      children.filter(({ name }) => name === 'skipped').map(({ attributes }) => attributes.message),
    )
    expect(reasons).toContain('no tables declared')
  })

  it('name a part that was not run', () => {
    const parts = junitParts({ ...sampleResults(), crash: null })
    const crash = readXml(formatJunit('notes', parts)).children.find(
      ({ attributes }) => attributes.name === 'crash',
    )
    expect(crash?.children[0]?.children[0]?.attributes.message).toBe('not run')
  })
})

describe('hostile names', () => {
  it.for<readonly [string, string, string]>([
    ['quotes', `"'`, `"'`],
    ['the end of a section', ']]>', ']]>'],
    ['tags', '<failure>&amp;</testcase>', '<failure>&amp;</testcase>'],
    ['line ends', 'a\nb\r\nc\td', 'a\nb\r\nc\td'],
    ['control characters', '\u0000\u001b[31m\u0085', '\\u{0}\\u{1b}[31m\\u{85}'],
    ['directions of writing', '\u202Eabc', '\\u{202e}abc'],
    ['half an emoji', '\ud83d!', '\\u{d83d}!'],
    ['characters that XML lacks', '\uffff', '\\u{ffff}'],
    ['emoji', '🗑️👩‍👩', '🗑️👩\\u{200d}👩'],
  ])('with %s are read back', ([, name, read]) => {
    const problem = makeProblem(name, {
      subject: { type: 'file', name },
      expected: name,
      actual: name,
      location: { file: name, line: 1 },
    })
    const text = formatJunit(name, { [name]: { durationMilliseconds: 1, problems: [problem] } })
    const document = readXml(text)
    expectShape(document)
    expect(document.attributes.name).toBe(read)
    const [found] = casesOf(document)
    expect(found?.attributes).toMatchObject({ file: read, name: `${read}: ${read}` })
    expect(found?.children[0]?.attributes).toEqual({
      type: read,
      message: `${read}: expected ${read}, found ${read}`,
    })
    expect(found?.children[0]?.text.replaceAll('\r\n', '\n')).toContain(
      `expected: ${read.replaceAll('\r\n', '\n')}`,
    )
  })
})
