import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { confirmBackup, makeBackup } from '../../../src/upgrade/backup.ts'
import { readIdentity } from '../../../src/upgrade/file-identity.ts'

/** Makes backups of a file one after the other, all of the same second, and prints their paths. */
const [, , path = '', folder = dirname(path), count = '1'] = process.argv
const observer = { report: () => {}, isCancelled: () => false }
const database = new Database(path)

async function work() {
  const identity = readIdentity(path)
  if (identity === null) throw new Error('There is no file.')
  const paths: string[] = []
  for (let number = 0; number < Number(count); number++) {
    const backup = await makeBackup(
      database,
      { path, identity, folder, level: 'default', version: 1, madeAt: new Date(0) },
      observer,
    )
    confirmBackup(backup, 'upgraded')
    paths.push(backup.path)
  }
  process.stdout.write(paths.join('\n'))
}

work().catch((error: unknown) => {
  process.stderr.write(`${error}`)
  process.exitCode = 1
})
