// Goal: what docs/test-runners.md shows leads from an empty folder, with the packed package, to a test that fails by name for a
// migration that loses rows: each command of the page is run, each file is written as it stands there. At night npm installs.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { casesOf, isCampaign } from '../support/campaign.ts'
import { packageFolder } from '../support/command-line.ts'
import { type InstalledProject, installPackage } from '../support/installed-project.ts'
import { runIn } from '../support/runner-project.ts'

/** A block of the page: a file to write, or a command to run. */
type Step = { readonly file: string; readonly text: string } | { readonly command: string }

/** What the page lets a user of a test runner do, in its order. */
function readSteps(runner: string): Step[] {
  const page = readFileSync(join(packageFolder, 'docs', 'test-runners.md'), 'utf8')
  const [, section = ''] = /^## From an empty folder[^\n]*\n([\s\S]*?)^## /m.exec(page) ?? []
  const blocks = [...section.matchAll(/(?:For (\S+):\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)]
  return blocks
    .filter(([, other]) => other === undefined || other.replaceAll('`', '') === runner)
    .flatMap(([, , language, text = '']): Step[] => {
      const [, file = ''] = /^-- (\S+)\n/.exec(text) ?? []
      return language === 'sql'
        ? [{ file, text }]
        : text
            .trim()
            .split('\n')
            .map((command) => ({ command }))
    })
}

/** The command as a shell takes it: only npm's names of the packages are those of the packed one. */
function run(project: InstalledProject, command: string) {
  const isInstall = command.startsWith('npm install ')
  if (!isInstall) return runIn(project, 'sh', ['-c', command])
  const names = command
    .split(' ')
    .slice(2)
    .filter((word) => !word.startsWith('-'))
  if (isCampaign) {
    const tarball = readdirSync(project.folder).find((name) => name.endsWith('.tgz')) ?? ''
    const packed = names.map((name) => (name === 'migration-proof' ? `./${tarball}` : name))
    return runIn(project, 'npm', ['install', '--save-dev', ...packed])
  }
  // They are linked already, so that the suite needs no network.
  for (const name of names) expect(readdirSync(join(project.folder, 'node_modules'))).toContain(name)
  return { status: 0, output: '' }
}

const runners = [
  ['node:test', /(?:not ok \d+ -|✖) rows: holds every row/],
  ['Vitest', /FAIL .*> v1 upgraded to v3 > rows: holds every row/],
  ['Bun', /\(fail\) .*> v1 upgraded to v3 > rows: holds every row/],
] as const

describe.for(casesOf(runners, ([name]) => name, ['node:test']))('%s', ([runner, failure]) => {
  let project: InstalledProject
  beforeAll(() => {
    project = installPackage()
  })
  afterAll(() => project.remove())

  it('goes from nothing to a test that fails by name within five minutes', { timeout: 900_000 }, () => {
    const start = performance.now()
    const results = readSteps(runner).flatMap((step) => {
      if ('command' in step) return [{ ...step, ...run(project, step.command) }]
      project.write(step.file, step.text)
      return []
    })
    const last = results.at(-1)
    for (const { command, status, output } of results.slice(0, -1))
      expect(status, `${command}\n${output}`).toBe(0)
    expect(results.filter(({ command }) => command === 'npm test')).toHaveLength(2)
    expect(last?.status).not.toBe(0)
    expect(last?.output).toMatch(failure)
    expect(last?.output).toContain('✗ table book: rows')
    expect(last?.output).toContain('where      migrations/0003_default.sql:4')
    expect(last?.output).toContain('PRAGMA foreign_keys = OFF before DROP TABLE')
    expect((performance.now() - start) / 60_000).toBeLessThan(5)
  })
})
