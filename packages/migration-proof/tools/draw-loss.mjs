#!/usr/bin/env node
// @ts-check
// Draws docs/loss.svg: a migration as drizzle-kit writes it, which deletes rows, and what `verify` prints of it. Both are real: a
// project is made in a folder of its own, and the built command runs there.
//   node packages/migration-proof/tools/draw-loss.mjs
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawTerminal, runInColour } from './terminal-picture.mjs'

const own = fileURLToPath(new URL('..', import.meta.url))
const title =
  'A migration of drizzle rebuilds the table author, and verify reports that the rows of the table post are gone'

const first = `CREATE TABLE \`author\` (
\t\`id\` integer PRIMARY KEY NOT NULL,
\t\`name\` text
);
--> statement-breakpoint
CREATE TABLE \`post\` (
\t\`id\` integer PRIMARY KEY NOT NULL,
\t\`author_id\` integer NOT NULL,
\t\`title\` text NOT NULL,
\tFOREIGN KEY (\`author_id\`) REFERENCES \`author\`(\`id\`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX \`post_author\` ON \`post\` (\`author_id\`);
`

/** What drizzle-kit writes where a column gets a default. */
const second = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_author\` (
\t\`id\` integer PRIMARY KEY NOT NULL,
\t\`name\` text DEFAULT 'anonymous'
);
--> statement-breakpoint
INSERT INTO \`__new_author\`("id", "name") SELECT "id", "name" FROM \`author\`;--> statement-breakpoint
DROP TABLE \`author\`;--> statement-breakpoint
ALTER TABLE \`__new_author\` RENAME TO \`author\`;--> statement-breakpoint
PRAGMA foreign_keys=ON;
`

const config = `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'

export default defineConfig({ name: 'blog', ...drizzle('drizzle'), fixtures: 'fixtures' })
`

/** The journal of drizzle-kit. */
function journal(/** @type {readonly string[]} */ ...tags) {
  const entries = tags.map((tag, idx) => ({
    idx,
    version: '6',
    when: 1_760_000_000_000 + idx,
    tag,
    breakpoints: true,
  }))
  return JSON.stringify({ version: '7', dialect: 'sqlite', entries })
}

/**
 * The output up to the line that counts what failed: what follows says what was not compared, and how to declare the loss.
 *
 * @param {string} output
 */
function upToCounts(output) {
  const lines = output.split('\n')
  return lines.slice(0, lines.findIndex((line) => /^\d+ snapshots, /.test(line)) + 1).join('\n')
}

/**
 * The commands of the picture, and what each printed.
 *
 * @returns {readonly import('./terminal-picture.mjs').Step[]}
 */
export function catchLoss() {
  const folder = mkdtempSync(join(tmpdir(), 'loss-'))
  const write = (/** @type {string} */ file, /** @type {string} */ text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const run = (/** @type {readonly string[]} */ ...words) =>
    runInColour([process.execPath, join(own, 'bin', 'migration-proof.cjs'), ...words], {
      cwd: folder,
      columns: 92,
    })
  try {
    write('package.json', '{ "name": "blog", "type": "module" }')
    write('migration-proof.config.mjs', config)
    write('drizzle/0000_posts.sql', first)
    write('drizzle/meta/_journal.json', journal('0000_posts'))
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(own, join(folder, 'node_modules', 'migration-proof'), 'junction')
    const driver = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))
    symlinkSync(driver, join(folder, 'node_modules', 'better-sqlite3'), 'junction')
    for (const options of [[], ['--accept-drafts']]) run('freeze', ...options)
    const file = 'drizzle/0001_author_default.sql'
    write(file, second)
    write('drizzle/meta/_journal.json', journal('0000_posts', '0001_author_default'))
    for (const options of [[], ['--accept-drafts']]) run('freeze', ...options)
    const { stdout, status } = run('verify', '--no-cache')
    if (status !== 1) throw new Error(`verify: expected exit code 1, found ${status}`)
    return [
      { command: `cat ${file}`, output: second },
      { command: 'npx migration-proof verify', output: `${upToCounts(stdout)}\n…` },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(own, 'docs', 'loss.svg'), drawTerminal(catchLoss(), { title, moves: true }))
