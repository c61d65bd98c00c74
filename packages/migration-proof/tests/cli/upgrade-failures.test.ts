// Goal: whatever fails around an upgrade (the reader of its output, the disk at any moment, the code of the suite), it
// ends with one true sentence and the right exit code, and leaves a whole file and nothing but the backup.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ownBundle as bundle } from '../support/command-line.ts'
import { forumFolder, latest, runOnForum, forum as suite } from '../support/forum.ts'
import { canRun, need } from '../support/needs.ts'
import { library } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'upgrade-failures-'))
const file = join(folder, 'files', 'data.db')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(dirname(file), { recursive: true, force: true })
  mkdirSync(dirname(file))
  copyFileSync(join(suite.fixtures, 'snapshots', 'v4.db'), file)
})

function versionOf(path: string): unknown {
  const database = new Database(path)
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    return database.prepare('SELECT max(version) FROM schema_version').pluck().get()
  } finally {
    database.close()
  }
}

/** What is beside a file, but its backups and what a reader of a WAL file may leave, which holds nothing. */
function leftBeside(path: string): string[] {
  const names = readdirSync(dirname(path)).filter((name) => join(dirname(path), name) !== path)
  return names.filter((name) => {
    const isEmptyLog = name.endsWith('-wal') && statSync(join(dirname(path), name)).size === 0
    return !/\.v\d+\.[\dTZ-]+\.backup$/.test(name) && !name.endsWith('-shm') && !isEmptyLog
  })
}

/** Runs a command of the shell in which `"$@"` is the upgrade, and returns the exit code of the upgrade itself. */
function upgradeInShell(script: string, options: readonly string[] = []) {
  const codeFile = join(folder, 'code')
  rmSync(codeFile, { force: true })
  const command = [process.execPath, bundle, 'upgrade', file, ...options]
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    encoding: 'utf8',
    cwd: forumFolder,
    env: { ...process.env, CODE: codeFile },
  })
  return { stdout, exitCode: existsSync(codeFile) ? Number(readFileSync(codeFile, 'utf8')) : null }
}

describe('an output that takes nothing is no reason to stop:', () => {
  it.for([
    {
      name: 'output whose reader goes away',
      script: '{ "$@"; echo $? >"$CODE"; } | head -n 1',
    },
    { name: 'output whose reader is gone', script: '{ "$@"; echo $? >"$CODE"; } | true' },
    { name: 'both, whose reader is gone', script: '{ "$@" 2>&1; echo $? >"$CODE"; } | true' },
    { name: 'a standard error that is closed', script: '"$@" 2>&-; echo $? >"$CODE"' },
    {
      name: 'errors whose reader is gone',
      script: '{ "$@" 2>&1 >/dev/null; echo $? >"$CODE"; } | true',
    },
    { name: 'both closed', script: '"$@" >&- 2>&-; echo $? >"$CODE"' },
  ])('$name', ({ script }) => {
    expect(upgradeInShell(script).exitCode).toBe(0)
    expect(leftBeside(file)).toEqual([])
    expect(versionOf(file)).toBe(latest)
  })

  it.skipIf(!existsSync('/dev/full'))('a standard error on a full disk', () => {
    expect(upgradeInShell('"$@" 2>/dev/full; echo $? >"$CODE"').exitCode).toBe(0)
    expect(leftBeside(file)).toEqual([])
    expect(versionOf(file)).toBe(latest)
  })

  it.skipIf(!existsSync('/dev/full'))('a standard output on a full disk', () => {
    upgradeInShell('"$@" >/dev/full; echo $? >"$CODE"')
    expect(leftBeside(file)).toEqual([])
    expect(versionOf(file)).toBe(latest)
  })

  it('a rehearsal whose reader goes away leaves no copy', () => {
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    const { exitCode } = upgradeInShell('{ "$@" 2>&1; echo $? >"$CODE"; } | true', [
      '--dry-run',
      '--backup-dir',
      temporary,
    ])
    expect(exitCode).toBe(0)
    expect(readdirSync(temporary)).toEqual([])
    expect(versionOf(file)).toBe(4)
  })
})

