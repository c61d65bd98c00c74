// Goal: `mutate` and the gate count a kill only of a check that is silent where nothing was injected: a declaration that
// the schema does not have would kill every mutant, and prove nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const config = (kind: string, id = '') => `import { defineConfig } from '${library}'

export default defineConfig({
  name: 'notes',
  fixtures: new URL('fixtures', import.meta.url),
  migrations: [
    {
      version: 1,
      name: 'notes',
      up: ({ exec }) =>
        exec("CREATE TABLE note (id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('a', 'b')))"),
    },
  ],
  tables: [
    {
      name: 'note',
      since: 1,
      columns: {
        id: { type: 'TEXT', notNull: true, ${id} },
        kind: { type: 'TEXT', notNull: true, ${kind} },
      },
      key: ['id'],
      checks: [
        {
          sql: "kind IN ('a', 'b')",
          holds: ({ kind }) => kind === 'a' || kind === 'b',
          refuses: [{ kind: 'c' }],
        },
      ],
    },
  ],
})
`

const right = "values: ['a', 'b']"

let project: ScratchProject

beforeAll(() => {
  project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'CHANGELOG.md': '# Changelog\n\n## 1.0.0 - 2025-01-31\n\n- The migration v1.\n',
    'migration-proof.config.mjs': config(right),
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
  project.commit('Freeze')
})
afterAll(() => project.destroy())

interface Results {
  readonly outcome: string
  readonly mutants: readonly unknown[]
  readonly problems: readonly { readonly code: string; readonly subject: unknown; readonly actual: string }[]
}

const failing = { type: 'check', name: 'behaviour' }

describe('a project whose declaration is right', () => {
  it('has nothing to report where nothing was injected', () => {
    const results: Results = JSON.parse(
      project.run(['mutate', '--operator', 'check-dropped', '--json']).stdout,
    )
    expect(results.problems).toEqual([])
    expect(results.mutants.length).toBeGreaterThan(0)
  })
})

describe.for([
  ['values that the CHECK refuses', ["examples: ['a', 'z']"]],
  ['a collation that the column has not', [right, "collate: 'NOCASE'"]],
] as const)('a declaration with %s', ([, [kind, id]]) => {
  let wrong: ScratchProject
  let run: Run

  beforeAll(() => {
    wrong = project.copy()
    wrong.write('migration-proof.config.mjs', config(kind, id))
    run = wrong.run(['mutate', '--json'])
  })

  it('is what `mutate` reports, for each check once, and no mutant is tried', () => {
    const results: Results = JSON.parse(run.stdout)
    expect(results).toMatchObject({ outcome: 'failed', mutants: [] })
    const reported = results.problems.filter(
      ({ subject }) => JSON.stringify(subject) === JSON.stringify(failing),
    )
    expect(reported).toMatchObject([{ code: 'fails-unmutated', subject: failing }])
    expect(reported[0]?.actual).toContain('note')
    expect(run.exitCode).toBe(1)
  })

  it('is what people read, and not a kill matrix', () => {
    const { stdout, exitCode } = wrong.run(['mutate', '--check', 'behaviour'])
    expect(stdout).toContain('✗ check behaviour: fails-unmutated')
    expect(stdout).not.toContain('killed')
    expect(exitCode).toBe(1)
  })
})

it('the gate reports it too, as existing where the base has it', () => {
  const wrong = project.copy()
  wrong.write('migration-proof.config.mjs', config(right, "collate: 'NOCASE'"))
  const gate = (...parameters: readonly string[]) => {
    const { stdout } = wrong.run(['gate', '--json', ...parameters])
    const { mutation }: { readonly mutation: Results | null } = JSON.parse(stdout)
    return mutation
  }
  expect(gate()).toMatchObject({
    outcome: 'failed',
    mutants: 0,
    problems: expect.arrayContaining([expect.objectContaining({ code: 'fails-unmutated', status: 'new' })]),
  })
  wrong.commit('Declare')
  const { problems = [] } = gate('--base', 'HEAD') ?? {}
  expect(problems).toContainEqual(expect.objectContaining({ code: 'fails-unmutated', status: 'existing' }))
})
