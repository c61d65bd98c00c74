// Goal: a maintainer of any project sees in one run what stands between a change and its release, and is not stopped
// by what the base has too; a wrong call is answered with the right one.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { renderGate } from '../../src/cli/gate/render.ts'
import { makeProblem } from '../../src/problem.ts'
import { sampleResults, unrunResults } from '../report/samples.ts'
import { addThirdVersion, makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const released = makeNotesProject()
afterAll(() => released.destroy())

const gate = (scratch: ScratchProject, ...options: readonly string[]) =>
  scratch.run(['gate', '--config', 'suite.mjs', ...options])

it('the verdict counts what the base has too', () => {
  const { findings } = sampleResults()
  if (findings === null) throw new Error('no sample')
  const verdictOf = (count: number) => {
    const problems = Array.from({ length: count }, (_, index) =>
      makeProblem('pk-nullable', {
        status: 'existing',
        subject: { type: 'table', name: `t${index}` },
        expected: 'no such weakness',
        actual: 'one',
      }),
    )
    return renderGate({ ...unrunResults(), findings: { ...findings, problems } }, (_, text) => text)
  }
  expect(verdictOf(1)).toContain(' 1 more is in the base too.')
  expect(verdictOf(3)).toContain(' 3 more are in the base too.')
})

it('names the waivers that the base does not have', () => {
  const scratch = released.copy()
  const config = scratch.read('suite.mjs')
  const waiving = (objects: readonly string[], reason: string) =>
    config.replace(
      "name: 'notes',",
      `name: 'notes', waivers: [${JSON.stringify({ code: 'pk-nullable', objects, reason })}],`,
    )
  scratch.write('suite.mjs', waiving(['column note.id'], 'old'))
  scratch.commit('Accept one')
  scratch.git('tag', 'waived')
  scratch.write('suite.mjs', waiving(['column note.id', 'column tag.id'], 'no one writes NULL there'))
  const run = (...options: readonly string[]) =>
    gate(scratch, '--history', '--base', 'waived', ...options).stdout
  expect(run()).toContain(
    'New waivers, to be reviewed:\n  pk-nullable of column tag.id: no one writes NULL there\n',
  )
  expect(JSON.parse(run('--json')).gate.newWaivers).toEqual([
    { code: 'pk-nullable', objects: ['column tag.id'], reason: 'no one writes NULL there' },
  ])
})

describe('the whole gate', () => {
  const scratch = released.copy()
  const summary = join(scratch.folder, 'job-summary.md')
  const { exitCode, stdout, stderr } = scratch.run(
    ['gate', '--config', 'suite.mjs', '--base', 'v1.0.0', '--output-dir', 'results'],
    { env: { GITHUB_STEP_SUMMARY: summary } },
  )

  it('runs each proof once, and reports each when it ends', () => {
    const lines = stderr.split('\n').filter((line) => !line.startsWith('… '))
    const reported = lines.map((line) => line.replace(/^. | in [\d.]+ m?s$/g, ''))
    expect(reported.toSorted()).toEqual(
      [
        '',
        'Injected faults',
        'Power and disk failures',
        'Query plans: not run',
        'Release gate',
        'Upgrades of snapshots',
        'Weaknesses of the schema',
      ].toSorted(),
    )
  })

  it('prints in a table what was proven, and what a quick run left out', () => {
    expect(stdout).toMatch(/^✓ +Upgrades of snapshots +2 of 2 snapshots proven/m)
    expect(stdout).toMatch(/^. +Injected faults .*only the mutants of v2 /m)
    expect(stdout).toMatch(/^✓ +Power and disk failures .* 0 bad; only the upgrade of v1 /m)
  })

  it('does not hold the weaknesses that the base has against the change', () => {
    expect(stdout).toMatch(/^✗ +Weaknesses of the schema /m)
    expect(stdout).toMatch(/^– column note\.id: pk-nullable, in the base too: /m)
    expect(stdout).toMatch(/Nothing stands in the way of the release\. 1 more is in the base too\./)
    expect(exitCode).toBe(0)
  })

  it('writes its results in every format, and the summary of the job', () => {
    for (const file of ['results.json', 'gate.sarif', 'summary.md', 'report.html'])
      expect(existsSync(join(scratch.folder, 'results', file)), file).toBe(true)
    expect(scratch.read('job-summary.md')).toBe(scratch.read('results/summary.md'))
    expect(JSON.parse(scratch.read('results/results.json'))).toMatchObject({
      suite: 'notes',
      packageVersion: '1.0.0',
      outcome: 'passed',
      gate: { outcome: 'passed', base: 'v1.0.0', baseConfig: 'loaded', harnessVersion: expect.any(String) },
    })
  })
})

describe('a change', () => {
  it('is stopped by a weakness of its own, with the line of the statement', () => {
    const scratch = released.copy()
    addVersion(scratch, 'CREATE TABLE tag (name TEXT PRIMARY KEY)')
    const { exitCode, stdout } = gate(scratch, '--base', 'v1.0.0')
    expect(stdout).toContain('✗ column tag.name: pk-nullable\n    where      migrations.mjs:15\n')
    expect(exitCode).toBe(1)
  })

  it('names a version that it edited, what that means, and what to do', () => {
    const scratch = released.copy()
    scratch.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    const { exitCode, stdout } = gate(scratch, '--history', '--base', 'main')
    expect(stdout).toContain(`✗ migration v1: migration-edited
    where      migrations.mjs:5
    expected   \`CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)\`
    actual     \`CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT)\`
    why        Files that were upgraded before the change stay as they were, and new ones become something else.
    fix        undo the change, and write what must change as the next version
`)
    expect(stdout).toMatch(/\n1 problem to fix\. Compared with main, .*in .*\n$/)
    expect(exitCode).toBe(1)
  })

  it('is not stopped by an edit that the base has already', () => {
    const scratch = released.copy()
    scratch.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    scratch.commit('Edit what was released')
    scratch.write('words.md', 'Words.\n')
    const { exitCode, stdout } = gate(scratch, '--history', '--base', 'main')
    expect(stdout).toContain('– migration v1: migration-edited, in the base too')
    expect(stdout).toContain('The history is as expected. No upgrade was proven')
    expect(exitCode).toBe(0)
    expect(gate(scratch, '--history', '--base', 'v1.0.0').exitCode).toBe(1)
  })

  it('is stopped where its migrations cannot be loaded, whatever else is wrong', () => {
    const scratch = released.copy()
    scratch.replace('migrations.mjs', 'version: 2', 'version: 1')
    const { exitCode, stdout } = gate(scratch, '--base', 'main')
    expect(stdout).toContain('✗ the config: suite-unloadable')
    expect(stdout).toContain('expected version 2, found version 1 (notes by text)')
    expect(exitCode).toBe(1)
  })
})

describe('a base', () => {
  it('without a config is read through its ledger alone, and that is said', () => {
    const scratch = released.copy()
    scratch.write('renamed.mjs', scratch.read('suite.mjs'))
    const { exitCode, stdout, stderr } = scratch.run([
      ...['gate', '--history', '--base', 'main', '--config', 'renamed.mjs'],
    ])
    expect(stderr).toContain('main has no config of that name: it is read through its ledger alone.')
    expect(stdout).toContain('Compared with main, which has no config: its ledger alone')
    expect(exitCode).toBe(0)
  })

  it('whose config cannot be loaded is named with the error, and not held against the change', () => {
    const scratch = released.copy()
    const config = scratch.read('suite.mjs')
    scratch.write('suite.mjs', "throw new Error('not yet')")
    scratch.commit('Break')
    scratch.write('suite.mjs', config)
    const { exitCode, stdout } = gate(scratch, '--history', '--base', 'main')
    expect(stdout).toMatch(/– main: base-unloadable, in the base too: .*'not yet'/)
    expect(stdout).toContain('Compared with main, whose config cannot be loaded: its ledger alone')
    expect(exitCode).toBe(0)
  })
})

describe('a base in TypeScript', () => {
  it('is loaded, and a problem that it has too is not held against the change', () => {
    const scratch = released.copy()
    const config = scratch
      .read('suite.mjs')
      .replace('migrations,', 'migrations: migrations as readonly object[] as never,')
    scratch.write('migration-proof.config.ts', config)
    scratch.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')
    scratch.commit('Write the config in TypeScript, and edit what was released')
    scratch.write('words.md', 'Words.\n')
    const { exitCode, stdout } = scratch.run(['gate', '--history', '--base', 'main', '--json'])
    expect(JSON.parse(stdout).gate).toMatchObject({ baseConfig: 'loaded', outcome: 'passed' })
    expect(exitCode).toBe(0)
  })
})

describe('without a base', () => {
  it('the ledger alone is compared', () => {
    const { exitCode, stdout } = gate(released, '--history')
    expect(stdout).toContain('Compared with the ledger alone')
    expect(exitCode).toBe(0)
  })

  it('where there is no git, that is said', () => {
    const scratch = released.copy()
    scratch.remove('.git')
    const { exitCode, stdout, stderr } = gate(scratch, '--history', '--base', 'main')
    expect(stderr).toContain('There is no git here: the ledger alone is compared.')
    expect(stdout).toContain('Compared with the ledger alone')
    expect(exitCode).toBe(0)
  })
})

describe('a base that is not there', () => {
  it.for([
    ['nowhere', 'found none of that name in this clone; fetch it with `git fetch origin nowhere`'],
    ['--upload-pack=touch', "expected a ref after it, found '--upload-pack=touch'"],
  ] as const)('%s is wrong usage, with what to do', ([ref, message]) => {
    const { exitCode, stdout, stderr } = gate(released, '--base', ref)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it('is not read as an option of git', () => {
    const { exitCode, stderr } = gate(released, '--base=-h')
    expect(stderr).toContain('found a name that begins with a hyphen')
    expect(exitCode).toBe(2)
  })

  it('is suggested where the remote has it', () => {
    const scratch = released.copy()
    scratch.git('update-ref', 'refs/remotes/origin/stable', 'HEAD')
    const { exitCode, stderr } = gate(scratch, '--base', 'stable')
    expect(stderr).toContain('perhaps --base origin/stable was meant')
    expect(exitCode).toBe(2)
  })

  it('is a clone that is too shallow, where it ends before the two meet', () => {
    const scratch = released.copy()
    scratch.git('switch', '--quiet', '--create', 'change')
    scratch.commit('Change something')
    scratch.git('switch', '--quiet', 'main')
    scratch.commit('Change something else')
    const clone = released.copy()
    clone.remove('.git')
    clone.git('init', '--quiet')
    for (const branch of ['main', 'change'])
      clone.git('fetch', '--quiet', '--depth', '1', pathToFileURL(scratch.folder).href, `${branch}:${branch}`)
    clone.git('switch', '--quiet', '--force', 'change')
    const { exitCode, stderr } = gate(clone, '--base', 'main')
    expect(stderr).toContain('a shallow clone, which ends before the two meet')
    expect(stderr).toContain('`fetch-depth: 0`')
    expect(exitCode).toBe(2)
  })
})

/** A third version, in the list and frozen, with its changelog and package version. */
function addVersion(scratch: ScratchProject, sql: string): void {
  addThirdVersion(scratch, sql)
  scratch.replace('package.json', '1.0.0', '1.1.0')
  scratch.run(['freeze', '--config', 'suite.mjs'])
  scratch.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
  scratch.run(['freeze', '--release', '--config', 'suite.mjs'])
}
