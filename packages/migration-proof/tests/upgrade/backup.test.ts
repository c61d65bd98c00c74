// Goal: a backup is of the file that it is named after, whatever else makes backups in the same folder; nothing that
// another run made is replaced or removed; and before success is said, the backup is looked at once more.
import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UpgradeEvent } from '../../src/upgrade/model.ts'
import { bundleProgram } from '../support/bundle-program.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const backups = join(folder.path, 'backups')
const image = join(folder.path, 'image.db')
const file = join(folder.path, 'tenant', 'data.db')
const suite = shopWith('CREATE INDEX item_name ON item (name)')
let program: string

beforeAll(async () => {
  makeShop(image)
  program = await bundleProgram(fileURLToPath(new URL('programs/make-backup.ts', import.meta.url)))
})
afterAll(folder.remove)
beforeEach(() => {
  for (const path of [backups, join(file, '..')]) {
    rmSync(path, { recursive: true, force: true })
    mkdirSync(path)
  }
  copyFileSync(image, file)
})

describe('runs on files of one name, with one folder of backups, at the same time', () => {
  it('each end well, with backups of their own file', async () => {
    const tenants = ['a', 'b', 'c', 'd'].map((name) => makeTenant(name))
    const ends = await Promise.all(
      tenants.map((path) => promisify(execFile)(process.execPath, [program, path, backups, '12'])),
    )
    const paths = ends.map(({ stdout }) => stdout.split('\n'))
    expect(new Set(paths.flat()).size).toBe(48)
    const owners = paths.map((made) => [...new Set(made.map(readTenant))])
    expect(owners).toEqual([['a'], ['b'], ['c'], ['d']])
    expect(readdirSync(backups)).toHaveLength(48)
  })
})

describe('the backup of an upgrade', () => {
  const atStep = (step: UpgradeEvent['step'], work: (backup: string) => void) => {
    let isDone = false
    let backup = ''
    return {
      report: (event: UpgradeEvent) => {
        if (event.step === 'backup-made') backup = event.path
        if (event.step !== step || isDone) return
        isDone = true
        work(backup)
      },
    }
  }

  it.for([
    { name: 'gone', change: (backup: string) => rmSync(backup), says: /found no file;/ },
    {
      name: 'replaced by another file',
      change: (backup: string) => {
        copyFileSync(image, `${backup}.other`)
        renameSync(`${backup}.other`, backup)
      },
      says: /found another file of that name;/,
    },
    {
      name: 'cut',
      change: (backup: string) => truncateSync(backup, 4096),
      says: /found another file of that name;/,
    },
    {
      name: 'another database',
      change: (backup: string) => {
        const database = new Database(backup)
        database.exec('PRAGMA user_version = 77')
        database.close()
      },
      says: /found the copy of another database;/,
    },
  ])('that is $name before COMMIT undoes the upgrade', async ({ change, says }) => {
    const before = readFileSync(file)
    const observer = atStep('migration', change)
    // Without the backup in the comparison of the rows, nothing else would see it.
    const tried = upgrade({ suite, file, level: 'quick', observer })
    await expect(tried).rejects.toThrow(says)
    await expect(tried).rejects.toThrow(/was not changed: find out what moves files there/)
    expect(readFileSync(file)).toEqual(before)
  })

  it('that is removed at the COMMIT is no success', async () => {
    const observer = atStep('commit', (backup) => rmSync(backup))
    const tried = upgrade({ suite, file, level: 'quick', observer })
    await expect(tried).rejects.toThrow(/found no file; .* is upgraded and proven, and without a backup:/)
  })

  it('is removed when the upgrade is stopped, unless another file has its name', async () => {
    for (const isReplaced of [false, true]) {
      let isStopped = false
      let made = ''
      const stopping = atStep('migration', (backup) => {
        made = backup
        if (isReplaced) {
          rmSync(backup)
          writeFileSync(`${backup}.other`, 'of another run')
          renameSync(`${backup}.other`, backup)
        }
        isStopped = true
      })
      const observer = { ...stopping, isCancelled: () => isStopped }
      await expect(upgrade({ suite, file, observer })).rejects.toThrow(/a request to stop/)
      expect(existsSync(made)).toBe(isReplaced)
    }
  })

  it.runIf(process.getuid?.() === 0)('made by root belongs to the owner of the file, alone', async () => {
    chownSync(file, 1234, 2345)
    chmodSync(file, 0o664)
    const { backup } = await upgrade({ suite, file })
    const { uid, gid, mode } = statSync(backup ?? '')
    expect([uid, gid, mode & 0o777]).toEqual([1234, 2345, 0o600])
  })
})

function makeTenant(name: string): string {
  const path = join(folder.path, name, 'data.db')
  mkdirSync(join(path, '..'))
  copyFileSync(image, path)
  const database = new Database(path)
  database.prepare('INSERT INTO note VALUES (?)').run(`tenant ${name}`)
  database.close()
  return path
}

function readTenant(path: string): unknown {
  const database = new Database(path, { readonly: true })
  const [tenant] = database
    .prepare("SELECT substr(text, 8) FROM note WHERE text LIKE 'tenant %'")
    .pluck()
    .all()
  database.close()
  return tenant
}
