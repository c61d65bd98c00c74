// Goal: each recipe of the docs upgrades a snapshot with rows, passes every check of verify, and has no finding that loses rows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifySuite } from '../../src/checks/verify.ts'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { loadSnapshot } from '../../src/index.ts'
import { openInMemory } from '../../src/snapshots/open.ts'
import { packageFolder } from '../support/command-line.ts'
import { listExamples, listPages, openExample, readPage } from '../support/docs-page.ts'

const recipes = listPages('recipes').flatMap((name) =>
  listExamples(readPage(`docs/recipes/${name}.md`)).map((example, index) => ({ name, index, example })),
)

it('the index leads to each recipe', () => {
  const index = readFileSync(join(packageFolder, 'docs', 'recipes.md'), 'utf8')
  const linked = [...index.matchAll(/\]\(recipes\/([\w-]+)\.md\)/g)].map(([, name]) => name)
  expect(linked.toSorted()).toEqual(listPages('recipes').toSorted())
})

describe.for(recipes)('the recipe $name, example $index', ({ example }) => {
  it('upgrades rows, and passes every check', () => {
    const { suite } = openExample(example)
    const proofs = verifySuite(suite)
    expect(proofs.flatMap(({ checks }) => checks.flatMap(({ problems }) => problems))).toEqual([])
    const old = suite.snapshots.filter(({ version }) => version > 0)
    expect(proofs.map(({ snapshot }) => snapshot)).toEqual(
      expect.arrayContaining(old.map(({ name }) => name)),
    )
    for (const { name } of old) {
      using copy = openInMemory(loadSnapshot(suite.fixtures, name))
      const [table] = copy.connection.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_version' ORDER BY rowid",
      )
      const rows = copy.connection.all(`SELECT count(*) AS rows FROM "${table?.name}"`)[0]?.rows
      expect(Number(rows), `${name}, ${table?.name}`).toBeGreaterThan(1)
    }
  })

  it('has no finding of an error', () => {
    const { problems } = findWeaknesses(openExample(example).suite)
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})
