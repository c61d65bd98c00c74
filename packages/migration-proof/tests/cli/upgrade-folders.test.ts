// Goal: upgrades of files of one name into one folder of backups never mix them up; a rehearsal leaves nothing that the
// next one does not remove, and works on a file that it may only read.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ownBundle as bundle } from '../support/command-line.ts'
import { forumFolder, forum as suite } from '../support/forum.ts'
import { library } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'upgrade-folders-'))
const place = join(folder, 'place')
const shared = join(folder, 'shared')
const file = join(place, 'data.db')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  for (const path of [place, shared]) {
    rmSync(path, { recursive: true, force: true })
    mkdirSync(path)
  }
})

/** A file of version 2, with a mark of its own. */
function makeFile(path: string, mark: string) {
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(join(suite.fixtures, 'snapshots', 'v2.db'), path)
  const database = new Database(path)
  database.exec(`PRAGMA journal_mode = DELETE; CREATE TABLE mark AS SELECT '${mark}' AS mark`)
  database.close()
}

function readMark(path: string): unknown {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare('SELECT mark FROM mark').pluck().get()
  } finally {
    database.close()
  }
}

/** A rehearsal that is killed with a copy of the file. */
async function killRehearsal(parameters: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [bundle, 'upgrade', '--dry-run', ...parameters], {
    cwd: forumFolder,
    env,
  })
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      if (String(chunk).includes('Running v3')) resolve()
    })
  })
  child.kill('SIGKILL')
  await once(child, 'close')
}

interface RunOptions {
  readonly uid?: number
  readonly gid?: number
  readonly env?: NodeJS.ProcessEnv
}

async function run(parameters: readonly string[], options: RunOptions = {}) {
  const child = spawn(process.execPath, [bundle, ...parameters], { cwd: forumFolder, ...options })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

describe('two upgrades of files of one name, with one folder of backups, at the same time', () => {
  it('both end well, and each names a backup of its own file', async () => {
    for (let pair = 0; pair < 3; pair++) {
      const tenants = ['a', 'b'].map((tenant) => `${tenant}${pair}`)
      for (const tenant of tenants) makeFile(join(folder, tenant, 'data.db'), tenant)
      const ends = await Promise.all(
        tenants.map((tenant) =>
          run(['upgrade', join(folder, tenant, 'data.db'), '--backup-dir', shared, '--json']),
        ),
      )
      expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ])
      const marks = ends.map(({ stdout }) => readMark(JSON.parse(stdout).report.backup))
      expect(marks).toEqual(tenants)
    }
    expect(readdirSync(shared)).toHaveLength(6)
  })
})

describe('the estimate for a small file of another application', () => {
  it('has room for all tables that the migrations make', async () => {
    const database = new Database(file)
    database.exec('CREATE TABLE a (x)')
    database.close()
    const { code, stdout } = await run(['upgrade', file, '--adopt', '--json'])
    expect(JSON.parse(stdout).preview).toMatchObject({ noEstimate: null, estimate: { isSampleCut: false } })
    expect(code).toBe(0)
  })
})

describe('upgrade of a file with the log of another database beside it', () => {
  it.for(['upgrade', 'upgrade --dry-run'])(
    '%s names the log, and not what it makes of the schema',
    async (given) => {
      const other = join(place, 'other.db')
      makeFile(file, 'mine')
      makeFile(other, 'theirs')
      const writer = new Database(other)
      writer.exec('CREATE TABLE a (b); CREATE TABLE c (d); DROP TABLE a; PRAGMA journal_mode = WAL')
      for (const index of writer
        .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE INDEX%'")
        .pluck()
        .all())
        writer.exec(`DROP INDEX "${index}"`)
      copyFileSync(`${other}-wal`, `${file}-wal`)
      writer.close()
      const before = readdirSync(place).map((name) => [name, readFileSync(join(place, name))])
      const { code, stdout, stderr } = await run([...given.split(' '), file])
      expect(stderr).toContain(`${file}-wal: expected the write-ahead log of data.db`)
      expect([code, stdout]).toEqual([2, ''])
      expect(readdirSync(place).map((name) => [name, readFileSync(join(place, name))])).toEqual(before)
    },
  )
})

