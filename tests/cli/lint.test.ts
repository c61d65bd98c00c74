// Goal: `lint` shows the weaknesses of this project, all waived, with their evidence on a screen of 80 columns.
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'

describe('the findings of this project', () => {
  const { exitCode, stdout, stderr } = runCommandLine(['lint'])

  it('are all waived, each with its reason', () => {
    expect(stderr).toBe('')
    expect(stdout).toMatch(/\d+ findings on SQLite [\d.]+: (\d+) waived, none open\.\n$/)
    expect(stdout).not.toContain('✗')
    expect(exitCode).toBe(0)
  })

  it('say what was run and what happened', () => {
    const text = stdout.replace(/\s+/g, ' ')
    expect(text).toContain('INSERT with client_id NULL, twice: accepted twice: 2 rows with client_id NULL')
    expect(text).toContain('scan of oauth_par_request; 10,000 rows of oauth_par_request visited')
  })

  it('fit 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})
