// Goal: `verify --engine` proves the upgrades on the engines that it names, says which they are, and passes over none.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runOnForum } from '../support/forum.ts'
import { makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

describe('verify --engine', () => {
  it('proves all snapshots on each engine that is named, and says its version', () => {
    const { exitCode, stdout } = runOnForum([
      'verify',
      '--engine',
      'libsql',
      '--engine',
      'better-sqlite3',
      '--json',
    ])
    expect(exitCode).toBe(0)
    const { engine, engines, missingEngines } = JSON.parse(stdout)
    expect(engine).toEqual({
      name: 'better-sqlite3',
      version: expect.any(String),
      sqlite: expect.any(String),
    })
    expect(engines).toMatchObject([
      {
        engine: 'libsql',
        version: expect.stringMatching(/^0\.\d/),
        outcome: 'passed',
        foreignKeys: true,
        problems: [],
      },
      { engine: 'better-sqlite3', sqlite: engine.sqlite, outcome: 'passed' },
    ])
    expect(missingEngines).toEqual([])
  })

  it.for<[string[], string]>([
    [
      ['--engine', 'libsqi'],
      "--engine: expected one of better-sqlite3, node:sqlite, bun:sqlite, libsql, turso, d1, durable-object, or all, found 'libsqi'; perhaps libsql was meant.",
    ],
    [['--matrix', 'page.md'], 'verify --matrix: expected --engine all beside it'],
    [['--engine', 'all', '--write'], 'verify --write: expected --matrix FILE beside it'],
    [['--against', 'file.db', '--engine', 'libsql'], '--engine: expected no --against beside it'],
  ])('refuses %s', ([parameters, message]) => {
    const { exitCode, stderr } = runOnForum(['verify', ...parameters])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('a project without engines', () => {
  let project: ScratchProject
  // Nothing of this repository is found from there, nor a program in the PATH.
  const env = { PATH: '', CI: '' }

  beforeAll(() => {
    project = makeNotesProject()
    project.write('page.md', '# Engines\n\n<!-- matrix -->\n<!-- end of matrix -->\n')
  })
  afterAll(() => project.destroy())

  const verify = (...parameters: string[]) => ['verify', '--config', 'suite.mjs', ...parameters]

  it('names an engine that is missing, with the line that installs it', () => {
    const { exitCode, stderr } = project.run(verify('--engine', 'turso'), { env })
    expect(exitCode).toBe(2)
    expect(stderr).toContain(
      'Engine turso: expected the package @tursodatabase/database, found none; install it with npm install @tursodatabase/database.',
    )
  })

  it('names every missing one of all, and fails for it in CI alone', () => {
    const { exitCode, stdout } = project.run(verify('--engine', 'all'), { env })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('not installed: npm install --save-dev bun')
    const inCi = project.run(verify('--engine', 'all'), { env: { ...env, CI: 'true' } })
    expect(inCi.exitCode).toBe(1)
    expect(inCi.stdout).toContain('In CI, no engine is skipped.')
  })

  it('proves on the engine of the config without an option', () => {
    const config = project.read('suite.mjs').replace("name: 'notes',", "name: 'notes', engine: 'libsql',")
    project.write('suite-libsql.mjs', config)
    const { exitCode, stderr } = project.run(['verify', '--config', 'suite-libsql.mjs'], { env })
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('install it with npm install libsql')])
    rmSync(join(project.folder, 'suite-libsql.mjs'))
  })

  it('writes the matrix of engines and checks to a page, and compares it later', () => {
    const page = ['--engine', 'all', '--matrix', 'page.md']
    expect(project.run(verify(...page), { env }).stderr).toContain('the matrix of engines of this run')
    expect(project.run(verify(...page, '--write'), { env }).exitCode).toBe(0)
    expect(project.read('page.md')).toContain('| libsql | not installed |')
    expect(project.run(verify(...page), { env }).exitCode).toBe(0)
  })
})
