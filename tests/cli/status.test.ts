// Goal: what is committed of this project is frozen whole.
import { expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'

it('nothing of this project is pending', () => {
  const { exitCode, stdout } = runCommandLine(['status'])
  expect(stdout).toContain('✓ Nothing is pending.')
  expect(exitCode).toBe(0)
})
