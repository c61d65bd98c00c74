import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../support/command-line.ts'

const source = fileURLToPath(new URL('.', import.meta.url))

/** Where the tools are installed, beside the packages of the repository: nothing there is code of the package. */
const folder = join(packageFolder, '../../node_modules/.cache/migration-proof-tools')

/** The folder in which the tasks find their tools, once they are installed: some 90 MB, once for each lockfile. */
export function prepareTools(): { readonly folder: string; readonly install: () => void } {
  return { folder, install }
}

/** Several files of tests may ask for them at the same time. */
function install(): void {
  const lock = `${folder}.lock`
  mkdirSync(dirname(folder), { recursive: true })
  for (const until = Date.now() + 300_000; !tryLock(lock); ) {
    if (Date.now() > until)
      throw new Error(`Another test has installed the tools for five minutes: remove ${lock}`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    installOnce()
  } finally {
    rmSync(lock, { recursive: true })
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    return false
  }
}

function installOnce(): void {
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
