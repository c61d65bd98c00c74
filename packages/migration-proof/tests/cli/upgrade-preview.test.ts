// Goal: the preview of an upgrade can be stopped or killed at any moment and leaves no row behind, needs no temporary
// folder, and says what it could not find out; and what a proof left out is said where "proven" is said.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ownBundle as bundle, runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'upgrade-preview-'))
const file = join(folder, 'files', 'data.db')
const suiteFile = join(folder, 'suite.mjs')
afterAll(() => rmSync(folder, { recursive: true }))

/**
 * The second version builds an index. With ENDLESS it also counts for hours, in one statement; with SALE it changes
 * the prices and ends the visits on purpose; with UNIQUE no two items may have the same price.
 */
const suite = `
import { defineConfig } from '${library}'
const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000000) SELECT count(*) FROM n'
const sale = 'UPDATE item SET price = 0; DELETE FROM visit'
export default defineConfig({
  name: 'shop',
  fixtures: ${JSON.stringify(folder)},
  migrations: [
    { version: 1, name: 'first', up: (c) => c.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price); CREATE TABLE visit (at)') },
    {
      version: 2,
      name: 'second',
      up: (c) => {
        c.exec('CREATE INDEX item_name ON item (name)')
        if (process.env.ENDLESS && c.all('SELECT 1 FROM item LIMIT 1').length > 0) c.all(endless)
        if (process.env.SALE) c.exec(sale)
        if (process.env.UNIQUE) c.exec('CREATE UNIQUE INDEX item_price ON item (price)')
      },
      dataChanges: process.env.SALE
        ? [{ table: 'item', columns: ['price'], reason: 'all is free' }, { table: 'visit', reason: 'visits end' }]
        : [],
    },
  ],
})`

beforeEach(() => {
  rmSync(dirname(file), { recursive: true, force: true })
  mkdirSync(dirname(file))
  writeFileSync(suiteFile, suite)
  const database = new Database(file)
  database.exec(`CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price); CREATE TABLE visit (at);
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000)
    INSERT INTO item (name, price) SELECT 'a name ' || i, i FROM n;
    INSERT INTO visit SELECT id FROM item WHERE id < 9`)
  database.close()
})

const parameters = ['upgrade', file, '--config', suiteFile]
const namesBeside = () => readdirSync(dirname(file)).sort()

