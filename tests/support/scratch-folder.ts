import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder (mode 0700) in that of temporary files, until it is removed with all that it holds. */
export function makeScratchFolder() {
  const path = mkdtempSync(join(tmpdir(), 'migrations-test-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  return { path, remove, [Symbol.dispose]: remove }
}
