// Goal: `verify` proves the snapshots that it says it proves, for people and for machines alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../src/index.ts'
import type { Run } from '../support/command-line.ts'
import { latest, runOnForum, forum as suite } from '../support/forum.ts'
import { makeNotesProject } from '../support/notes-project.ts'

const snapshot = 'v4'

describe('verify --snapshot', () => {
  const { exitCode, stdout, stderr } = runOnForum(['verify', '--snapshot', snapshot])

  it('has a line for the snapshot, with what was proven and the time, and a summary', () => {
    const count = checks.length + 1
    const checkLines = stdout.split('\n').slice(5, -1)
    const line = new RegExp(`^✓ ${snapshot} +v4 to v${latest} +${count} checks passed +[\\d.]+ m?s$`)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^forum, v1 to v\d+ /),
      expect.stringMatching(/^Snapshot +Upgrade +Result +Time$/),
      expect.stringMatching(line),
      '',
      expect.stringMatching(new RegExp(`^1 snapshot, ${count} checks: all passed in .+\\.$`)),
      ...checkLines,
      '',
    ])
    expect(checkLines.join(' ')).toBe(`Checks: upgrade, ${checks.map(({ name }) => name).join(', ')}.`)
    expect(exitCode).toBe(0)
  })

  it('names the suite and the config that was found', () => {
    expect(stdout).toMatch(
      new RegExp(`^${suite.name}, v1 to v${latest} \\(migration-proof\\.config\\.js\\)\n`),
    )
  })

  it('shows no progress where there is no terminal', () => {
    expect(stderr).toBe('')
  })

  it('fits 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('verify --verbose', () => {
  const { exitCode, stdout } = runOnForum(['verify', '--snapshot', snapshot, '--verbose'])

  it('shows the time of every check too', () => {
    for (const { name } of checks) expect(stdout).toMatch(new RegExp(`^${name} +✓ +\\d+$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^✓ ${snapshot} +v4 to v${latest} `, 'm'))
    expect(exitCode).toBe(0)
  })

  it('fits 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('verify of a history that fails', () => {
  const project = makeNotesProject()
  afterAll(() => project.destroy())
  let run: Run
  beforeAll(() => {
    const broken = project.copy()
    broken.replace('migrations.mjs', 'CREATE INDEX note_text ON note (text)', 'DELETE FROM note')
    run = broken.run(['verify', '--config', 'suite.mjs'])
  })

  it('has a line for each snapshot, and details of what fails alone', () => {
    const [, , empty, first] = run.stdout.split('\n')
    expect(empty).toMatch(/^✗ v0-empty +v0 to v2 +golden failed +[\d.]+ m?s$/)
    expect(first).toMatch(/^✗ v1 +v1 to v2 +\d+ of \d+ checks failed +[\d.]+ m?s$/)
    expect(run.stdout).toMatch(/^✗ table note: rows\n {4}seen in +v1\n {4}expected .*\n {4}actual .*\n/m)
    expect(run.stdout).toMatch(/^2 snapshots, \d+ checks: \d+ failed in /m)
    expect(run.stdout).not.toMatch(/^Check,|integrity:/m)
    expect(run.exitCode).toBe(1)
  })
})

describe('verify --json', () => {
  const { exitCode, stdout } = runOnForum(['verify', '--snapshot', snapshot, '--json'])

  it('prints the results and nothing else', () => {
    const results = JSON.parse(stdout)
    expect(results).toMatchObject({
      suite: suite.name,
      outcome: 'passed',
      snapshots: [{ snapshot, from: 4, to: latest }],
    })
    expect(exitCode).toBe(0)
  })

  it('says what each check proves', () => {
    const { checks: proven }: { readonly checks: unknown } = JSON.parse(stdout)
    expect(proven).toEqual(checks.map(({ name, proves }) => ({ name, proves })))
  })
})
