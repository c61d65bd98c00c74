// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('..', import.meta.url))

/** Installs the libraries that the benchmarks compare with, if they are missing. Only the benchmarks need them. */
export function installPeers() {
  if (existsSync(`${bench}node_modules`)) return
  console.error('Installing the peers …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--prefix', bench], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    throw new Error('The peers could not be installed: run `npm ci` in packages/migration-proof/bench/.')
}
