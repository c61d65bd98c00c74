// Goal: a folder of results that may only be read is read, as where CI restores it for another user.
import fs, { mkdtempSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openResultFolder } from '../../src/cli/reuse/folder.ts'

/** Does some work on a file system that refuses changes; a test that root runs cannot take the rights to a folder away. */
function withReadOnlyFiles(work: () => void): void {
  const { utimesSync, rmSync: remove } = fs
  const refuse = () => {
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
  }
  Object.assign(fs, { utimesSync: refuse, rmSync: refuse })
  syncBuiltinESMExports()
  try {
    work()
  } finally {
    Object.assign(fs, { utimesSync, rmSync: remove })
    syncBuiltinESMExports()
  }
}

it('a result is read where its use cannot be noted, and what cannot be removed counts', () => {
  const path = mkdtempSync(join(tmpdir(), 'read-only-results-'))
  const key = 'a'.repeat(64)
  try {
    const folder = openResultFolder(path, 1)
    folder?.write(key, Buffer.from('proven'))
    withReadOnlyFiles(() => {
      expect(folder?.read(key)?.toString()).toBe('proven')
      expect(folder?.trim()).toMatchObject({ results: 1 })
    })
  } finally {
    rmSync(path, { recursive: true })
  }
})
