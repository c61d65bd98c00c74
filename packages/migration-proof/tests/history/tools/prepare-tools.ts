import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../support/command-line.ts'

const source = fileURLToPath(new URL('.', import.meta.url))

/** Where the tools are installed, beside the packages of the repository: nothing there is code of the package. */
const folder = join(packageFolder, '../../node_modules/.cache/migration-proof-tools')

/** The folder in which the tasks find their tools, once they are installed: some 90 MB, once for each lockfile. */
export function prepareTools(): { readonly folder: string; readonly install: () => void } {
  return { folder, install }
}

function install(): void {
  const isInstalled = existsSync(join(folder, 'node_modules/.package-lock.json')) && hasSameLock()
  cpSync(source, folder, { recursive: true })
  if (isInstalled) return
  const parameters = [
    'ci',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
  ]
  const { status, stderr } = spawnSync('npm', parameters, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`The tools could not be installed: ${stderr}`)
  // One of them brings a driver of its own, which would have to be compiled: all use that of the repository.
  rmSync(join(folder, 'node_modules/better-sqlite3'), { recursive: true, force: true })
}

function hasSameLock(): boolean {
  const [own, installed] = [source, folder].map((each) => {
    const file = join(each, 'package-lock.json')
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  })
  return own === installed
}
