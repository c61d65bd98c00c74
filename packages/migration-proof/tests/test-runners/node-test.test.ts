// Goal: one line in a test file gives a test of `node:test` for each thing that an upgrade must prove, and one that fails shows the
// problem and its difference. The other test runners are run by tests/campaign of the repository.
import { afterAll, describe, expect, it } from 'vitest'
import { injectLoss, makeRunnerProject, runIn } from '../support/runner-project.ts'

const project = makeRunnerProject()
afterAll(() => project.destroy())

const run = (...parameters: string[]) =>
  runIn(project, process.execPath, ['--test', '--test-reporter', 'spec', ...parameters])

describe('a file of one line', () => {
  it('has a test for each fixture, and each check on each snapshot', () => {
    const { status, output } = run('tests/migrations.test.mjs')
    expect(status, output).toBe(0)
    for (const name of ['v0-empty', 'v1', 'v2']) expect(output).toContain(`${name} upgraded to v3`)
    expect(output).toContain('migrations/0003_pinned.sql is what was frozen')
    expect(output).toContain('golden: has the golden schema of its version')
    expect(output).toMatch(/^ℹ pass 58$/m)
    expect(output).toMatch(/^ℹ fail 0$/m)
  })

  it('has assertions for a database of the test', () => {
    const { status, output } = run('tests/database.test.mjs')
    expect(status, output).toBe(0)
  })

  it('names what a migration loses, with its difference', () => {
    injectLoss(project)
    const { status, output } = run('--test-name-pattern', '^(rows|golden):', 'tests/migrations.test.mjs')
    expect(status).toBe(1)
    expect(output).toMatch(/✖ rows: holds every row, column and value that it held before/)
    expect(output).toContain('✗ table note, column text: not null: golden')
    expect(output).toContain('where      migrations/0003_pinned.sql:2')
    expect(output).toContain("'table note, column text: not null': 'NULL allowed'")
    expect(output).toContain("'table note, column text: not null': 'NOT NULL'")
    expect(output).toContain('repeat it with `npx migration-proof verify --snapshot v2`')
  })

  it('has one test for a snapshot that is not frozen, which says in one sentence what to do', () => {
    project.write('migrations/0004_more.sql', 'CREATE TABLE more (id INTEGER PRIMARY KEY);\n')
    const { output } = run('tests/migrations.test.mjs')
    project.remove('migrations/0004_more.sql')
    const sentence =
      /snapshots\/v3: expected an entry in the ledger, found none; run `npx migration-proof freeze`/g
    // The reporter of some versions shows a failure twice.
    expect(output.match(sentence)?.length).toBeOneOf([1, 2])
    expect(output).not.toMatch(/at Host\.ask|at runTest/)
  })

  it('says in one sentence what is wrong with a config', () => {
    project.write('migration-proof.config.mjs', 'export default 1\n')
    const { status, output } = run('tests/migrations.test.mjs')
    expect(status).toBe(1)
    expect(output).toContain('expected a default export that defineConfig made, found something else')
  })
})
