// Goal: where the code is stands in one field: while it is empty nothing is published, and what follows from it is written by one command.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { projectFolder } from '../support/imports.ts'

const folder = mkdtempSync(join(tmpdir(), 'repository-'))
const packages = ['package.json', 'packages/migration-proof/package.json']
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const run = (...parameters: readonly string[]) =>
  spawnSync(process.execPath, [join(folder, 'tools/repository.mjs'), ...parameters], { encoding: 'utf8' })

beforeAll(() => {
  for (const file of ['tools/repository.mjs', ...packages]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(projectFolder, file), join(folder, file))
  }
  const [, own = ''] = packages
  const { repository } = read(own)
  writeFileSync(join(folder, own), JSON.stringify({ ...read(own), repository: { ...repository, url: '' } }))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('both packages ask for it before they are published', () => {
  for (const file of packages) expect(read(file).scripts.prepublishOnly).toMatch(/repository\.mjs --require$/)
})

it('an empty one stops that with one sentence', () => {
  const { status, stderr } = run('--require')
  expect(stderr).toBe(
    'packages/migration-proof/package.json: repository.url: expected the URL of the repository, found none: ' +
      'write it with `node tools/repository.mjs URL`.\n',
  )
  expect(status).toBe(1)
})

it.for(['', 'example.org', 'https://example.org/owner', 'https://example.org/owner/name.git'])(
  '%j is not one',
  (url) => {
    expect(run(url).status).toBe(2)
  },
)

it('it is written into both, and nothing else changes', () => {
  const before = packages.map(read)
  expect(run('https://example.org/owner/name').status).toBe(0)
  for (const [index, file] of packages.entries()) {
    const { homepage, bugs, repository, ...rest } = read(file)
    expect(repository.url).toBe('git+https://example.org/owner/name.git')
    expect(
      [homepage, bugs.url].every(
        (url) => url.startsWith('https://example.org/owner/name/') || url.includes('#readme'),
      ),
    ).toBe(true)
    const { homepage: _, bugs: __, repository: ___, ...expected } = before[index]
    expect(rest).toEqual(expected)
  }
  expect(run('--require').status).toBe(0)
})

it('a field that says something else stops it too', () => {
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...read('package.json'), homepage: 'https://example.org' }),
  )
  const { status, stderr } = run('--require')
  expect(stderr).toMatch(/^package\.json: expected \{"homepage":"https:\/\/example\.org\/owner\/name#readme"/)
  expect(status).toBe(1)
})
