// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

const golden = fileURLToPath(new URL('../../fixtures/schemas/v2.sql', import.meta.url))

/**
 * Makes a file of version 2 with this number of records, in WAL mode as the server leaves it, once for each folder.
 * The same number gives the same rows. DIDs repeat as in real files: some people wrote thousands of records.
 *
 * @param {string} folder
 * @param {number} records
 * @returns {string} its path
 */
export function generateFile(folder, records) {
  const path = join(folder, `v2-${records}.db`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const draft = `${path}.draft`
  rmSync(draft, { force: true })
  const database = new Database(draft)
  database.pragma('synchronous = OFF')
  // Keys are in no order: pages that drop out of the cache would be written many times.
  database.pragma('cache_size = -4000000')
  database.exec(readFileSync(golden, 'utf8'))
  database.exec('INSERT INTO schema_version (version) VALUES (1), (2)')
  fill(database, records)
  database.pragma('journal_mode = WAL')
  database.close()
  renameSync(draft, path)
  return path
}

/**
 * @param {Database.Database} database
 * @param {number} records
 */
function fill(database, records) {
  const insert = database.prepare(
    'INSERT INTO record (uri, cid, did, collection, json, indexed_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertActor = database.prepare(
    'INSERT OR IGNORE INTO actor (did, handle, indexed_at) VALUES (?, ?, ?)',
  )
  const collections = [
    'app.bsky.feed.post',
    'app.bsky.feed.like',
    'app.bsky.graph.follow',
    'xyz.statusphere.status',
  ]
  database.exec('BEGIN')
  for (let number = 0; number < records; number++) {
    const noise = createHash('sha256').update(`${number}`).digest('hex')
    const person =
      Math.floor(Number.parseInt(noise.slice(0, 8), 16) ** 0.75) % Math.max(1, Math.floor(records / 20))
    const did = `did:plc:${createHash('sha256').update(`person ${person}`).digest('hex').slice(0, 24)}`
    const collection = collections[number % collections.length]
    const day = new Date(Date.UTC(2025, 9, 28) + number * 1000).toISOString()
    const json = JSON.stringify({
      $type: collection,
      createdAt: day,
      langs: ['en'],
      text: `${noise} `.repeat(5),
    })
    insert.run(
      `at://${did}/${collection}/${number.toString(36).padStart(13, '0')}`,
      `bafyrei${noise.slice(0, 52)}`,
      did,
      collection,
      json,
      day,
    )
    insertActor.run(did, `person-${person}.example`, day)
  }
  database.exec('COMMIT')
}
