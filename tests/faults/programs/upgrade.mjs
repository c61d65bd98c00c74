/**
 * Starts as an application does: opens the file, upgrades it, and prints the outcome as one line of JSON.
 *
 *   node upgrade.mjs [FILE] [--busy-timeout MS] [--kill-before N] [--uid N] [--spare-descriptors N]
 *
 * --kill-before        kills the process before the statement of that number, counted from 0; the number after the last
 *                      statement kills it after that
 * --uid                gives up the rights of root before the file is opened
 * --spare-descriptors  takes all file descriptors but this number before the file is opened
 *
 * Without a file it prints that it is ready, and does the same for each line of its input: a file, and when to open it, in
 * milliseconds since 1970.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { betterSqliteConnection, migrate } from 'migration-proof'
import { openDatabase, plan } from '../../../dist/migrations/index.js'

const number = { type: 'string' }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'busy-timeout': number,
    'kill-before': number,
    uid: number,
    'spare-descriptors': number,
  },
})
const [onlyFile] = positionals

if (values.uid !== undefined) {
  process.setgid(Number(values.uid))
  process.setuid(Number(values.uid))
}
if (values['spare-descriptors'] !== undefined) leaveDescriptors(Number(values['spare-descriptors']))
if (onlyFile === undefined) takeLines()
else say(upgrade(onlyFile))

function takeLines() {
  say({ ready: true })
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { file, openAt } = JSON.parse(line)
    while (Date.now() < openAt) {
      // All processes of a test begin in the same millisecond.
    }
    say(upgrade(file))
  })
}

function upgrade(file) {
  try {
    const database = openDatabase(file, { busyTimeoutMilliseconds: Number(values['busy-timeout'] ?? 5000) })
    const result = migrate(betterSqliteConnection(database), plan, { beforeStatement: killAt() })
    if (values['kill-before'] !== undefined) process.kill(process.pid, 'SIGKILL')
    database.close()
    return { outcome: result.outcome, applied: result.applied }
  } catch (error) {
    process.exitCode = 1
    return { error: { name: error.name, message: error.message, code: codeOf(error) } }
  }
}

/** Kills this process, so that it cannot clean up. */
function killAt() {
  const index = Number(values['kill-before'] ?? Number.POSITIVE_INFINITY)
  let count = 0
  return ({ sql, version }) => {
    if (count++ !== index) return
    say({ killedBefore: sql, version })
    process.kill(process.pid, 'SIGKILL')
  }
}

/** The code of the error, or of the first of its causes that has one. */
function codeOf(error) {
  if (typeof error.code === 'string') return error.code
  return error.cause instanceof Error ? codeOf(error.cause) : null
}

/** Opens files up to the limit of the process, then closes this many again. */
function leaveDescriptors(spare) {
  const taken = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    // The limit is reached.
  }
  for (const descriptor of taken.slice(0, spare)) closeSync(descriptor)
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
