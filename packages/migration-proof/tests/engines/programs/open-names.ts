import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFile } from '../../../src/engines/better-sqlite3.ts'
import { openDatabaseFile } from '../../../src/migrator/open-database.ts'

/**
 * Opens each name, relative to a folder of its own in which an empty `a.db` is, and writes to what it opened. A test's
 * own thread cannot change its folder. Prints which files with bytes there are then, and what was thrown.
 */
const [, , folder = '', way = '', names = ''] = process.argv
const open = way === 'openFile' ? openFile : openDatabaseFile

function tryToWrite(name: string): string | null {
  try {
    const database = open(name)
    database.exec('CREATE TABLE written (a)')
    database.close()
    return null
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

const results = (JSON.parse(names) as string[]).map((name, index) => {
  const own = join(folder, `${index}`)
  mkdirSync(own)
  process.chdir(own)
  writeFileSync('a.db', '')
  const error = tryToWrite(name)
  const files = readdirSync(own, { recursive: true, encoding: 'utf8' })
  return { name, error, written: files.filter((file) => statSync(file).size > 0) }
})
process.stdout.write(JSON.stringify(results))
