// Goal: a process that has a database open can read and copy its file without a descriptor of its own.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { copyInOtherProcess, readStartInOtherProcess } from '../../src/migrator/other-process.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'other-process-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it.each(['with', 'without'])(
  'reads the first bytes, and fewer where the file is shorter, %s `head`',
  (how) => {
    if (how === 'without') vi.stubEnv('PATH', folder)
    const path = join(folder, "it's a file")
    writeFileSync(path, Buffer.from([0, 255, 13, 10, 1]))
    expect([...readStartInOtherProcess(path, 3)]).toEqual([0, 255, 13])
    expect(readStartInOtherProcess(path, 100)).toHaveLength(5)
  },
)

it('copies every byte into a file that its owner alone can read', () => {
  const path = join(folder, 'file')
  const bytes = Buffer.alloc(3_000_001, 'abcdefg')
  writeFileSync(path, bytes, { mode: 0o644 })
  copyInOtherProcess(path, join(folder, 'copy'))
  expect(readFileSync(join(folder, 'copy')).equals(bytes)).toBe(true)
  expect(statSync(join(folder, 'copy')).mode & 0o777).toBe(0o600)
})

it('never writes over a file, and names the error of the system', () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'new')
  writeFileSync(join(folder, 'copy'), 'old')
  expect(() => copyInOtherProcess(path, join(folder, 'copy'))).toThrow(
    expect.objectContaining({ name: 'OtherProcessError', code: 'EEXIST' }),
  )
  expect(readFileSync(join(folder, 'copy'), 'utf8')).toBe('old')
  expect(() => readStartInOtherProcess(join(folder, 'none'), 10)).toThrow(
    expect.objectContaining({ name: 'OtherProcessError', code: 'ENOENT' }),
  )
  expect(existsSync(join(folder, 'none'))).toBe(false)
  expect(readdirSync(folder)).toEqual(['copy', 'file'])
})
