// Goal: nothing is published that is not ready for it. Where the code is stands in one field, and what follows from it is written by
// one command; a tag is that of a version which its package and its changelog have.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

describe('a tag', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tag-'))
  afterAll(() => rmSync(scratch, { recursive: true }))
  const git = (...parameters: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...parameters], { cwd: scratch })
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(scratch, file)), { recursive: true })
    writeFileSync(join(scratch, file), text)
  }
  const check = (tag: string) =>
    spawnSync(process.execPath, [join(projectFolder, 'tools/check-tag.mjs'), tag], {
      cwd: scratch,
      encoding: 'utf8',
    })

  beforeAll(() => {
    write('package.json', '{ "version": "0.2.0" }')
    write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-01-31\n\n- A line.\n')
    write('packages/migration-proof/package.json', '{ "version": "1.0.0" }')
    write('packages/migration-proof/CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- A line.\n\n## 1.0.0\n')
    git('init', '--quiet')
    git('add', '--all')
    git('commit', '--quiet', '--message', 'a')
    for (const tag of ['0.1.0', '0.2.0', '0.1.10']) git('tag', `quickslice-migrations-v${tag}`)
    git('tag', 'migration-proof-v0.9.0')
  })

  it('of a version gives its package, and the release before', () => {
    const { status, stdout } = check('quickslice-migrations-v0.2.0')
    expect(stdout).toBe('folder=.\nbefore=quickslice-migrations-v0.1.10\n')
    expect(status).toBe(0)
  })

  it.for([
    ['v0.2.0', 'expected quickslice-migrations-vVERSION or migration-proof-vVERSION'],
    ['quickslice-migrations-v0.3.0', 'expected version 0.3.0 in package.json, found 0.2.0'],
    ['migration-proof-v1.0.0', "expected no line under '## Unreleased'"],
  ])('%s is refused in one sentence', ([tag = '', sentence = '']) => {
    const { status, stderr } = check(tag)
    expect(stderr).toContain(sentence)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(status).toBe(1)
  })

  it('without an entry in the changelog is refused', () => {
    write('CHANGELOG.md', '# Changelog\n')
    expect(check('quickslice-migrations-v0.2.0').stderr).toContain("expected the entry '## 0.2.0'")
  })
})
