// Goal: `verify` proves the snapshots that it says it proves, for people and for machines alike.

import { checks, latestVersionOf } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'
import { runCommandLine } from '../support/command-line.ts'

const snapshot = 'v5'
const latest = latestVersionOf(suite.plan)

describe('verify --snapshot', () => {
  const { exitCode, stdout, stderr } = runCommandLine(['verify', '--snapshot', snapshot])

  it('shows every check with its time, and a summary', () => {
    for (const { name } of checks) expect(stdout).toMatch(new RegExp(`^${name} +✓ +\\d+$`, 'm'))
    expect(stdout).toMatch(/^1 snapshot, \d+ checks: all passed in .+\.$/m)
    expect(exitCode).toBe(0)
  })

  it('names the suite and the config that was found', () => {
    expect(stdout).toMatch(
      new RegExp(`^${suite.name}, v1 to v${latest} \\(migration-proof\\.config\\.ts\\)\n`),
    )
  })

  it('shows no progress where there is no terminal', () => {
    expect(stderr).toBe('')
  })

  it('fits 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('verify --json', () => {
  const { exitCode, stdout } = runCommandLine(['verify', '--snapshot', snapshot, '--json'])

  it('prints the results and nothing else', () => {
    const results = JSON.parse(stdout)
    expect(results).toMatchObject({
      suite: suite.name,
      outcome: 'passed',
      snapshots: [{ snapshot, from: 5, to: latest }],
    })
    expect(exitCode).toBe(0)
  })

  it('says what each check proves', () => {
    const { checks: proven }: { readonly checks: unknown } = JSON.parse(stdout)
    expect(proven).toEqual(checks.map(({ name, proves }) => ({ name, proves })))
  })
})
