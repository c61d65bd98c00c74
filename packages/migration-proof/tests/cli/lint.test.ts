// Goal: `lint` shows each weakness with its evidence on a screen of 80 columns, prints the same as JSON, and fails by one
// that is not waived.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'findings-'))

afterAll(() => rmSync(folder, { recursive: true }))

describe('the findings of a project', () => {
  const weak = writeSuite('weak', '')
  const waived = writeSuite(
    'waived',
    `waivers: [{ code: 'pk-nullable', objects: ['note.id'], reason: 'a test' }]`,
  )
  const stale = writeSuite(
    'stale',
    `waivers: [{ code: 'pk-nullable', objects: ['note.id', 'gone'], reason: 'a test' }]`,
  )

  it('fail where they are not waived', () => {
    const { exitCode, stdout } = runCommandLine(['lint', '--config', weak])
    expect(stdout).toContain('✗ note.id')
    expect(stdout).toContain("  waivers: [{ code: 'pk-nullable', objects: ['note.id'], reason: '…' }]\n")
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(stdout).toMatch(/1 finding on SQLite [\d.]+: 0 waived, 1 open\.\n$/)
    expect(exitCode).toBe(1)
  })

  it('pass where they are waived', () => {
    const { exitCode, stdout } = runCommandLine(['lint', '--config', waived])
    expect(stdout).toContain('Waived: a test')
    expect(stdout).not.toContain('waivers: [')
    expect(exitCode).toBe(0)
  })

  it('fail by an unused waiver', () => {
    const { exitCode, stdout } = runCommandLine(['lint', '--config', stale])
    expect(stdout).toContain(
      '✗ waiver pk-nullable: waiver-unused\n    expected   a finding of pk-nullable at gone\n',
    )
    expect(exitCode).toBe(1)
  })

  it('are JSON in the one shape of a problem, with the evidence', () => {
    const { exitCode, stdout } = runCommandLine(['lint', '--config', weak, '--json'])
    const { suite, outcome, problems } = JSON.parse(stdout)
    expect({ suite, outcome }).toEqual({ suite: 'weak', outcome: 'failed' })
    expect(problems).toEqual([
      {
        code: 'pk-nullable',
        alsoFoundBy: [],
        severity: 'warning',
        status: 'new',
        acceptedBecause: null,
        subject: { type: 'column', name: 'note.id', table: 'note' },
        expected: expect.any(String),
        actual: expect.stringContaining('accepted twice'),
        why: expect.any(String),
        version: null,
        seenIn: [],
        location: null,
        evidence: [
          { ran: 'INSERT with id NULL, twice', happened: 'accepted twice: 2 rows with id NULL' },
          { ran: 'PRAGMA integrity_check', happened: 'ok' },
        ],
        fix: expect.any(String),
        source: expect.stringContaining('https://www.sqlite.org/'),
        undeclared: null,
      },
    ])
    expect(exitCode).toBe(1)
  })
})

function writeSuite(name: string, more: string): string {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `import { defineConfig } from '${library}'
    const up = (connection) => connection.exec('CREATE TABLE note (id TEXT PRIMARY KEY)')
    export default defineConfig({
      name: '${name}', migrations: [{ version: 1, name: 'notes', up }], fixtures: '/nowhere', ${more}
    })`,
  )
  return file
}
