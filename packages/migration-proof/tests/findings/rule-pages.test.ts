// Goal: each rule of lint has a page in the docs that shows a problem which it really names, and no page is about anything else.
// `npm run docs` writes the output of the examples.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { rules } from '../../src/findings/rules/index.ts'
import { packageFolder } from '../support/command-line.ts'
import { listPages, openExample, readPage, withOutput } from '../support/docs-page.ts'

const index = readFileSync(join(packageFolder, 'docs', 'findings.md'), 'utf8')

it('each rule has a page, and there are no others', () => {
  expect(listPages('rules').toSorted()).toEqual(rules.map(({ code }) => code).toSorted())
})

it('the index leads to each, in the order of the rules, and to nothing else', () => {
  const linked = [...index.matchAll(/^\| \[([\w-]+)\]\(rules\/([\w-]+)\.md\) \|/gm)]
  expect(linked.map(([, code]) => code)).toEqual(rules.map(({ code }) => code))
  expect(linked.map(([, , page]) => page)).toEqual(rules.map(({ code }) => code))
})

describe.for(rules)('the page of $code', ({ code, severity, source }) => {
  const page = readPage(`docs/rules/${code}.md`)

  it('fits on a screen, in the form of all', () => {
    expect(page.text.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
    expect(page.text.startsWith(`# ${code}\n\nA finding of \`lint\`, severity ${severity}.`)).toBe(true)
    expect([...page.sections.keys()]).toEqual(['Example', 'What it proves', 'What to do'])
    expect([...page.sections.values()].every((text) => /[.`)]$/.test(text))).toBe(true)
    expect(page.text).toContain(source)
  })

  it('shows a problem that it really names', async () => {
    const { problems } = findWeaknesses(openExample(page.text).suite)
    const named = problems.find((problem) => problem.code === code)
    if (named === undefined) throw new Error(`${code} names nothing`)
    await expect(withOutput(page, named)).toMatchFileSnapshot(page.file)
  })
})
