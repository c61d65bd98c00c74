// Goal: each check has a page in the docs that shows a problem which it really names, and no page is about anything else.
// `npm run docs` writes the output of the examples.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { verifySuite } from '../../src/checks/verify.ts'
import { mergeProblems } from '../../src/problem.ts'
import { pageOf } from '../../src/report/page-of.ts'
import { packageFolder } from '../support/command-line.ts'
import { listPages, openExample, readPage, withOutput } from '../support/docs-page.ts'

const index = readFileSync(join(packageFolder, 'docs', 'checks.md'), 'utf8')
/** The upgrade comes before every check, and is reported like one. */
const names = ['upgrade', ...checks.map(({ name }) => name)]

it('each check has a page, and there are no others', () => {
  expect(listPages('checks').toSorted()).toEqual(names.map((name) => name.replaceAll(' ', '-')).toSorted())
})

it('the index leads to each, in the order of the checks, and to nothing else', () => {
  const linked = [...index.matchAll(/^\| \[([\w -]+)\]\((checks\/[\w-]+\.md)\) \|/gm)]
  expect(linked.map(([, name]) => name)).toEqual(names)
  expect(linked.map(([, , page]) => `docs/${page}`)).toEqual(names.map(pageOf))
})

describe.for(names)('the page of the check %s', (name) => {
  const page = readPage(pageOf(name) ?? '')

  it('fits on a screen, in the form of all', () => {
    expect(page.text.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
    expect(page.text.startsWith(`# ${name}\n\nA check of \`verify\``)).toBe(true)
    expect([...page.sections.keys()]).toEqual(['Example', 'What it proves', 'What to do'])
    expect([...page.sections.values()].every((text) => /[.`)]$/.test(text))).toBe(true)
  })

  it('shows a problem that it really names', async () => {
    const { suite, options } = openExample(page.text)
    const found = verifySuite(suite, options).flatMap((proof) => proof.checks)
    const [named] = mergeProblems(found.flatMap(({ problems }) => problems)).filter(
      ({ code, alsoFoundBy }) => code === name || alsoFoundBy.includes(name),
    )
    if (named === undefined) throw new Error(`${name} names nothing`)
    await expect(withOutput(page, named)).toMatchFileSnapshot(page.file)
  })
})
