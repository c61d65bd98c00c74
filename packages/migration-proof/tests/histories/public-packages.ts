import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { alone, cache } from '../history/tools/prepare-tools.ts'

interface PublicPackage {
  readonly version: string
  readonly integrity: string
}

const packages: Readonly<Record<string, PublicPackage>> = JSON.parse(
  readFileSync(new URL('packages.json', import.meta.url), 'utf8'),
)

/**
 * The folder of a public package, in the version that is pinned, as npm publishes it: without what it depends on, and without running
 * a script of it.
 */
export function fetchPackage(name: string): string {
  const found = packages[name]
  if (found === undefined) throw new Error(`packages.json has no ${name}`)
  const { version, integrity } = found
  const folder = join(cache, 'migration-proof-histories', `${name.replaceAll(/\W+/g, '-')}-${version}`)
  alone(folder, () => {
    if (existsSync(folder)) return
    const partial = `${folder}.partial`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true })
    const options = { cwd: partial, encoding: 'utf8', shell: process.platform === 'win32' } as const
    const printed = execFileSync('npm', ['pack', `${name}@${version}`, '--json', '--ignore-scripts'], options)
    const [{ filename }] = JSON.parse(printed)
    const archive = join(partial, basename(filename))
    const actual = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (actual !== integrity) throw new Error(`${name} ${version}: expected ${integrity}, found ${actual}`)
    execFileSync('tar', ['-xzf', basename(archive), '--strip-components=1'], options)
    rmSync(archive)
    renameSync(partial, folder)
  })
  return folder
}
