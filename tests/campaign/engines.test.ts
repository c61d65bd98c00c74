// Goal: every snapshot upgrades on every engine that npm brings, as docs/engines.md says, or the deviation is declared.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommandLine } from '../../packages/migration-proof/tests/support/command-line.ts'
import { projectFolder } from '../support/imports.ts'

/** Apart from this project: the package `node` would be the first Node of its scripts. */
const folder = mkdtempSync(join(tmpdir(), 'all-engines-'))
const modules = join(folder, 'node_modules')

/** The versions with which docs/engines.md was written. */
const packages = ['@tursodatabase/database@0.7.2', 'bun@1.4.5', 'node@24.21.0', 'miniflare@4.20260426.0']

beforeAll(() => {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...packages], {
    stdio: 'pipe',
    cwd: folder,
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

it('the matrix of engines and checks', () => {
  const { exitCode, stdout, stderr } = runCommandLine(
    ['verify', '--engine', 'all', '--matrix', 'docs/engines.md'],
    {
      cwd: projectFolder,
      env: {
        CI: 'true',
        NODE_PATH: modules,
        PATH: [process.env.PATH, join(modules, '.bin')].join(delimiter),
      },
    },
  )
  expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('turso')])
})
