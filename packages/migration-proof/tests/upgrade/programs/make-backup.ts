import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { confirmBackup, makeBackup } from '../../../src/upgrade/backup.ts'

/** Makes backups of a file one after the other, all of the same second, and prints their paths. */
const [, , path = '', folder = dirname(path), count = '1'] = process.argv
const observer = { report: () => {}, isCancelled: () => false }
const database = new Database(path)

async function work() {
  const paths: string[] = []
  for (let number = 0; number < Number(count); number++) {
    const backup = await makeBackup(database, { path, folder, version: 1, madeAt: new Date(0) }, observer)
    confirmBackup(backup, 'upgraded')
    paths.push(backup.path)
  }
  process.stdout.write(paths.join('\n'))
}

work().catch((error: unknown) => {
  process.stderr.write(`${error}`)
  process.exitCode = 1
})
