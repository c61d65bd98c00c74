/**
 * Starts as an application does: opens the file, upgrades it, and says what happened as one line of JSON.
 *
 *   node upgrade.mjs FILE [--busy-timeout MS] [--kill-before N] [--wait-for-input 1] [--uid N] [--spare-descriptors N]
 *
 * --kill-before        ends the process at once before the statement of that number, counted from 0; one more
 *                      than there are ends it after the last
 * --wait-for-input     says that it is ready, and opens the file at the time that it is told: a line with
 *                      milliseconds since 1970
 * --uid                gives up the rights of root before the file is opened
 * --spare-descriptors  takes all file descriptors but so many before the file is opened
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { betterSqliteConnection, migrate } from '../../../dist/harness/index.js'
import { openDatabase, plan } from '../../../dist/migrations/index.js'

const number = { type: 'string' }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'busy-timeout': number,
    'kill-before': number,
    'wait-for-input': number,
    uid: number,
    'spare-descriptors': number,
  },
})
const [file = ''] = positionals

if (values.uid !== undefined) {
  process.setgid(Number(values.uid))
  process.setuid(Number(values.uid))
}
if (values['spare-descriptors'] !== undefined) leaveDescriptors(Number(values['spare-descriptors']))
if (values['wait-for-input'] !== undefined) waitForInput()
say(upgrade())

function waitForInput() {
  say({ ready: true })
  const openAt = Number(readFileSync(0, 'utf8'))
  while (Date.now() < openAt) {
    // All processes of a test begin in the same millisecond.
  }
}

function upgrade() {
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

/** Ends this process without a chance to tidy up. */
function killAt() {
  const place = Number(values['kill-before'] ?? Number.POSITIVE_INFINITY)
  let count = 0
  return ({ sql, version }) => {
    if (count++ !== place) return
    say({ killedBefore: sql, version })
    process.kill(process.pid, 'SIGKILL')
  }
}

/** The code of the error, or of the first of its causes that has one. */
function codeOf(error) {
  if (typeof error.code === 'string') return error.code
  return error.cause instanceof Error ? codeOf(error.cause) : null
}

/** Opens a file until the limit of the process is reached, and then opens no more but these few. */
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
