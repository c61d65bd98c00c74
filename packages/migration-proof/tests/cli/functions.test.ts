// Goal: a schema that calls functions of the program is frozen, proven and tried, where the config has them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
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

describe('a file whose schema calls functions of the program', () => {
  const config = writeConfig('files', functions)
  const run = (...args: string[]) => runCommandLine([...args, '--config', config])

  function writeFile(name: string, more = ''): string {
    const path = join(folder, `${name}.db`)
    const database = new Database(path)
    database.function('regexp', { deterministic: true }, (pattern, text) =>
      Number(new RegExp(String(pattern)).test(String(text))),
    )
    database.function('is_colour', { deterministic: true }, (text) => Number(String(text).startsWith('#')))
    database.exec(`CREATE TABLE plate (id INTEGER PRIMARY KEY, code TEXT NOT NULL CHECK (code REGEXP '^[A-Z]+-[0-9]+$'));
      INSERT INTO plate (code) VALUES ('AB-12'), ('C-3'); CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      INSERT INTO schema_version (version) VALUES (1); ${more}`)
    database.close()
    return path
  }

  it('is looked at, upgraded and restored where that is the golden schema of its version', () => {
    expect(run('freeze').stdout).toContain('schemas/v2')
    for (const kind of ['rows', 'schemas']) {
      for (const name of readdirSync(join(folder, 'files', kind))) {
        const path = join(folder, 'files', kind, name)
        writeFileSync(path, readFileSync(path, 'utf8').replace(/^(-- .*\n)+\n?/, ''))
      }
    }
    expect(run('freeze')).toMatchObject({ exitCode: 0 })
    const file = writeFile('good')
    expect(run('inspect', file)).toMatchObject({ exitCode: 0, stderr: '' })
    const upgraded = run('upgrade', file)
    expect(upgraded, upgraded.stderr).toMatchObject({ exitCode: 0 })
    const backup = readdirSync(folder).find((name) => /^good\.db\..*backup/.test(name)) ?? ''
    expect(run('restore', file, join(folder, backup))).toMatchObject({ exitCode: 0 })
  })

  it('is refused in one sentence where something else calls them', () => {
    const file = writeFile('odd', 'CREATE INDEX own ON plate (is_colour(code))')
    for (const command of ['inspect', 'upgrade']) {
      const { exitCode, stderr } = run(command, file)
      expect(exitCode).toBe(2)
      expect(stderr).toMatch(
        /^Error: .*odd\.db: expected a schema that calls functions of the config only .*\.$/m,
      )
    }
  })

  it('survives each crash of an upgrade', () => {
    expect(run('crash', '--snapshot', 'v1', '--seed', '1')).toMatchObject({ exitCode: 0, stderr: '' })
  })
})
