// Goal: the test files that the docs show run in Vitest, Jest and Bun: all green, and with an injected loss the test of that name
// fails, with its difference; in watch mode Vitest runs them again.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  injectLoss,
  makeRunnerProject,
  runIn,
} from '../../packages/migration-proof/tests/support/runner-project.ts'
import { projectFolder } from '../support/imports.ts'

/** Where Jest and Bun are installed, once: nothing of the repository needs them. */
const folder = join(projectFolder, 'node_modules/.cache/migration-proof-test-runners')
const packages = ['jest@30.5.2', 'bun@1.4.5']

beforeAll(() => {
  if (existsSync(join(folder, 'node_modules/.bin/bun'))) return
  mkdirSync(folder, { recursive: true })
  const { status, output } = runIn({ folder }, 'npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    ...packages,
  ])
  expect(status, output).toBe(0)
})

function makeProject() {
  const project = makeRunnerProject()
  onTestFinished(() => project.destroy())
  // Vitest resolves what a project has, and not what is linked from elsewhere.
  symlinkSync(join(projectFolder, 'node_modules/vitest'), join(project.folder, 'node_modules/vitest'))
  return project
}

const vitest = join(projectFolder, 'node_modules/vitest/vitest.mjs')
const bin = (name: string) => join(folder, 'node_modules/.bin', name)

/** Each row: a test runner, what runs a file of it, the option that filters by name, and how it counts 58 tests. */
const runners = [
  [
    'vitest',
    process.execPath,
    [vitest, 'run', 'tests/migrations.test.js', 'tests/database.test.js'],
    /Tests {2}59 passed/,
  ],
  ['jest', bin('jest'), ['tests/migrations-jest.test.js'], /Tests: +58 passed/],
  ['bun', bin('bun'), ['test', './tests/migrations-bun.test.js'], /^ 58 pass$/m],
] as const

describe.for(runners)('%s', ([, program, parameters, count]) => {
  it('runs every test', () => {
    const { status, output } = runIn(makeProject(), program, parameters)
    expect(output).toMatch(count)
    expect(status).toBe(0)
  })

  it('fails where a migration loses rows, with the name of the test and the difference', () => {
    const project = makeProject()
    injectLoss(project)
    const { status, output } = runIn(project, program, [...parameters, '-t', 'v2 upgraded to v3 golden'])
    expect(status).toBe(1)
    expect(output).toMatch(/v2 upgraded to v3 [>›] golden: has the golden schema of its version/)
    expect(output).toContain('where      migrations/0003_pinned.sql:2')
    expect(output).toMatch(/^ *- +["']table note, column text: not null["']: ["']NOT NULL["']/m)
    expect(output).toMatch(/^ *\+ +["']table note, column text: not null["']: ["']NULL allowed["']/m)
  })
})

it('vitest runs the file again when a migration has changed', { timeout: 300_000 }, async () => {
  const project = makeProject()
  const child = spawn(process.execPath, [vitest, '--watch'], {
    cwd: project.folder,
    env: { ...process.env, NO_COLOR: '1', CI: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  const until = (text: RegExp) => expect.poll(() => output, { timeout: 120_000 }).toMatch(text)
  await until(/Waiting for file changes/)
  injectLoss(project)
  await until(/RERUN[\s\S]*0003_pinned\.sql[\s\S]*golden: has the golden schema of its version[\s\S]*failed/)
  output = ''
  cpSync(join(project.folder, 'migrations/0002_tag.sql'), join(project.folder, 'migrations/0004_more.sql'))
  await until(/RERUN[\s\S]*0004_more\.sql/)
})
