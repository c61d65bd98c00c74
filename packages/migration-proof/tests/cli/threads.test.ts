// Goal: what `verify`, `crash`, `mutate` and `lint` report does not depend on the number of their threads, and a thread that ends early
// is one error.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findInThreads } from '../../src/cli/lint/find.ts'
import { loadConfig } from '../../src/cli/load-config.ts'
import { verifySnapshots } from '../../src/cli/results/upgrades.ts'
import { findKnownResults } from '../../src/cli/reuse/find-known.ts'
import type { KnownResults } from '../../src/cli/reuse/known-results.ts'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const config = `import { defineConfig } from '${library}'

export default defineConfig({
  name: 'notes',
  fixtures: new URL('fixtures', import.meta.url),
  migrations: [
    {
      version: 1,
      name: 'notes',
      up: ({ exec }) => {
        exec("CREATE TABLE note (id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('a', 'b')), size INTEGER)")
        exec('CREATE TABLE tag (id INTEGER PRIMARY KEY, note TEXT REFERENCES note (id))')
        exec('CREATE INDEX note_size ON note (size)')
      },
    },
    { version: 2, name: 'sizes', up: ({ exec }) => exec('ALTER TABLE note ADD COLUMN weight INTEGER DEFAULT 1') },
    {
      version: 3,
      name: 'rebuild',
      foreignKeys: 'off',
      up: ({ exec }) =>
        exec(
          'CREATE TABLE other (id TEXT PRIMARY KEY, kind TEXT NOT NULL, size INTEGER, weight INTEGER); INSERT INTO other SELECT id, kind, size, weight FROM note; DROP TABLE note; ALTER TABLE other RENAME TO note',
        ),
    },
  ],
})
`

const file = 'migration-proof.config.mjs'
let project: ScratchProject

beforeAll(() => {
  project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    [file]: config,
  })
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
})
afterAll(() => project.destroy())

/** Without what is measured. */
function untimed(text: string): unknown {
  return JSON.parse(text, (key, value) =>
    /milliseconds$|persecond$|^threads$/i.test(key) ? undefined : value,
  )
}

describe('with one thread and with three, the same is reported by', () => {
  it.for(['verify', 'crash --snapshot v2', 'mutate', 'lint'])('%s', (command) => {
    const [one, three] = ['1', '3'].map((threads) =>
      untimed(project.run([...command.split(' '), '--threads', threads, '--json']).stdout),
    )
    expect(one).toHaveProperty('problems')
    expect(three).toEqual(one)
  })

  it('lint, where the migrations after the first one are tried in threads', async () => {
    const path = join(project.folder, file)
    const suite = await loadConfig(path)
    const alone = await findInThreads(suite, path, { threads: 1 })
    expect(alone.problems.length).toBeGreaterThan(3)
    expect(await findInThreads(suite, path, { threads: 3, leastMilliseconds: 0 })).toEqual(alone)
  })
})

it('verify proves the same of the snapshots after the first one in threads, and takes what is known there', async () => {
  const path = join(project.folder, file)
  const suite = await loadConfig(path)
  const names = suite.snapshots.map(({ name }) => name)
  const verify = (count: number, known: KnownResults | null = null) =>
    verifySnapshots(suite, names, { known, threads: { configFile: path, count, leastMilliseconds: 0 } })
  const plain = (proofs: unknown) => untimed(JSON.stringify(proofs))
  const alone = await verify(1)
  expect(plain(await verify(3))).toEqual(plain(alone))
  mkdirSync(join(project.folder, 'node_modules'))
  const known = () => findKnownResults(suite, path)
  await verify(3, known())
  expect((await verify(3, known())).map(({ knownUpTo }) => knownUpTo)).toEqual(names.map(() => 3))
})

it('a number of threads that is none is refused', () => {
  for (const command of ['verify', 'crash', 'mutate', 'lint'])
    expect(project.run([command, '--threads', '0']).stderr).toContain('--threads')
})

it('a thread that ends early is one error, which says what was not done', () => {
  writeFileSync(
    join(project.folder, 'ending.mjs'),
    `import config from './${file}'\nimport { parentPort } from 'node:worker_threads'\n` +
      `parentPort?.close()\nexport default config\n`,
  )
  for (const [command, where] of [
    ['crash', 'The upgrade of fresh in journal mode wal'],
    ['mutate', 'Mutant v1/none/schema'],
  ] as const) {
    const { exitCode, stderr } = project.run([command, '--config', 'ending.mjs'])
    expect(stderr).toContain(`${where}: expected a result of its thread`)
    expect(stderr.match(/Error:/g)).toHaveLength(1)
    expect(exitCode).not.toBe(0)
  }
})
