// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { fixtures } from './forum.mjs'

const golden = join(fixtures, 'schemas', 'v2.sql')

/**
 * Makes a file of version 2 with this number of posts, in WAL mode, once for each folder. The same number gives the same
 * rows. Members repeat as in real files: some wrote thousands of posts.
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
    'INSERT INTO post (id, member, title, body, made_at) VALUES (?, ?, ?, ?, ?)',
  )
  const insertMember = database.prepare('INSERT OR IGNORE INTO member (id, email) VALUES (?, ?)')
  database.exec('BEGIN')
  for (let number = 0; number < records; number++) {
    const noise = createHash('sha256').update(`${number}`).digest('hex')
    const member =
      Math.floor(Number.parseInt(noise.slice(0, 8), 16) ** 0.75) % Math.max(1, Math.floor(records / 20))
    const prefix = createHash('sha256').update(`member ${member}`).digest('hex').slice(0, 40)
    const day = new Date(Date.UTC(2025, 9, 28) + number * 1000).toISOString()
    insertMember.run(member, `member-${member}@example.org`)
    insert.run(
      `${prefix}/${number.toString(36).padStart(13, '0')}`,
      member,
      noise.slice(0, 59),
      JSON.stringify({ madeAt: day, languages: ['en'], text: `${noise} `.repeat(5) }),
      day,
    )
  }
  database.exec('COMMIT')
}