/** Starts an upgrade whose preview does not end, and waits until its sample is there. */
async function startEndless() {
  const child = spawn(process.execPath, [bundle, ...parameters], { env: { ...process.env, ENDLESS: '1' } })
  // Read to its end: a program whose reader is gone may end in another way.
  child.stderr.resume()
  child.stdout.resume()
  while (!hasSample()) {
    expect(child.exitCode, 'it goes on').toBe(null)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

/** The copy of the sample is made when all its rows are there. */
function hasSample(): boolean {
  const [name] = namesBeside().filter((name) => name.includes('unfinished'))
  return name !== undefined && readdirSync(join(dirname(file), name)).includes('before.db')
}

describe('the preview', () => {
  it('ends by the first signal although its statement does not, and leaves nothing', async () => {
    const before = readFileSync(file)
    const child = await startEndless()
    child.kill('SIGINT')
    const [code, signal] = await once(child, 'close')
    expect([code, signal]).toEqual([null, 'SIGINT'])
    expect(namesBeside()).toEqual(['data.db'])
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('leaves no sidecar of a file in WAL mode either, and takes none that was there', async () => {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.close()
    const child = await startEndless()
    expect(namesBeside()).toEqual(expect.arrayContaining(['data.db-shm', 'data.db-wal']))
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([null, 'SIGINT'])
    await expect.poll(namesBeside, { timeout: 5000 }).toEqual(['data.db'])
  })

  it('that is killed leaves its rows beside the backup, for their owner alone, and the next run removes them', async () => {
    const child = await startEndless()
    child.kill('SIGKILL')
    await once(child, 'close')
    const [, left = ''] = namesBeside()
    expect(left).toMatch(/^data\.db\.unfinished-/)
    expect(statSync(join(dirname(file), left)).mode & 0o777).toBe(0o700)
    expect(runCommandLine(parameters).exitCode).toBe(0)
    expect(namesBeside()).toEqual(['data.db', expect.stringMatching(/^data\.db\.v1\..+\.backup$/)])
  })

  it.for([{ option: '--json' }, { option: '--quick' }, { option: '--no-backup' }])(
    'with $option needs no TMPDIR',
    ({ option }) => {
      const env = { TMPDIR: join(folder, 'missing') }
      const { exitCode, stdout, stderr } = runCommandLine([...parameters, option], { env })
      expect(stderr).not.toContain('Error')
      expect(exitCode).toBe(0)
      if (option === '--json') expect(JSON.parse(stdout)).toMatchObject({ outcome: 'upgraded' })
    },
  )

  it('under a limit of the size of files blames no file, and says that there is no estimate', () => {
    const command = `ulimit -f 40 && exec "$@"`
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', command, 'sh', process.execPath, bundle, ...parameters, '--no-backup'],
      { encoding: 'utf8' },
    )
    expect(stdout).toMatch(/Time +no estimate: a sample in \S+ could not be written to its end \(/)
    expect(stdout).toMatch(/Space .+, and what the migrations need\n/)
    expect(stderr).not.toContain('a disk that can be read')
    expect(namesBeside()).toEqual(['data.db'])
  })

  it('names what looks like the folder of another run', () => {
    const unknown = join(dirname(file), 'data.db.unfinished-abcdef')
    mkdirSync(join(unknown, 'something'), { recursive: true })
    expect(runCommandLine(parameters).stdout).toContain(
      `Left     ${unknown} (not known to be of a run that ended: `,
    )
  })
})

describe('rows that a later version refuses', () => {
  const env = { UNIQUE: '1' }
  const equal = () => {
    const database = new Database(file)
    database.exec('UPDATE item SET price = 7 WHERE id IN (20, 30)')
    database.close()
  }
  const sentence =
    'v2 demands UNIQUE INDEX item_price (price) of item; 3 rows do not meet it (rowids 7, 30, …)'

  it('are in the preview of an upgrade, which fails on them', () => {
    equal()
    const before = readFileSync(file)
    const { exitCode, stdout, stderr } = runCommandLine(parameters, { env })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`  Refused  ${sentence}\n`)
    expect(stderr).toContain('UNIQUE constraint failed: item.price')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('are in an inspection, and in its JSON', () => {
    const inspect = ['inspect', file, '--config', suiteFile]
    expect(runCommandLine(inspect, { env }).stdout).not.toContain('demands')
    equal()
    const { exitCode, stdout } = runCommandLine(inspect, { env })
    expect(stdout).toContain(`An upgrade leads to version 2.\n  ${sentence}\n`)
    expect(exitCode).toBe(0)
    expect(JSON.parse(runCommandLine([...inspect, '--json'], { env }).stdout).refused).toEqual([
      {
        version: 2,
        table: 'item',
        constraint: 'UNIQUE INDEX item_price (price)',
        rows: 3,
        rowids: ['7', '30'],
        unreadable: null,
      },
    ])
  })
})

describe('a declared change', () => {
  const env = { SALE: '1' }

  it('is named where the proof is, with the rows before and after', () => {
    const { exitCode, stdout } = runCommandLine(parameters, { env })
    expect(exitCode).toBe(0)
    expect(stdout).toContain(
      'upgraded from version 1 to 2, and proven but for 2 declared changes of rows, which were not compared.\n',
    )
    expect(stdout).toContain(
      'not compared: table item, column price (3,000 rows before, 3,000 after): all is free\n',
    )
    expect(stdout).toContain('not compared: table visit, no row of it (8 rows before, 0 after): visits end\n')
  })

  it('is in the preview, before anything is done', () => {
    const { stdout } = runCommandLine(parameters, { env })
    expect(stdout).toContain(
      `  Changes  v2, rows of item: price changes or goes (all is free)
           v2, rows of visit: it may go, and its rows may come, go and change (visits end)
`,
    )
  })

  it.for(['', ' ', '…'])('is refused with the reason %j, before anything is done', (reason) => {
    writeFileSync(suiteFile, suite.replace("'all is free'", `'${reason}'`))
    const { stderr, exitCode } = runCommandLine(parameters, { env })
    expect(stderr).toContain('a reason, which a person writes')
    expect(exitCode).toBe(2)
  })

  it('is in the JSON', () => {
    const { stdout } = runCommandLine([...parameters, '--json'], { env })
    const { report } = JSON.parse(stdout)
    const rows = report.proofs.find(({ proof }: { proof: string }) => proof === 'rows')
    expect(rows).toMatchObject({
      outcome: 'passed',
      notCompared: [
        {
          table: 'item',
          what: 'columns',
          columns: ['price'],
          rowsBefore: 3000,
          rowsAfter: 3000,
          reasons: ['all is free'],
        },
        {
          table: 'visit',
          what: 'rows',
          columns: [],
          rowsBefore: 8,
          rowsAfter: 0,
          reasons: ['visits end'],
        },
      ],
    })
  })
})
