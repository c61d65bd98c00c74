/**
 * Makes a file of v1 large, and prints what it holds. It runs in the image with Node.
 *
 *   node large-file.mjs grow FILE ROWS BYTES_PER_ROW
 *   node large-file.mjs report FILE
 */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'

const Database = createRequire('/app/package.json')('better-sqlite3')
const [task, file, ...numbers] = process.argv.slice(2)
const database = new Database(file)
if (task === 'grow') grow(...numbers.map(Number))
console.log(JSON.stringify(describe()))
database.close()

function grow(rows, bytes) {
  database.pragma('synchronous = OFF')
  database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO record (uri, cid, did, collection, json, indexed_at)
      SELECT 'at://did:plc:large/app.b.c/' || i, hex(randomblob(20)), 'did:plc:large', 'app.b.c',
        hex(zeroblob(? / 2)), '2025-11-05 00:00:00'
      FROM n`,
    )
    .run(rows, bytes)
}

function describe() {
  return {
    bytes: statSync(file).size,
    integrity: database.pragma('quick_check', { simple: true }),
    version: database.prepare('SELECT max(version) FROM schema_version').pluck().get(),
    records: database.prepare('SELECT count(*) FROM record').pluck().get(),
    content: database
      .prepare('SELECT sum(length(json) + length(uri) + length(cid)) FROM record')
      .pluck()
      .get(),
  }
}
