// Goal: an upgrade that loses its file (renamed, removed, replaced by another) says so and is no success, says where the
// upgraded data is, and touches nothing of the file that has the name by now.
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/errors.ts'
import type { UpgradeEvent } from '../../src/upgrade/model.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { makePlace, type Place } from './place.ts'

const place = makePlace()
const { file, folder } = place
const moved = join(folder, 'moved.db')
afterAll(place.remove)
beforeEach(place.clear)

const endings = ['', '-journal', '-wal', '-shm']

/** Gives the file another name, with what lies beside it. */
function move() {
  for (const ending of endings) if (existsSync(file + ending)) renameSync(file + ending, moved + ending)
}

/** The same, and a server makes another file of that name. */
function replace(): Database.Database {
  move()
  copyFileSync(place.image, file)
  const server = new Database(file)
  server.pragma('journal_mode = WAL')
  server.exec('CREATE TABLE own (a); INSERT INTO own VALUES (1)')
  return server
}

/** Does something to the file at the first event of a step, and returns how the upgrade ended. */
async function upgradeWhile<Result>(step: UpgradeEvent['step'], act: () => Result, options: Options = {}) {
  let result: Result | null = null
  let isDone = false
  const onEvent = (event: UpgradeEvent) => {
    if (event.step !== step || isDone) return
    isDone = true
    result = act()
  }
  const error: unknown = await place.run({ ...options, onEvent }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return { error, result: result as Result | null }
}

type Options = Omit<NonNullable<Parameters<Place['run']>[0]>, 'onEvent'>

const versionOf = (path: string) => {
  const database = new Database(path)
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    return database.prepare('SELECT max(version) FROM schema_version').pluck().get()
  } finally {
    database.close()
  }
}

const steps = ['backup', 'backup-check', 'backup-made', 'migration', 'proof', 'commit'] as const

describe.for(['WAL', 'DELETE'] as const)('a file in the mode %s', (mode) => {
  beforeEach(() => place.change(`PRAGMA journal_mode = ${mode}`))

  it.for(steps)('that is renamed at the step %s', async (step) => {
    const { error } = await upgradeWhile(step, move)
    expect(error).toMatchObject({ name: 'FileReplacedError' })
    expect(String(error)).toContain(`found no file of that name: the file is ${moved} now`)
    expect(String(error)).toContain(
      step === 'commit' ? `committed in ${moved}` : `nothing of the upgrade was kept`,
    )
    expect(existsSync(file)).toBe(false)
    expect(versionOf(moved)).toBe(step === 'commit' ? 2 : 1)
    expect(readdirSync(folder).filter((name) => !name.endsWith('.backup'))).toEqual(['moved.db'])
  })

  it.for(steps)('that another one of a running server replaces at the step %s', async (step) => {
    const { error, result: server } = await upgradeWhile(step, replace)
    expect(error).toMatchObject({ name: 'FileReplacedError' })
    expect(String(error)).toContain(`found another file of that name: the file is ${moved} now`)
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['shop.db', 'shop.db-shm', 'shop.db-wal']))
    server?.exec('INSERT INTO own VALUES (2)')
    const other = new Database(file)
    other.exec('INSERT INTO own VALUES (3)')
    other.close()
    server?.exec('INSERT INTO own VALUES (4)')
    expect(server?.prepare('SELECT a FROM own').pluck().all()).toEqual([1, 2, 3, 4])
    server?.close()
    expect(versionOf(file)).toBe(1)
    expect(versionOf(moved)).toBe(step === 'commit' ? 2 : 1)
  })

  it('that is removed before COMMIT', async () => {
    const { error } = await upgradeWhile('proof', () => rmSync(file))
    expect(String(error)).toContain('found no file of that name: the file was moved or removed meanwhile')
    expect(String(error)).toContain('.backup holds what it held before')
  })
})

it('is not the file whose version is read when a migration fails', async () => {
  place.change('')
  const { error } = await upgradeWhile('migration', () => {
    replace().close()
    throw new Error('a fault of the work')
  })
  expect(error).toMatchObject({
    name: 'FileReplacedError',
    cause: { message: expect.stringContaining('a fault of the work') },
  })
  expect(String(error)).not.toContain('read again')
})

describe.for(['WAL', 'DELETE'] as const)('what lies beside a file in the mode %s', (mode) => {
  it('and has the name of its -shm stays, where no run made it', async () => {
    place.change(`PRAGMA journal_mode = ${mode}`)
    if (mode === 'DELETE') writeFileSync(`${file}-shm`, 'note\n')
    await place.run()
    if (mode === 'DELETE') expect(readFileSync(`${file}-shm`, 'utf8')).toBe('note\n')
    else expect(existsSync(`${file}-shm`)).toBe(false)
  })
})

describe('a folder that is renamed', () => {
  const now = join(folder, '..', 'renamed')
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    renameSync(now, folder)
  })

  it.for(['backup', 'backup-made', 'migration', 'proof'] as const)(
    'at the step %s takes the file and the backup with it, which are named by where they are',
    async (step) => {
      place.change('')
      const { error } = await upgradeWhile(step, () => renameSync(folder, now))
      expect(error).toMatchObject({ name: 'FileReplacedError' })
      expect(String(error)).toContain(`the file is ${join(now, 'shop.db')} now`)
      const [backup] = readdirSync(now).filter((name) => name.endsWith('.backup'))
      if (step !== 'backup') expect(String(error)).toContain(`the backup ${join(now, `${backup}`)} holds`)
      expect(readdirSync(now)).toEqual(['shop.db', ...(backup === undefined ? [] : [backup])])
      expect(versionOf(join(now, 'shop.db'))).toBe(1)
    },
  )
})

it('a backup that is removed while the rows are compared with it is what is missed, and the file holds what it held', async () => {
  place.change('')
  const { error } = await upgradeWhile('migration', () => {
    for (const name of readdirSync(folder)) if (name.endsWith('.backup')) rmSync(join(folder, name))
  })
  expect(error).toMatchObject({
    name: 'BackupLostError',
    message: expect.stringMatching(/ was not changed: /),
  })
  expect(versionOf(file)).toBe(1)
})

describe.for([
  ['renamed', move, 'no file of that name'],
  ['replaced', () => replace().close(), 'another file of that name'],
] as const)('a file that is %s while it is looked at', ([, act, found]) => {
  it.for([
    ['for an upgrade', null],
    ['for a trial', folder],
  ] as const)('is named as such, %s', ([, rehearsalFolder]) => {
    place.change('')
    let isDone = false
    const report = ({ step }: UpgradeEvent) => {
      if (step === 'preview' && !isDone) act()
      isDone = true
    }
    const observer = { report, isCancelled: () => false }
    const options = { plan: place.suite.plan, backupFolder: folder, rehearsalFolder, observer }
    const error: unknown = catchFrom(() => previewUpgrade(file, options))
    expect(String(error)).toContain(`${file}: expected the file that was looked at, found ${found};`)
    expect(exitCodeOf(error)).toBe(2)
  })
})

function catchFrom(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
