// Goal: the site is built from the docs, works below any path of a host and without a network, and is readable on a telephone and a
// desk, by day and by night. The nightly campaign looks at every page.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { listPages } from '../../../../site/pages.mjs'
import { browserOfMachine } from '../support/browser.ts'
import { lookAtPages } from '../support/look-at-pages.ts'
import { buildSite, builtSite, generatorOfSite } from '../support/site.ts'

describe.skipIf(!generatorOfSite.isMet)(`the site (${generatorOfSite.reason})`, () => {
  beforeAll(() => {
    buildSite('--no-report')
  }, 300_000)

  it('has every page, and each as text', () => {
    for (const { path } of listPages()) {
      expect(existsSync(join(builtSite, path.replace(/\.md$/, '.html'))), path).toBe(true)
      if (path !== 'index.md') expect(existsSync(join(builtSite, path)), path).toBe(true)
    }
  })

  it('lists its pages for programs, each with a sentence', () => {
    const list = readFileSync(join(builtSite, 'llms.txt'), 'utf8')
    const lines = [...list.matchAll(/^- \[[^\]]+\]\(([^)]+)\): \S.+[.:]$/gm)].map(([, path]) => path)
    const paths = listPages().map(({ path }) => path)
    expect(lines.toSorted()).toEqual(paths.filter((path) => path !== 'index.md').toSorted())
  })

  describe.skipIf(!browserOfMachine.isMet)(`in a browser (${browserOfMachine.reason})`, () => {
    lookAtPages(['index.html', 'rules/pk-nullable.html'])
  })
})
