// A server that keeps a database open, as the library opens it, and commits rows: it answers `ack N` once row N is
// committed. It reads commands from its standard input, one per line.
import { closeSync, openSync, readSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { betterSqliteConnection, definePlan, migrate, openDatabaseFile } from '../../../dist/index.js'
import { migrations } from '../../support/forum/migrations/index.js'

const [, , file, ...options] = process.argv
const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`)
const plan = definePlan(migrations)
const database = openDatabaseFile(file, { plan })
if (options.includes('--migrate')) migrate(betterSqliteConnection(database), plan)
const insert = database.prepare("INSERT INTO member (email) VALUES ('mark:' || ?)")
say('open')

for await (const line of createInterface({ input: process.stdin })) {
  const [command, mark] = line.split(' ')
  if (command === 'write') {
    try {
      insert.run(mark)
      say(`ack ${mark}`)
    } catch (error) {
      say(`failed ${error.code}`)
    }
  } else if (command === 'look') {
    // A health check, or a pool, opens the file once more and closes it.
    openDatabaseFile(file, { plan }).close()
    say('looked')
  } else if (command === 'misread') {
    // What a server must never do, and the canary does: closing the descriptor drops all locks of this process.
    const descriptor = openSync(file, 'r')
    readSync(descriptor, Buffer.alloc(100), 0, 100, 0)
    closeSync(descriptor)
    say('looked')
  } else if (command === 'close') {
    database.close()
    say('closed')
    process.exit(0)
  }
}
