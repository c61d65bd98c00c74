// Goal: whatever a database is called, either that very file is opened, or it is refused before anything is done: never
// another file in its place.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyTo, openMemory } from '../../src/engines/better-sqlite3.ts'
import { absolutePathOf, realPathOf } from '../../src/engines/database-path.ts'
import { DatabaseOpenError, openDatabaseFile } from '../../src/index.ts'
import { bundleProgram } from '../support/bundle-program.ts'

let folder: string
beforeEach(() => {
  folder = realPathOf(mkdtempSync(join(tmpdir(), 'names-')))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const names: readonly string[] = [
  ...['a.db ', 'a.db\n', 'a.db\t', 'a.db\u00a0', 'a.db\ufeff', 'a.db\u2028', ' a.db ', 'a.db\0', 'a.db\0b'],
  ...[' ', '\n', ' :memory:', ':memory: ', ' :memory: ', ' file:a.db', 'file:a.db', 'file::memory:'],
  ...[' a.db', '\na.db', '\u00a0a.db', 'file:a.db?mode=ro', 'file:///a.db', './:memory:', 'a.db?x', 'a b.db'],
]

interface Outcome {
  readonly name: string
  /** What was thrown; null where the name was opened. */
  readonly error: string | null
  /** The files that have bytes then. */
  readonly written: readonly string[]
}

let program = ''
beforeAll(async () => {
  program = await bundleProgram(fileURLToPath(new URL('programs/open-names.ts', import.meta.url)))
})

function openNames(way: string, given: readonly string[]): Outcome[] {
  const { stdout, stderr } = spawnSync(process.execPath, [program, folder, way, JSON.stringify(given)], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.for(['openDatabase', 'openFile'])('%s', (way) => {
  it('opens the very file, or refuses it', () => {
    const wrong = openNames(way, names).filter(({ name, error, written }) =>
      error === null ? written.join() !== join(name) : written.length > 0,
    )
    expect(wrong).toEqual([])
  })

  it('opens what begins in white space, or looks like a URI or a database in memory', () => {
    const opened = openNames(way, names).filter(({ error }) => error === null)
    expect(opened.map(({ name }) => name)).toEqual(
      expect.arrayContaining([' a.db', 'file:a.db', './:memory:']),
    )
  })

  it('opens the very file of any name, or refuses it', () => {
    const character = fc.constantFrom(...'ab.: \n\t\0?#%\u00a0\ufeff\u3000é')
    const some = fc.array(character, { minLength: 1, maxLength: 6 }).map((all) => all.join(''))
    const any = fc.sample(some, 400).filter((name) => name !== ':memory:')
    const wrong = openNames(way, any).filter(({ name, error, written }) =>
      error === null ? written.join() !== name : written.length > 0,
    )
    expect(wrong).toEqual([])
  })
})

it('refuses in one sentence, on one line', () => {
  for (const name of ['a.db\n', 'a.db\u00a0', 'a.db\0', ' ']) {
    const path = `${folder}/${name}`
    expect(() => openDatabaseFile(path)).toThrow(DatabaseOpenError)
    expect(() => openDatabaseFile(path)).toThrow(/^[^\n]+: expected [^\n]+, found [^\n]+; [^\n]+\.$/)
  }
})

/** Opens a path, and writes to what it opens; false where it is refused. */
function tryToWrite(path: string): boolean {
  try {
    const database = openDatabaseFile(path)
    database.exec('CREATE TABLE written (a)')
    database.close()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseOpenError)
    return false
  }
}

function listAll(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

it('copies to a file of exactly that name, or refuses it', async () => {
  const memory = openMemory()
  await expect(copyTo(memory, join(folder, 'copy.db '), 100, () => {})).rejects.toBeInstanceOf(
    DatabaseOpenError,
  )
  expect(listAll()).toEqual([])
  memory.close()
})

it('opens a name with white space by a link without it, and refuses the reverse', () => {
  openDatabaseFile(join(folder, 'a.db')).close()
  copyFileSync(join(folder, 'a.db'), join(folder, 'b.db '))
  symlinkSync(join(folder, 'a.db'), join(folder, 'link '))
  symlinkSync(join(folder, 'b.db '), join(folder, 'link'))
  openDatabaseFile(join(folder, 'link ')).close()
  expect(() => openDatabaseFile(join(folder, 'link'))).toThrow(
    /b\.db ": expected a file name that does not end in/,
  )
})

describe('a name that is too long', () => {
  it.for([246, 247, 248, 250, 255, 256, 300])('of %i bytes is refused, or its file works', (length) => {
    const path = join(folder, 'n'.repeat(length))
    const isOpened = tryToWrite(path)
    expect(isOpened).toBe(length <= 247)
    expect(existsSync(path)).toBe(isOpened)
  })

  it.for([495, 504, 505, 530])('in a path of %i bytes as well', (length) => {
    let deep = folder
    while (deep.length < 400) deep = join(deep, 'd'.repeat(40))
    mkdirSync(deep, { recursive: true })
    const path = join(deep, 'n'.repeat(length - deep.length - 1))
    const isOpened = tryToWrite(path)
    expect(isOpened).toBe(length <= 504)
    expect(readdirSync(deep)).toHaveLength(isOpened ? 1 : 0)
    if (!isOpened) expect(() => openDatabaseFile(path)).toThrow(/name too long/)
  })
})

it('takes the folder above that of a link as the system does', () => {
  mkdirSync(join(folder, 'real', 'inner'), { recursive: true })
  symlinkSync(join(folder, 'real', 'inner'), join(folder, 'link'))
  writeFileSync(join(folder, 'a.db'), 'outer')
  writeFileSync(join(folder, 'real', 'a.db'), 'inner')
  const path = `${folder}/link/../a.db`
  expect(readFileSync(path, 'utf8')).toBe('inner')
  expect(realPathOf(path)).toBe(join(folder, 'real', 'a.db'))
  expect(absolutePathOf(path)).toBe(join(folder, 'real', 'a.db'))
  expect(absolutePathOf(`${folder}/link/a.db`)).toBe(`${folder}/link/a.db`)
})
