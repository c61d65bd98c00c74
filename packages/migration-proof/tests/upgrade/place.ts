import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Suite } from '../../src/index.ts'
import type { ProofLevel, UpgradeEvent, UpgradeReport } from '../../src/upgrade/model.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { findSourceFile } from '../../src/upgrade/source-file.ts'
import { expectReport, makeFolder, makeShop, shopWith } from './shop.ts'

/** A folder with one database file in it, which each test makes again from the same image. */
export interface Place {
  readonly folder: string
  /** A shop at version 1. */
  readonly image: string
  /** The file that is upgraded. */
  readonly file: string
  readonly suite: Suite
  /** Makes the folder again, empty. */
  clear(): void
  /** Makes the file of the image, with some SQL run on it. */
  change(sql: string): void
  /** Makes the file of the image, with other bytes. */
  rewrite(edit: (bytes: Buffer) => Buffer): void
  /** Looks at the file and upgrades it, as the command does. */
  run(options?: RunOptions): Promise<UpgradeReport>
  /** Every file in the folder, but the sidecars without content that a reader of a WAL file may leave. */
  read(): Record<string, string>
  remove(): void
}

interface RunOptions {
  readonly freeBytes?: number
  readonly level?: ProofLevel
  /** What happens between the look at the file and the lock. */
  readonly beforeLock?: () => void
  readonly onEvent?: (event: UpgradeEvent) => void
}

export function makePlace(): Place {
  const parent = makeFolder()
  const folder = join(parent.path, 'place')
  const image = join(parent.path, 'image.db')
  const file = join(folder, 'shop.db')
  const suite = shopWith('CREATE INDEX item_name ON item (name)')
  makeShop(image)
  return {
    folder,
    image,
    file,
    suite,
    clear: () => {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
    },
    change: (sql) => {
      copyFileSync(image, file)
      const database = new Database(file)
      database.exec(sql)
      database.close()
    },
    rewrite: (edit) => writeFileSync(file, edit(readFileSync(image))),
    run: async ({
      freeBytes = Number.MAX_SAFE_INTEGER,
      level = 'default',
      beforeLock,
      onEvent = () => {},
    } = {}) => {
      const options = { plan: suite.plan, backupFolder: folder, rehearsalFolder: null }
      const preview = previewUpgrade(findSourceFile(file), { ...options, freeSpace: () => freeBytes })
      beforeLock?.()
      const request = {
        suite,
        backupFolder: folder,
        level,
        madeAt: new Date(0),
        busyTimeoutMilliseconds: 10,
      }
      return expectReport(await runUpgrade(preview, request, { report: onEvent, isCancelled: () => false }))
    },
    read: () => readFolder(folder),
    remove: parent.remove,
  }
}

function readFolder(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.endsWith('-shm') && !isEmptyLog(folder, name))
  return Object.fromEntries(
    names.map((name) => {
      const isFile = statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true
      return [name, isFile ? readFileSync(join(folder, name), 'latin1') : 'no file']
    }),
  )
}

function isEmptyLog(folder: string, name: string): boolean {
  return name.endsWith('-wal') && statSync(join(folder, name)).size === 0
}
