// Goal: a schema that calls functions of the program is frozen, proven and tried, where the config has them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'functions-'))

afterAll(() => rmSync(folder, { recursive: true }))

function writeConfig(name: string, connection: string): string {
  const config = join(folder, `${name}.config.mjs`)
  writeFileSync(
    config,
    `import { defineConfig } from '${library}'
    const up = (sql) => (connection) => connection.exec(sql)
    export default defineConfig({
      name: 'plates', fixtures: '${name}',
      snapshots: [{ name: 'v1', version: 1, form: 'versioned', origin: 'the first release', releases: ['1.0.0'] }], connection: ${connection},
      migrations: [
        { version: 1, name: 'plate', up: up("CREATE TABLE plate (id INTEGER PRIMARY KEY, code TEXT NOT NULL CHECK (code REGEXP '^[A-Z]+-[0-9]+$'))") },
        { version: 2, name: 'colour', up: up("ALTER TABLE plate ADD COLUMN colour TEXT CHECK (colour IS NULL OR is_colour(colour))") },
      ],
    })`,
  )
  return config
}

const functions = `{ foreignKeys: true, functions: {
  regexp: (pattern, text) => text === null ? null : new RegExp(pattern).test(String(text)),
  is_colour: (text) => text.startsWith('#'),
} }`

describe('functions of the program', () => {
  const config = writeConfig('plates', functions)
  const run = (...args: string[]) => runCommandLine([...args, '--config', config])

  it('are there where snapshots are frozen and upgraded', () => {
    const first = run('freeze')
    expect(first.stdout + first.stderr).toContain('drafted   rows/v1')
    for (const kind of ['rows', 'schemas']) {
      for (const name of readdirSync(join(folder, 'plates', kind))) {
        const path = join(folder, 'plates', kind, name)
        const text = readFileSync(path, 'utf8')
        writeFileSync(path, text.replace(/^(-- .*\n)+\n?/, ''))
        if (kind === 'rows') expect(text).toMatch(/'[A-Z]+-[0-9]+'/)
      }
    }
    expect(run('freeze')).toMatchObject({ exitCode: 0 })
    expect(run('verify')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/inserts/) })
    expect(run('lint').stdout).not.toMatch(/synthetic row/)
  })

  it('that are none are named', () => {
    const wrong = writeConfig('wrong', "{ functions: { regexp: 'x' } }")
    const { exitCode, stderr } = runCommandLine(['lint', '--config', wrong])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/connection\.functions: expected an object of functions/)
  })
})
