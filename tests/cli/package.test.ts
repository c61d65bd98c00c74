// Goal: both packed packages, installed in an empty folder, give operators of the server their commands.
import { expect, it } from 'vitest'
import { packageFolder } from '../../packages/migration-proof/tests/support/command-line.ts'
import { installPackages } from '../../packages/migration-proof/tests/support/installed-project.ts'
import { projectFolder } from '../support/imports.ts'

it('the package of the server verifies its migrations without a clone', () => {
  const operator = installPackages([packageFolder, projectFolder])
  const { exitCode, stdout } = operator.run(['verify', '--snapshot', 'v5', '--json'])
  operator.remove()
  expect(JSON.parse(stdout)).toMatchObject({ suite: 'quickslice', outcome: 'passed' })
  expect(exitCode).toBe(0)
})
