import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../support/command-line.ts'

/** Where the tools are installed, beside the packages of the repository: nothing there is code of the package. */
export const cache = join(packageFolder, '../../node_modules/.cache')

/**
 * The folders of tools: those of each run, some 130 MB, the programs of the nightly campaign, some 300 MB, workerd, some 150 MB, a newer Node, and
 * what the migrations of public projects import.
 */
const folders = {
  suite: ['.', 'migration-proof-tools'],
  nightly: ['../nightly-tools/', 'migration-proof-nightly-tools'],
  workerd: ['../../engines/workerd/', 'migration-proof-workerd'],
  node: ['../../engines/node/', 'migration-proof-node'],
  histories: ['../../histories/needs/', 'migration-proof-history-needs'],
} as const

/** The folder in which tests find their tools, once they are installed: once for each lockfile. */
export function prepareTools(of: keyof typeof folders = 'suite'): {
  readonly folder: string
  readonly install: () => void
} {
  const [from, name] = folders[of]
  const source = fileURLToPath(new URL(from, import.meta.url))
  const folder = join(cache, name)
  return { folder, install: () => install(source, folder) }
}

/** Several files of tests may ask for them at the same time. */
function install(source: string, folder: string): void {
  alone(folder, () => installOnce(source, folder))
}

/** Does some work on a folder while no other file of tests does. */
export function alone(folder: string, work: () => void): void {
  const lock = `${folder}.lock`
  mkdirSync(dirname(folder), { recursive: true })
  for (const until = Date.now() + 300_000; !tryLock(lock); ) {
    if (Date.now() > until)
      throw new Error(`Another test has installed the tools for five minutes: remove ${lock}`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    work()
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

function installOnce(source: string, folder: string): void {
  const installed = join(folder, 'node_modules/.package-lock.json')
  const isInstalled = existsSync(installed) && hasSameLock(source, folder)
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
  // Some bring a driver of their own, which would have to be compiled: all use that of the repository.
  for (const within of ['', '@prisma/adapter-better-sqlite3/node_modules'])
    rmSync(join(folder, 'node_modules', within, 'better-sqlite3'), { recursive: true, force: true })
}

function hasSameLock(source: string, folder: string): boolean {
  const [own, installed] = [source, folder].map((each) => {
    const file = join(each, 'package-lock.json')
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  })
  return own === installed
}
