// Goal: each tool has a page in the docs, all pages have one form and fit on a screen, and the overview leads to them. What they
// show is run by tests/cli/init.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listTools } from '../../src/history/recognisers/find-tools.ts'
import { packageFolder } from '../support/command-line.ts'
import { listToolPages, pageOf, readToolPage } from '../support/tool-page.ts'
import { toolProjects } from '../support/tool-projects.ts'

const pages = listToolPages()
const overview = readFileSync(join(packageFolder, 'docs', 'tools.md'), 'utf8')

/** Tools that no test runs. */
const unchecked = ['goose', 'golang-migrate', 'sqlx']

it('each tool that init finds has a page and a project, and there are no others', () => {
  expect([...new Set(listTools().map(pageOf))].toSorted()).toEqual(pages.toSorted())
  expect(['folder', ...toolProjects.map(([tool]) => tool)].toSorted()).toEqual(listTools().toSorted())
})

describe.for(pages)('the page of %s', (name) => {
  const { text, configs } = readToolPage(name)

  it('fits on a screen, in the form of all', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(45)
    expect(text).toMatch(/^# .+\n\n.+(?:\n.+)?\.\n\n```js\n/)
    const parts = [...text.matchAll(/^(?:## .*|```\w+)$/gm)].map(([part]) => part)
    const own = ['```sh', '## How it applies migrations', '## Options', '## Limits']
    expect(parts).toEqual([...configs.map(() => '```js'), ...own])
  })

  it('has a link in the overview', () => {
    expect(overview).toContain(`](tools/${name}.md)`)
  })

  it('says where its rules were not checked against the tool', () => {
    const says = text.includes('Rules emulated, not checked against the tool')
    expect(says).toBe(unchecked.includes(name))
  })
})
