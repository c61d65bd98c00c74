// Goal: each block of code in the docs is run by a test, or it stands here why not; and each command line that the docs show is one
// that the command takes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listPages, repository } from '../../../../site/pages.mjs'
import { checkArguments } from '../../src/cli/arguments.ts'
import { commands } from '../../src/cli/commands.ts'
import { definitionsOf } from '../../src/cli/help.ts'

const own = 'packages/migration-proof'

/** Each row: pages, and the test that runs what they show, or the reason why none does. */
const pagesAndTests: readonly (readonly [pages: RegExp, test: string | { readonly reason: string }])[] = [
  [/docs\/rules\/.+/, 'tests/findings/rule-pages.test.ts'],
  [/docs\/checks\/.+/, 'tests/checks/check-pages.test.ts'],
  [/docs\/recipes\/.+/, 'tests/docs/recipes.test.ts'],
  [/docs\/tools\/.+/, 'tests/cli/init.test.ts'],
  [/docs\/base\.md/, 'tests/cli/base.test.ts'],
  [/docs\/changed-tools\.md/, 'tests/history/changed-tools.test.ts'],
  [/docs\/test-runners\.md/, 'tests/test-runners/node-test.test.ts'],
  [/docs\/commands\.md/, 'tests/cli/usage.test.ts'],
  [/docs\/engines\.md/, 'tests/cli/verify-engines.test.ts'],
  [/docs\/replication\.md/, 'tests/findings/rules.test.ts'],
  [/docs\/tools\.md/, 'tests/cli/declare.test.ts'],
  [/docs\/rows\.md/, 'tests/behaviour/arbitraries.test.ts'],
  [/docs\/asynchronous-histories\.md/, 'tests/history/bridge.test.ts'],
  [/docs\/ledger\.md/, 'tests/cli/ledger-format.test.ts'],
  [/docs\/report\.md/, 'tests/cli/report.test.ts'],
  [/docs\/mutation\.md/, 'tests/cli/mutate.test.ts'],
  [/docs\/config\.md/, 'tests/cli/package.test.ts'],
  [/docs\/ci\.md/, { reason: 'workflows, which check:workflows and the test of the action read' }],
  [/docs\/histories\.md/, { reason: 'the form of a file that the reader writes' }],
  [/docs\/upgrade\.md/, { reason: 'a line of the output, about rows of the reader' }],
  [/docs\/mutation-harness\.md/, { reason: 'hours of work on this package itself' }],
  [/README\.md/, 'tests/cli/package.test.ts'],
  [/site\/(start|index)\.md/, 'tests/cli/init.test.ts'],
]

const pages = listPages().map(({ source }) => ({
  source,
  text: readFileSync(join(repository, source), 'utf8'),
}))
const withBlocks = pages.filter(({ text }) => /^```\w/m.test(text))

describe.for(withBlocks)('$source', ({ source, text }) => {
  it('has one row that says what runs it', () => {
    const rows = pagesAndTests.filter(([of]) => new RegExp(`${of.source}$`).test(source))
    expect(rows).toHaveLength(1)
    const [, test] = rows[0] ?? []
    if (typeof test === 'string') expect(existsSync(join(repository, own, test))).toBe(true)
  })

  it('shows only command lines that the commands take', async () => {
    const lines = [...text.matchAll(/^npx migration-proof ([a-z].*)$/gm)].map(([, line = '']) =>
      line.replace(/\s+[#>].*$/, ''),
    )
    for (const line of lines) {
      const [name = '', ...words] = line.split(' ')
      const command = await commands.find((each) => each.name === name)?.load()
      if (command === undefined) throw new Error(`${source}: there is no command ${name}`)
      checkArguments(name, await definitionsOf(command), words)
    }
  })
})

it('no row is left over', () => {
  const left = pagesAndTests.filter(
    ([of]) => !withBlocks.some(({ source }) => new RegExp(`${of.source}$`).test(source)),
  )
  expect(left).toEqual([])
})
