// Goal: nothing is bundled twice, and no command ever runs a bundle that other sources made.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { hashSources, readMade, writeStamp } from '../../tools/build-stamp.mjs'

const root = mkdtempSync(join(tmpdir(), 'build-stamp-'))
const pack = { folder: root, licensed: ['zod'] }
const dist = join(root, 'dist')
const bundle = join(dist, 'cli', 'main.cjs')
afterAll(() => rmSync(root, { recursive: true }))

beforeEach(() => {
  rmSync(root, { recursive: true })
  write('src/migrations/v1.ts', 'one')
  write('tools/build.mjs', 'bundler')
  write('package.json', '{}')
  write('tsconfig.json', '{}')
  write('node_modules/zod/package.json', '1')
  write('dist/cli/main.cjs', 'bundled')
  writeStamp(dist, hashSources(root, pack), [bundle])
})

describe('a bundle', () => {
  it('is kept where nothing changed', () => {
    expect(readMade(dist, hashSources(root, pack))).toEqual([bundle])
  })

  it.for([
    ['an edited source', 'src/migrations/v1.ts', 'two'],
    ['a new source', 'src/migrations/v2.ts', 'two'],
    ['another way of building', 'tools/build.mjs', 'other'],
    ['another way of remembering', 'tools/build-stamp.mjs', 'other'],
    ['another list of packages', 'package.json', '{ }'],
    ['other options of the compiler', 'tsconfig.json', '{ }'],
    ['another version of a bundled package', 'node_modules/zod/package.json', '2'],
    ['an edited bundle', 'dist/cli/main.cjs', 'Bundled'],
  ] as const)('is made again for %s', ([, path, text]) => {
    write(path, text)
    expect(readMade(dist, hashSources(root, pack))).toBeNull()
  })

  it.for(['src/migrations/v1.ts', 'dist/cli/main.cjs', 'dist/build-stamp.json'])(
    'is made again without %s',
    (path) => {
      rmSync(join(root, path))
      expect(readMade(dist, hashSources(root, pack))).toBeNull()
    },
  )

  it('is made again where a source moved', () => {
    rmSync(join(root, 'src/migrations/v1.ts'))
    write('src/migrations/v2.ts', 'one')
    expect(readMade(dist, hashSources(root, pack))).toBeNull()
  })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