describe('upgrade --dry-run', () => {
  it('killed with a copy of the file, leaves one that the next run removes', async () => {
    makeFile(file, 'mine')
    await killRehearsal([file, '--backup-dir', shared])
    const [left = ''] = readdirSync(shared)
    expect(existsSync(join(shared, left, 'data.db'))).toBe(true)
    expect((await run(['upgrade', file, '--dry-run', '--backup-dir', shared])).code).toBe(0)
    expect(readdirSync(shared)).toEqual([])
  })

  it.for([
    { next: 'upgrade', parameters: ['--backup-dir', join(folder, 'backups')] },
    { next: 'inspect', parameters: [] },
  ])('killed with a copy among the temporary files, leaves one that $next removes', async (given) => {
    makeFile(file, 'mine')
    mkdirSync(join(folder, 'backups'), { recursive: true })
    const env = { ...process.env, TMPDIR: shared }
    await killRehearsal([file], env)
    const [left = ''] = readdirSync(shared)
    expect(existsSync(join(shared, left, 'data.db'))).toBe(true)
    expect((await run([given.next, file, ...given.parameters], { env })).code).toBe(0)
    expect(readdirSync(shared)).toEqual([])
  })

  it('killed with a copy to which a user adds a file, leaves that, and the next command names it', async () => {
    makeFile(file, 'mine')
    const env = { ...process.env, TMPDIR: shared }
    await killRehearsal([file], env)
    const [left = ''] = readdirSync(shared)
    writeFileSync(join(shared, left, 'NOTES.txt'), 'mine')
    for (const command of [['inspect'], ['upgrade']]) {
      const { code, stdout } = await run([...command, file], { env })
      expect(code).toBe(0)
      expect(stdout).toContain(`${join(shared, left)} (not known`)
      expect(readdirSync(join(shared, left))).toEqual(['NOTES.txt'])
    }
  })

  it('is not refused for a folder of backups that it does not use', async () => {
    makeFile(file, 'mine')
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    chmodSync(folder, 0o755)
    chmodSync(shared, 0o777)
    chmodSync(file, 0o444)
    chmodSync(place, 0o555)
    try {
      const { code, stderr } = await run(['upgrade', file, '--dry-run', '--backup-dir', shared], user)
      const inDefault = await run(['upgrade', file, '--dry-run'], user)
      expect([stderr, inDefault.stderr].filter((text) => text.includes('Error'))).toEqual([])
      expect([code, inDefault.code]).toEqual([0, 0])
    } finally {
      chmodSync(place, 0o755)
    }
  })

  it.for(['without', 'with'])(
    'works on a file in WAL mode that it may only read, %s a log beside it',
    async (log) => {
      makeFile(file, 'mine')
      const writer = new Database(file)
      writer.exec("PRAGMA journal_mode = WAL; UPDATE mark SET mark = 'in the log'")
      const kept = log === 'with' ? ['', '-wal'].map((ending) => readFileSync(file + ending)) : null
      if (kept !== null)
        for (const ending of ['', '-wal']) copyFileSync(file + ending, `${file}.kept${ending}`)
      writer.close()
      if (kept !== null)
        for (const ending of ['', '-wal']) copyFileSync(`${file}.kept${ending}`, file + ending)
      const before = readdirSync(place).map((name) => [name, readFileSync(join(place, name))])
      const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
      chmodSync(folder, 0o755)
      chmodSync(shared, 0o777)
      chmodSync(place, 0o555)
      try {
        const { code, stderr, stdout } = await run(
          ['upgrade', file, '--dry-run', '--backup-dir', shared],
          user,
        )
        expect(stderr).not.toContain('Error')
        expect(stdout).toContain('upgraded from version 2 to ')
        expect(code).toBe(0)
      } finally {
        chmodSync(place, 0o755)
      }
      expect(readdirSync(place).map((name) => [name, readFileSync(join(place, name))])).toEqual(before)
      expect(readdirSync(shared)).toEqual([])
    },
  )
})

/** Each migration puts a file into the folders of unfinished runs, which then cannot be removed. */
const obstructing = `import { readdirSync, writeFileSync } from 'node:fs'
import { defineConfig } from '${library}'
const folder = process.env.OBSTRUCTED
const obstruct = () => {
  for (const name of readdirSync(folder))
    if (name.includes('.unfinished-')) writeFileSync(folder + '/' + name + '/NOTES.txt', 'mine')
}
const migrations = [1, 2].map((version) => ({
  version,
  name: 'v' + version,
  up: (database) => {
    obstruct()
    database.exec('CREATE TABLE note_' + version + ' (id INTEGER PRIMARY KEY)')
  },
}))
export default defineConfig({ name: 'notes', migrations, fixtures: new URL('fixtures', import.meta.url) })
`

it.for([[], ['--json']])('a folder that cannot be removed is named beside the result, with %j', (options) => {
  const project = makeProject({ 'package.json': '{ "type": "module" }', 'suite.mjs': obstructing })
  try {
    const database = new Database(file)
    database.exec(`CREATE TABLE note_1 (id INTEGER PRIMARY KEY);
      CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      INSERT INTO schema_version (version) VALUES (1)`)
    database.close()
    const { exitCode, stderr } = project.run(['upgrade', file, '--config', 'suite.mjs', ...options], {
      env: { OBSTRUCTED: place },
    })
    const left = readdirSync(place).filter((name) => name.includes('.unfinished-'))
    expect(left).toHaveLength(1)
    expect(readdirSync(join(place, left[0] ?? ''))).toEqual(['NOTES.txt'])
    expect(stderr).toContain(`Warning: ${join(place, left[0] ?? '')} could not be removed`)
    expect(exitCode).toBe(0)
  } finally {
    project.destroy()
  }
})