describe('a suite that ends the process', () => {
  const suiteFile = join(folder, 'suite.mjs')
  const writeSuite = (top: string, up: string) =>
    writeFileSync(
      suiteFile,
      `import { defineConfig } from '${library}'
      ${top}
      export default defineConfig({
        name: 'ends', fixtures: ${JSON.stringify(folder)},
        migrations: [{ version: 1, name: 'first', up: (c) => { c.exec('CREATE TABLE own (n)'); ${up} } }],
      })`,
    )

  it.for([
    // A suite that cannot be loaded is nothing that the command can work on.
    { name: 'at its top', top: 'process.exit(0)', up: '', code: 1, says: /process\.exit/ },
    { name: 'in a migration', top: '', up: 'process.exit(0)', code: 1, says: /process\.exit/ },
    { name: 'by waiting', top: 'await new Promise(() => {})', up: '', code: 1, says: /never settles/ },
  ])('$name is named, with exit code $code, and the file keeps what it held', ({ top, up, code, says }) => {
    writeSuite(top, up)
    rmSync(file)
    const database = new Database(file)
    database.exec('PRAGMA user_version = 0; CREATE TABLE other (n); DROP TABLE other')
    database.close()
    const before = readFileSync(file)
    const { exitCode, stderr } = runOnForum(['upgrade', file, '--config', suiteFile])
    expect(exitCode).toBe(code)
    const errors = stderr.split('\n').filter((line) => line.startsWith('Error: '))
    expect(errors).toEqual([expect.stringMatching(says)])
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

const strace = need('strace', canRun('strace', '-V'))

/** The calls of the system by which a database reaches the disk, how each fails, and at which parts of them. */
const calls = [
  { call: 'pwrite64', error: 'ENOSPC', parts: [0.25, 0.7, 0.9, 1] },
  { call: 'fsync', error: 'EIO', parts: [0.3, 0.7, 0.85, 0.95, 1] },
  { call: 'ftruncate', error: 'ENOSPC', parts: [0.7, 1] },
  { call: 'unlink', error: 'EIO', parts: [0.4, 0.9, 1] },
  { call: 'link', error: 'EIO', parts: [1] },
] as const

const faults = calls.flatMap(({ call, error, parts }) => parts.map((part) => ({ call, error, part })))

/** Upgrades a copy of the file under strace, in which one call fails. */
async function upgradeUnderStrace(name: string, injection: readonly string[]) {
  const ownFolder = join(folder, name)
  const ownFile = join(ownFolder, 'files', 'data.db')
  const trace = join(ownFolder, 'trace')
  mkdirSync(dirname(ownFile), { recursive: true })
  copyFileSync(join(suite.fixtures, 'snapshots', 'v4.db'), ownFile)
  const traced = `trace=${calls.map(({ call }) => call).join(',')}`
  const options = ['-f', '-qq', '--seccomp-bpf', '-e', traced, '-o', trace, ...injection]
  const child = spawn('strace', [...options, process.execPath, bundle, 'upgrade', ownFile], {
    cwd: forumFolder,
    env: { ...process.env, TMPDIR: ownFolder },
  })
  let stderr = ''
  child.stdout.resume()
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [exitCode] = await once(child, 'close')
  const lines = readFileSync(trace, 'utf8').split('\n')
  const counts = new Map(
    calls.map(({ call }) => [call, lines.filter((line) => line.includes(` ${call}(`)).length]),
  )
  return { exitCode, stderr, file: ownFile, counts }
}

describe.skipIf(!strace.isMet)(`a disk that fails once (${strace.reason})`, () => {
  let counts: ReadonlyMap<string, number> = new Map()
  beforeAll(async () => {
    const whole = await upgradeUnderStrace('whole', [])
    expect(whole.exitCode).toBe(0)
    counts = whole.counts
  })

  it.for(faults)('$call at $part of its calls is one true sentence', async ({ call, error, part }) => {
    const count = counts.get(call) ?? 0
    expect(count).toBeGreaterThan(0)
    const fault = `${call}:error=${error}:when=${Math.ceil(count * part)}`
    expectTruth(fault, await upgradeUnderStrace(fault, ['-e', `inject=${fault}`]))
  })
})

function expectTruth(fault: string, end: Awaited<ReturnType<typeof upgradeUnderStrace>>) {
  const { exitCode, stderr } = end
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error: '))
  const [sentence = ''] = errors
  const left = leftBeside(end.file)
  const version = versionOf(end.file)
  expect([0, 1, 2], fault).toContain(exitCode)
  expect(stderr, fault).not.toMatch(/^ {4}at /m)
  expect(errors, fault).toHaveLength(exitCode === 0 ? 0 : 1)
  expect(left, `${fault} ${stderr}`).toEqual([])
  const said = / is at version (\d+)/.exec(sentence)?.[1]
  if (said !== undefined) expect(version, `${fault} ${sentence}`).toBe(Number(said))
  expect(version === latest, `${fault} ${sentence}`).toBe(
    exitCode === 0 || sentence.includes('was committed'),
  )
  if (exitCode === 2) expect(version, fault).toBe(4)
}
