/**
 * Starts as the server does: opens the file, upgrades it to the latest version, prints what it did, and serves for a
 * while. It runs in the image with Node.
 *
 *   node server.mjs FILE [--busy-timeout MS] [--hold-at N] [--hold-for MS] [--eat-at N] [--serve-for MS]
 *
 * --hold-at waits before the statement of that number, forever or for the time of --hold-for. --eat-at takes all memory
 * before the statement of that number.
 */
import { writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openDatabase, plan } from '/app/dist/migrations/index.js'
import { betterSqliteConnection, migrate } from '/app/node_modules/migration-proof/dist/index.js'

const options = { type: 'string' }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'busy-timeout': options,
    'hold-at': options,
    'hold-for': options,
    'eat-at': options,
    'serve-for': options,
  },
})

try {
  start(positionals[0], {
    busyTimeoutMilliseconds: Number(values['busy-timeout'] ?? 5000),
    holdAt: Number(values['hold-at'] ?? 0),
    holdMilliseconds: Number(values['hold-for'] ?? Number.POSITIVE_INFINITY),
    eatAt: Number(values['eat-at'] ?? 0),
    serveMilliseconds: Number(values['serve-for'] ?? 0),
  })
} catch (error) {
  writeSync(2, `${error.name}: ${error.message}\n`)
  process.exitCode = 1
}

function start(file, { busyTimeoutMilliseconds, holdAt, holdMilliseconds, eatAt, serveMilliseconds }) {
  const database = openDatabase(file, { busyTimeoutMilliseconds })
  let statements = 0
  const { outcome, from, to, applied } = migrate(betterSqliteConnection(database), plan, {
    beforeStatement: () => {
      statements++
      if (statements === holdAt) hold(holdMilliseconds)
      if (statements === eatAt) eat()
    },
  })
  say({ event: 'started', outcome, from, to, applied })
  if (serveMilliseconds > 0) serve(database, serveMilliseconds)
  database.close()
}

function hold(milliseconds) {
  say({ event: 'holding' })
  sleep(milliseconds)
}

/** Takes a gigabyte, which is more than any container of the tests may have. */
function eat() {
  const eaten = []
  for (let megabytes = 0; megabytes < 1024; megabytes++) eaten.push(Buffer.alloc(2 ** 20, 1))
  say({ event: 'ate', megabytes: eaten.length })
}

/** Writes a record every few milliseconds, as the server does while others start. */
function serve(database, milliseconds) {
  const end = Date.now() + milliseconds
  const insert = database.prepare(
    `INSERT INTO record (uri, cid, did, collection, json) VALUES (?, 'a-cid', 'did:plc:a', 'app.b.c', '{}')`,
  )
  let written = 0
  while (Date.now() < end) {
    insert.run(`at://${process.env.HOSTNAME}/${written}`)
    written++
    sleep(20)
  }
  say({ event: 'served', written })
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Synchronous: a killed process would lose what it has buffered. */
function say(event) {
  writeSync(1, `${JSON.stringify(event)}\n`)
}
