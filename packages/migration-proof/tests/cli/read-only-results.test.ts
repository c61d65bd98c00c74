// Goal: a folder of results that may only be read is read, as where CI restores it for another user.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openResultFolder } from '../../src/cli/reuse/folder.ts'

let isReadOnly = false

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>()
  const refuse =
    <Given extends readonly unknown[]>(work: (...given: Given) => void) =>
    (...given: Given) => {
      if (isReadOnly) throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
      work(...given)
    }
  return { ...original, utimesSync: refuse(original.utimesSync), rmSync: refuse(original.rmSync) }
})

it('a result is read where its use cannot be noted, and what cannot be removed counts', () => {
  const path = mkdtempSync(join(tmpdir(), 'read-only-results-'))
  const key = 'a'.repeat(64)
  try {
    const folder = openResultFolder(path, 1)
    folder?.write(key, Buffer.from('proven'))
    isReadOnly = true
    expect(folder?.read(key)?.toString()).toBe('proven')
    expect(folder?.trim()).toMatchObject({ results: 1 })
  } finally {
    isReadOnly = false
    rmSync(path, { recursive: true })
  }
})
