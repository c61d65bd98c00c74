// Goal: the gate works in another project, from the packed package, and a missing driver is named.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { installPackage, readExample } from '../support/installed-project.ts'

const project = installPackage()
project.write('suite.mjs', readExample())
project.run(['freeze', '--config', 'suite.mjs'])
project.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
afterAll(() => project.remove())

describe('another project’s gate', () => {
  it('compares the history with the ledger', () => {
    const { exitCode, stdout } = project.run(['gate', '--history', '--config', 'suite.mjs'])
    expect(stdout).toContain('Compared with the ledger alone')
    expect(exitCode).toBe(0)
  })

  it('proves all that the gate of a release proves', () => {
    const { stdout } = project.run(['gate', '--config', 'suite.mjs', '--output-dir', 'results'])
    expect(stdout).toMatch(/^✓ +Upgrades of snapshots +\d+ of \d+ snapshots proven/m)
    expect(stdout).not.toContain('part-failed')
    const results = JSON.parse(project.read('results/results.json'))
    expect(results).toMatchObject({ mutation: { problems: [] }, crash: { problems: [] } })
  })
})

describe('a project without better-sqlite3', () => {
  const bare = installPackage({ beside: [] })
  bare.write('suite.mjs', readExample())
  bare.write('data.db', '')
  afterAll(() => bare.remove())

  it.for([
    ...['verify', 'status', 'freeze', 'freeze --release', 'lint', 'mutate', 'crash', 'gate', 'report'],
    ...['inspect data.db', 'upgrade data.db', 'restore data.db data.db'],
  ])('learns from %s in one sentence what to install', (call) => {
    const { exitCode, stdout, stderr } = bare.run([...call.split(' '), '--config', 'suite.mjs'])
    expect(stderr).toBe(
      'Error: SQLite: expected the package better-sqlite3, found none; install it with npm install better-sqlite3.\n',
    )
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it.for(['--help', '--version', 'upgrade --help'])('is answered as ever by %s', (call) => {
    expect(bare.run(call.split(' '))).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

describe.for([
  [
    'another version of Node',
    'ERR_DLOPEN_FAILED',
    "The module '/x/better_sqlite3.node' was compiled against another one using NODE_MODULE_VERSION 108.",
  ],
  ['another thread of Node', 'ERR_DLOPEN_FAILED', "Module did not self-register: '/x/better_sqlite3.node'."],
  ['no Node', 'ERR_NO_BINDING', 'Could not locate the bindings file.'],
] as const)('a project whose better-sqlite3 was built for %s', ([, code, message]) => {
  const foreign = installPackage({ beside: [] })
  foreign.write('suite.mjs', readExample())
  foreign.write('data.db', '')
  mkdirSync(join(foreign.folder, 'node_modules/better-sqlite3'))
  foreign.write(
    'node_modules/better-sqlite3/index.js',
    `module.exports = class { constructor() { throw Object.assign(new Error(${JSON.stringify(message)}), { code: '${code}' }) } }`,
  )
  afterAll(() => foreign.remove())

  it.for(['verify', 'gate', 'inspect data.db'])('learns from %s in one sentence how to build it', (call) => {
    const { exitCode, stdout, stderr } = foreign.run([...call.split(' '), '--config', 'suite.mjs'])
    expect(stderr).toMatch(
      /^Error: SQLite: expected the package better-sqlite3, built for Node v[\d.]+, found [^\n]+; build it with npm rebuild better-sqlite3\.\n$/,
    )
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })
})
