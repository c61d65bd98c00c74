// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readStatements } from '../support/read-statements.mjs'

const [, , path = ''] = process.argv
const folder = mkdtempSync(join(tmpdir(), 'drizzle-'))
const versions = readStatements()
mkdirSync(join(folder, 'meta'))
for (const { version, statements } of versions) {
  writeFileSync(join(folder, `v${version}.sql`), statements.join(';\n--> statement-breakpoint\n'))
}
const entries = versions.map(({ version }, idx) => ({
  idx,
  version: '6',
  when: version,
  tag: `v${version}`,
  breakpoints: true,
}))
writeFileSync(
  join(folder, 'meta', '_journal.json'),
  JSON.stringify({ version: '6', dialect: 'sqlite', entries }),
)
const client = new Database(path)
migrate(drizzle({ client }), { migrationsFolder: folder })
client.close()
rmSync(folder, { recursive: true })
